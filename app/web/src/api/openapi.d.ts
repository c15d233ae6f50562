// Made from the server's OpenAPI document by `make api-types`. Do not change it by hand.

export interface paths {
    "/api/collections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List collections
         * @description Return all collections, by name.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CollectionList"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Create a collection
         * @description Create a collection; the name must be free.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CollectionIn"];
                };
            };
            responses: {
                /** @description Successful Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CollectionOut"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/collections/{collection_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a collection
         * @description Return one collection, by id or name.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    collection_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CollectionOut"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /**
         * Delete a collection
         * @description Delete a collection with all its documents.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    collection_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /**
         * Change a collection
         * @description Change name or description; absent fields stay.
         */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    collection_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CollectionPatch"];
                };
            };
            responses: {
                /** @description Successful Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CollectionOut"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/collections/{collection_id}/documents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List documents
         * @description Return one page of the documents whose name contains `q`, in one `state` or all.
         */
        get: {
            parameters: {
                query?: {
                    page?: number;
                    page_size?: number;
                    order_by?: "name" | "-name" | "created_at" | "-created_at" | "updated_at" | "-updated_at" | "size" | "-size" | "state" | "-state";
                    q?: string;
                    state?: components["schemas"]["DocumentState"] | null;
                };
                header?: never;
                path: {
                    collection_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DocumentListOut"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Upload files
         * @description Take files into a collection, streamed to disk; one entry per file, in the order sent.
         *
         *     A file that is refused (empty, mislabelled, too large) does not hinder the others.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    collection_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "multipart/form-data": {
                        files: string[];
                        /** @description A JSON object of strings. */
                        metadata?: string;
                    };
                };
            };
            responses: {
                /** @description Successful Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["UploadOut"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/documents/{document_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a document
         * @description Return one document with its state, progress and failure.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    document_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DocumentOut"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /**
         * Delete a document
         * @description Delete a document: from now on it answers nothing; its files follow in the background.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    document_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/documents/{document_id}/attempts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show how often a document was tried
         * @description Return the last attempts at a document, the oldest first: when, who, how far, why not.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    document_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AttemptList"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/documents/{document_id}/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download the original
         * @description Return the original bytes; ranges are supported.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    document_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": unknown;
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /**
         * Replace a document's file
         * @description Give a document new bytes under the same id; the old ones answer until they are ready.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    document_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "multipart/form-data": {
                        /** Format: binary */
                        file: string;
                    };
                };
            };
            responses: {
                /** @description Successful Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AddedOut"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                415: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/documents/{document_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a failed document again
         * @description Queue a failed or cancelled document again.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    document_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DocumentOut"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/documents/{document_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a document's processing
         * @description Stop a queued or running document; it can be taken up again with retry.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    document_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DocumentOut"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/documents/{document_id}/outline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the table of contents
         * @description Return the headings of the live version.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    document_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OutlineOut"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/documents/{document_id}/markdown": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the whole text
         * @description Return what docchat understood of the file, as Markdown.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    document_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/markdown": unknown;
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/documents/{document_id}/chunks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the passages
         * @description Return the passages that searches see, in order.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    document_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ChunkList"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/documents/{document_id}/pages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the pages
         * @description Return number, printed label and size of each page.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    document_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PageList"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/documents/{document_id}/pages/{number}.png": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See a page
         * @description Return a page of a PDF as PNG, `scale` pixels to the point, with `boxes` marked.
         *
         *     With `clip` (x0,y0,x1,y1 in points) only that part of it: the box of a figure gives the figure.
         */
        get: {
            parameters: {
                query?: {
                    scale?: number;
                    boxes?: string;
                    clip?: string;
                };
                header?: never;
                path: {
                    document_id: string;
                    number: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "image/png": unknown;
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/documents/{document_id}/pages/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a page
         * @description Return a page with its blocks, their boxes and places in the document's text.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    document_id: string;
                    number: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PageViewOut"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow the progress of documents
         * @description Tell each change of a document after the sequence number `after`, and go on telling.
         *
         *     `Last-Event-ID` (sent by browsers that connect again) wins over `after`. With neither, the
         *     stream begins with the next change; `after=0` tells the present state of all documents first.
         */
        get: {
            parameters: {
                query?: {
                    after?: number | null;
                };
                header?: {
                    "last-event-id"?: number | null;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Events `document` {sequence, document} and `heartbeat`. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": string;
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Find passages
         * @description Return the best passages, best first; `took_ms` is the time inside the retriever.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SearchIn"];
                };
            };
            responses: {
                /** @description Successful Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SearchOut"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask a question
         * @description Answer a question from the documents; without `conversation_id` a conversation begins.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ChatIn"];
                };
            };
            responses: {
                /** @description Events `retrieved`, `token`, `citation`, `grounding`, and last `done` or `error`; comments are heartbeats. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": string;
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                502: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                504: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List conversations
         * @description Return conversations, the latest changed first.
         */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    offset?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConversationList"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Begin a conversation
         * @description Begin a conversation; an empty title is filled by the first question.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ConversationIn"];
                };
            };
            responses: {
                /** @description Successful Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConversationOut"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/conversations/{conversation_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a conversation
         * @description Return a conversation with all its messages.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    conversation_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConversationFull"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /**
         * Delete a conversation
         * @description Delete a conversation with its messages.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    conversation_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /**
         * Rename a conversation
         * @description Give a conversation another title.
         */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    conversation_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ConversationPatch"];
                };
            };
            responses: {
                /** @description Successful Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConversationOut"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/messages/{message_id}/feedback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Judge an answer
         * @description Set thumbs up or down on an answer; null takes it back.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    message_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["FeedbackIn"];
                };
            };
            responses: {
                /** @description Successful Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MessageOut"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List collections as models
         * @description Each collection is a model of its name; `docchat` is all of them.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            [key: string]: unknown;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one collection as a model
         * @description Return the model; 404 `model_not_found` for an unknown name.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    model: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            [key: string]: unknown;
                        };
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/chat/completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Answer the last user message
         * @description Answer from the documents of the collection that `model` names, streamed or not.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CompletionIn"];
                };
            };
            responses: {
                /** @description Successful Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": unknown;
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in with the key
         * @description Set an HttpOnly, SameSite=Strict cookie that stands for the key for twelve hours.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SessionIn"];
                };
            };
            responses: {
                /** @description Successful Response */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                422: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /**
         * Sign out
         * @description End the session of this cookie.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Is the process alive
         * @description Answer at once, without looking at anything.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["HealthOut"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Can the server do its work
         * @description Check store, indexes and fingerprint; 503 names what is wrong by its code.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["HealthOut"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["HealthOut"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metrics for Prometheus
         * @description Return requests, latencies, answers, documents by state and the queue.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/plain": unknown;
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What this server is and can do
         * @description Return version, models, accepted formats and limits.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Successful Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["StatusOut"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description What became of one uploaded file. */
        AddedOut: {
            document: components["schemas"]["DocumentOut"];
            /** @enum {string} */
            outcome: "added" | "unchanged" | "replaced";
        };
        /** @description A finished, checked answer; `answer_spans` are the places in `text` of what was asked for. */
        AnswerOut: {
            text: string;
            citations: components["schemas"]["CitationOut"][];
            grounding: components["schemas"]["GroundingOut"];
            refused: boolean;
            question: string;
            /** @enum {string} */
            language: "en" | "zh";
            hits: components["schemas"]["HitOut"][];
            answer_spans: [
                number,
                number
            ][];
            answerable: number | null;
            certainty: ("sure" | "likely" | "unsure") | null;
            respelled: components["schemas"]["RespellingOut"][];
            usage: {
                [key: string]: number;
            };
            timings: {
                [key: string]: number;
            };
        };
        /** @description The last attempts at a document, the oldest first. */
        AttemptList: {
            items: components["schemas"]["AttemptOut"][];
        };
        /**
         * @description A worker's time with a document; `ended` and `outcome` are null while it lasts.
         *
         *     `worker` is HOST:PROCESS, `reached` the state at its end; `code` and `message` say why the
         *     document did not become ready.
         */
        AttemptOut: {
            number: number;
            revision: number;
            worker: string;
            /** Format: date-time */
            started: string;
            ended: string | null;
            reached: components["schemas"]["DocumentState"];
            outcome: ("ready" | "failed" | "postponed" | "released" | "cancelled" | "replaced" | "deleted" | "lost") | null;
            code: string | null;
            message: string | null;
        };
        /**
         * @description A run of text of one kind; `char_range` counts characters of the document's text.
         *
         *     `mark` is what ties a footnote to the text, "" for other kinds.
         */
        BlockOut: {
            /** @enum {string} */
            kind: "title" | "heading" | "text" | "list" | "table" | "caption" | "formula" | "figure" | "footnote" | "code";
            text: string;
            level: number;
            boxes: components["schemas"]["BoxOut"][];
            char_range: [
                number,
                number
            ];
            table: components["schemas"]["TableOut"] | null;
            mark: string;
        };
        /** @description A rectangle in PDF points, origin top left; pages count from 1. */
        BoxOut: {
            page: number;
            x0: number;
            y0: number;
            x1: number;
            y1: number;
        };
        /** @description A table cell; row and column count from 0. `box` is null where the format has no geometry. */
        CellOut: {
            row: number;
            column: number;
            text: string;
            row_span: number;
            column_span: number;
            header: boolean;
            box: components["schemas"]["BoxOut"] | null;
        };
        /** @description A question; with `conversation_id` the messages before it are its context. */
        ChatIn: {
            collection_ids?: string[] | null;
            document_ids?: string[] | null;
            metadata?: {
                [key: string]: string;
            };
            /**
             * @description YYYY, YYYY-MM or YYYY-MM-DD; empty: open.
             * @default
             */
            since?: string;
            /**
             * @description YYYY, YYYY-MM or YYYY-MM-DD; empty: open.
             * @default
             */
            until?: string;
            pages?: [
                number,
                number
            ] | null;
            question: string;
            conversation_id?: string | null;
            limit?: number | null;
        };
        /** @description One message of a chat. */
        ChatMessage: {
            /** @enum {string} */
            role: "system" | "developer" | "user" | "assistant";
            content?: string | components["schemas"]["TextPart"][] | null;
        };
        /** @description The passages of a document, in order. */
        ChunkList: {
            items: components["schemas"]["ChunkOut"][];
        };
        /** @description A passage; `char_range` counts characters of the document's text. */
        ChunkOut: {
            id: string;
            document_id: string;
            ordinal: number;
            text: string;
            heading_path: string[];
            boxes: components["schemas"]["BoxOut"][];
            char_range: [
                number,
                number
            ];
            page: number;
            page_end: number;
            tokens: number;
            /** @enum {string} */
            kind: "text" | "table";
        };
        /**
         * @description A marker `[n]` of an answer and its evidence.
         *
         *     Of a document that was `deleted` since, quote and boxes are empty.
         */
        CitationOut: {
            marker: number;
            chunk_id: string;
            document_id: string;
            document_name: string;
            page: number;
            boxes: components["schemas"]["BoxOut"][];
            quote: string;
            char_range: [
                number,
                number
            ];
            deleted: boolean;
        };
        /** @description One sentence of an answer and what the evidence says of it. */
        ClaimOut: {
            text: string;
            char_range: [
                number,
                number
            ];
            /** @enum {string} */
            verdict: "supported" | "partial" | "unsupported" | "contradicted" | "not-checkable";
            score: number;
            evidence: string[];
            reasons: string[];
        };
        /** @description A collection to create. */
        CollectionIn: {
            name: string;
            /** @default  */
            description?: string;
        };
        /** @description All collections. */
        CollectionList: {
            items: components["schemas"]["CollectionOut"][];
        };
        /** @description A named set of documents. */
        CollectionOut: {
            id: string;
            name: string;
            description: string;
            /** Format: date-time */
            created_at: string;
            documents: number;
        };
        /** @description What to change of a collection; absent fields stay. */
        CollectionPatch: {
            name?: string | null;
            description?: string | null;
        };
        /** @description A request to complete a chat. */
        CompletionIn: {
            model: string;
            messages: components["schemas"]["ChatMessage"][];
            /** @default false */
            stream?: boolean;
            stream_options?: components["schemas"]["StreamOptions"] | null;
            n?: 1 | null;
        };
        /** @description A conversation with its messages, the oldest first. */
        ConversationFull: {
            id: string;
            title: string;
            collection_ids: string[];
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
            messages: components["schemas"]["MessageOut"][];
        };
        /** @description A conversation to begin. */
        ConversationIn: {
            /** @default  */
            title?: string;
            /** @default [] */
            collection_ids?: string[];
        };
        /** @description Conversations, the latest first. */
        ConversationList: {
            items: components["schemas"]["ConversationOut"][];
        };
        /** @description A conversation without its messages. */
        ConversationOut: {
            id: string;
            title: string;
            collection_ids: string[];
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
        };
        /** @description A new title. */
        ConversationPatch: {
            title: string;
        };
        /** @description One page of a collection's documents; `total` counts all that match. */
        DocumentListOut: {
            items: components["schemas"]["DocumentOut"][];
            total: number;
            page: number;
            page_size: number;
        };
        /** @description A document as the store knows it. */
        DocumentOut: {
            id: string;
            collection_id: string;
            name: string;
            media_type: string;
            sha256: string;
            size: number;
            state: components["schemas"]["DocumentState"];
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
            searchable: boolean;
            pages: number;
            pages_done: number;
            chunks: number;
            chunks_done: number;
            attempts: number;
            failure: components["schemas"]["FailureOut"] | null;
            warnings: components["schemas"]["WarningOut"][];
            metadata: {
                [key: string]: string;
            };
        };
        /**
         * @description Where a document stands; see "Losing nothing" in the operations guide.
         * @enum {string}
         */
        DocumentState: "queued" | "parsing" | "embedding" | "indexing" | "ready" | "failed" | "cancelled" | "deleting";
        /** @description Why a document failed and what to do about it. */
        FailureOut: {
            code: string;
            message: string;
            hint: string;
        };
        /** @description Thumbs up or down; null takes it back. */
        FeedbackIn: {
            value: ("up" | "down") | null;
            /** @default  */
            comment?: string;
        };
        /** @description What a person thought of an answer. */
        FeedbackOut: {
            /** @enum {string} */
            value: "up" | "down";
            comment: string;
        };
        /** @description One part of a request that is not as it should be. */
        FieldProblem: {
            field: string;
            message: string;
        };
        /** @description The claims of an answer; `score` is the share of checkable ones that are supported. */
        GroundingOut: {
            score: number;
            claims: components["schemas"]["ClaimOut"][];
        };
        /** @description Whether the server can do its work; each check is "ok" or the code of what is wrong. */
        HealthOut: {
            /** @enum {string} */
            status: "ok" | "unavailable";
            checks: {
                [key: string]: string;
            };
        };
        /** @description A passage with every component of its score; null where that part did not see it. */
        HitOut: {
            chunk: components["schemas"]["ChunkOut"];
            document_id: string;
            document_name: string;
            collection_id: string;
            media_type: string;
            score: number;
            lexical: number | null;
            dense: number | null;
            rerank: number | null;
            page: number;
            boxes: components["schemas"]["BoxOut"][];
            named?: number | null;
            agreement?: number | null;
            linked?: number | null;
        };
        /** @description A message; an assistant's message carries its answer. */
        MessageOut: {
            id: string;
            /** @enum {string} */
            role: "user" | "assistant";
            text: string;
            /** Format: date-time */
            created_at: string;
            answer: components["schemas"]["AnswerOut"] | null;
            feedback: components["schemas"]["FeedbackOut"] | null;
        };
        /** @description A heading of the document. */
        OutlineEntryOut: {
            title: string;
            level: number;
            page: number;
        };
        /** @description The table of contents. */
        OutlineOut: {
            items: components["schemas"]["OutlineEntryOut"][];
        };
        /** @description The pages of a document. */
        PageList: {
            items: components["schemas"]["PageSummary"][];
        };
        /**
         * @description A page without its content; sizes in points, 0 where the format has no geometry.
         *
         *     `quality` is null for documents that were parsed before it was judged.
         */
        PageSummary: {
            number: number;
            label: string;
            width: number;
            height: number;
            quality: components["schemas"]["QualityOut"] | null;
        };
        /** @description A page to look at; `continued` are the blocks of earlier pages that run on over to it. */
        PageViewOut: {
            number: number;
            label: string;
            width: number;
            height: number;
            quality: components["schemas"]["QualityOut"] | null;
            blocks: components["schemas"]["BlockOut"][];
            furniture: string[];
            continued: components["schemas"]["BlockOut"][];
        };
        /** @description Problem details (RFC 9457). `code` is stable; `hint` says what to do. */
        Problem: {
            /** @example urn:docchat:problem:not_found */
            type: string;
            title: string;
            status: number;
            detail: string;
            code: string;
            hint: string;
            /** @default null */
            errors?: components["schemas"]["FieldProblem"][] | null;
            /** @default null */
            id?: string | null;
        };
        /**
         * @description How well a page was understood: where its text is from, the share that can be read (0..1;
         *     of OCR its mean confidence), and its language ("" where that is not clear).
         */
        QualityOut: {
            /** @enum {string} */
            source: "text" | "ocr" | "both" | "none";
            readable: number;
            language: string;
        };
        /** @description An uploaded file that was not taken, and why. `name` is the name as sent, cleaned. */
        RefusedOut: {
            name: string;
            error: components["schemas"]["Problem"];
        };
        /** @description A word of the question that no document has, and the word searched for instead. */
        RespellingOut: {
            asked: string;
            searched: string;
        };
        /** @description A search. */
        SearchIn: {
            collection_ids?: string[] | null;
            document_ids?: string[] | null;
            metadata?: {
                [key: string]: string;
            };
            /**
             * @description YYYY, YYYY-MM or YYYY-MM-DD; empty: open.
             * @default
             */
            since?: string;
            /**
             * @description YYYY, YYYY-MM or YYYY-MM-DD; empty: open.
             * @default
             */
            until?: string;
            pages?: [
                number,
                number
            ] | null;
            query: string;
            limit?: number | null;
        };
        /** @description Passages, best first. */
        SearchOut: {
            items: components["schemas"]["HitOut"][];
            took_ms: number;
        };
        /** @description The key to exchange for a session cookie. */
        SessionIn: {
            key: string;
        };
        /** @description Limits that a client should know before it sends something. */
        StatusLimits: {
            max_file_mb: number;
        };
        /** @description What this server is and can do. */
        StatusOut: {
            version: string;
            answerer: string;
            embedder: string;
            ocr: boolean;
            auth_required: boolean;
            formats: string[];
            limits: components["schemas"]["StatusLimits"];
        };
        /** @description What a stream should also tell. */
        StreamOptions: {
            /** @default false */
            include_usage?: boolean;
        };
        /** @description A grid of cells in row-major order. */
        TableOut: {
            rows: number;
            columns: number;
            cells: components["schemas"]["CellOut"][];
        };
        /** @description A part of a message; only text is understood. */
        TextPart: {
            /** @constant */
            type: "text";
            text: string;
        };
        /** @description One entry per uploaded file, in the order sent. */
        UploadOut: {
            items: (components["schemas"]["AddedOut"] | components["schemas"]["RefusedOut"])[];
        };
        /** @description Something that was lost or doubtful; page 0 means the whole document. */
        WarningOut: {
            code: string;
            message: string;
            page: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
