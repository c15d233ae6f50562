/**
 * Makes src/api/openapi.d.ts from the OpenAPI document on standard input. With --check nothing is
 * written: a file that differs is an error.
 *
 * Left out of the file: what repeats names (titles), what names Python functions (operation ids),
 * and the phrases of failures, which differ between versions of Python.
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { text } from "node:stream/consumers";
import { fileURLToPath, URL } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const FILE = fileURLToPath(new URL("../src/api/openapi.d.ts", import.meta.url));
const HEAD = "// Made from the server's OpenAPI document by `make api-types`. Do not change it by hand.\n\n";

/** Reads the document without what the page's types should not depend on. */
function readDocument(json) {
  const document = JSON.parse(json, (key, value) =>
    key === "operationId" || (key === "title" && typeof value === "string") ? undefined : value,
  );
  document.info.title = "docchat"; // the one title that OpenAPI demands
  for (const operations of Object.values(document.paths)) {
    for (const { responses } of Object.values(operations)) {
      for (const [status, response] of Object.entries(responses)) {
        if (Number(status) >= 400) response.description = "";
      }
    }
  }
  return document;
}

/** Fields with a default may be absent: from what a client sends, and from what it gets. */
async function makeTypes(json) {
  const types = await openapiTS(readDocument(json), { defaultNonNullable: false, silent: true });
  return HEAD + astToString(types);
}

if (process.stdin.isTTY) {
  process.stderr.write("The OpenAPI document is read from standard input: run `make api-types`.\n");
  process.exit(2);
}
const made = await makeTypes(await text(process.stdin));
const kept = existsSync(FILE) ? readFileSync(FILE, "utf8") : "";
if (made === kept) {
  process.exit(0);
} else if (process.argv.includes("--check")) {
  process.stderr.write("app/web/src/api/openapi.d.ts differs from the API: run `make api-types` and commit it.\n");
  process.exit(1);
} else {
  writeFileSync(FILE, made);
  process.stderr.write("app/web/src/api/openapi.d.ts follows the API again: commit it.\n");
}
