BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE chunks (
	document_id VARCHAR(32) NOT NULL, 
	generation INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	ordinal INTEGER NOT NULL, 
	chunk_id VARCHAR(64) NOT NULL, 
	text TEXT NOT NULL, 
	headings JSON NOT NULL, 
	geometry BLOB NOT NULL, 
	range_start INTEGER NOT NULL, 
	range_end INTEGER NOT NULL, 
	page INTEGER NOT NULL, 
	page_end INTEGER NOT NULL, 
	tokens INTEGER NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	CONSTRAINT pk_chunks PRIMARY KEY (document_id, generation, revision, ordinal), 
	CONSTRAINT fk_chunks_document_id_documents FOREIGN KEY(document_id) REFERENCES documents (id)
);
INSERT INTO "chunks" VALUES('d1',1,2,0,'k1','Das Öl wird gewechselt.','["Wartung"]',X'01040000000000000000',0,23,2,2,6,'text');
CREATE TABLE collections (
	id VARCHAR(32) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	tombstone VARCHAR(32) NOT NULL, 
	description TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_collections PRIMARY KEY (id), 
	CONSTRAINT uq_collections_name_tombstone UNIQUE (name, tombstone)
);
INSERT INTO "collections" VALUES('c1','手册','','Ö','2026-01-02 03:04:05.000000');
CREATE TABLE counters (
	name VARCHAR(64) NOT NULL, 
	value BIGINT NOT NULL, 
	CONSTRAINT pk_counters PRIMARY KEY (name)
);
INSERT INTO "counters" VALUES('events',0);
INSERT INTO "counters" VALUES('generation',1);
CREATE TABLE documents (
	id VARCHAR(32) NOT NULL, 
	collection_id VARCHAR(32) NOT NULL, 
	name VARCHAR(1024) NOT NULL, 
	tombstone VARCHAR(32) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	revision INTEGER NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	size BIGINT NOT NULL, 
	media_type VARCHAR(255) NOT NULL, 
	live_revision INTEGER, 
	live_sha256 VARCHAR(64), 
	live_media_type VARCHAR(255), 
	metadata JSON NOT NULL, 
	warnings JSON NOT NULL, 
	failure_code VARCHAR(64), 
	failure_message TEXT, 
	failure_hint TEXT, 
	attempts INTEGER NOT NULL, 
	deaths INTEGER NOT NULL, 
	priority INTEGER NOT NULL, 
	lease VARCHAR(64), 
	lease_expires DOUBLE NOT NULL, 
	not_before DOUBLE NOT NULL, 
	pages INTEGER NOT NULL, 
	pages_done INTEGER NOT NULL, 
	chunks INTEGER NOT NULL, 
	chunks_done INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	purged BOOLEAN NOT NULL, 
	sequence BIGINT NOT NULL, 
	CONSTRAINT pk_documents PRIMARY KEY (id), 
	CONSTRAINT fk_documents_collection_id_collections FOREIGN KEY(collection_id) REFERENCES collections (id), 
	CONSTRAINT uq_documents_collection_id_name_tombstone UNIQUE (collection_id, name, tombstone)
);
INSERT INTO "documents" VALUES('d1','c1','水泵.pdf','','ready',2,'abababababababababababababababababababababababababababababababab',1234,'application/pdf',2,'abababababababababababababababababababababababababababababababab','application/pdf','{"年": "2026"}','[]',NULL,NULL,NULL,1,0,0,NULL,0.0,0.0,3,3,1,1,'2026-01-02 03:04:05.000000','2026-01-02 03:04:05.000000',0,7);
CREATE TABLE meta (
	"key" VARCHAR(64) NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_meta PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('a fact','kept');
CREATE INDEX ix_documents_state_lease_expires ON documents (state, lease_expires);
CREATE INDEX ix_documents_sequence ON documents (sequence);
CREATE INDEX ix_documents_sha256 ON documents (sha256);
CREATE INDEX ix_documents_live_sha256 ON documents (live_sha256);
CREATE INDEX ix_chunks_chunk_id ON chunks (chunk_id);
COMMIT;
