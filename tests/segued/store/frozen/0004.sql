BEGIN;
CREATE VIRTUAL TABLE words USING fts5 (
    content, content = 'messages', content_rowid = 'number', tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE trigrams USING fts5 (
    content, content = 'messages', content_rowid = 'number', tokenize = 'trigram'
);
CREATE VIRTUAL TABLE memory_words USING fts5 (
    key, value, content = 'memory_texts', content_rowid = 'number', tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE memory_trigrams USING fts5 (
    key, value, content = 'memory_texts', content_rowid = 'number', tokenize = 'trigram'
);
DELETE FROM "words_data";
DELETE FROM "words_idx";
DELETE FROM "words_docsize";
DELETE FROM "words_config";
DELETE FROM "trigrams_data";
DELETE FROM "trigrams_idx";
DELETE FROM "trigrams_docsize";
DELETE FROM "trigrams_config";
DELETE FROM "memory_words_data";
DELETE FROM "memory_words_idx";
DELETE FROM "memory_words_docsize";
DELETE FROM "memory_words_config";
DELETE FROM "memory_trigrams_data";
DELETE FROM "memory_trigrams_idx";
DELETE FROM "memory_trigrams_docsize";
DELETE FROM "memory_trigrams_config";
CREATE TABLE bindings (
    interface  TEXT NOT NULL,
    place      TEXT NOT NULL,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    policy     TEXT NOT NULL,
    cursor     INTEGER NOT NULL DEFAULT 0,
    user_id    TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (interface, place)
) STRICT, WITHOUT ROWID;
INSERT INTO "bindings" VALUES('irc','#a','01a1fe60-af25-739b-b56c-7e24fec3f7d5','live',2,'01a1fe60-af17-7472-8db0-5220631421a1',1795269111589542);
CREATE TABLE context (
    session_id      TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    seq             INTEGER NOT NULL,
    file_path       TEXT,
    file_order      INTEGER,
    file_importance REAL,
    search_query    TEXT,
    decision        TEXT,
    memory_id       TEXT,
    memory_key      TEXT,
    user_id         TEXT,
    actor           TEXT NOT NULL,
    interface       TEXT NOT NULL,
    at              INTEGER NOT NULL,
    PRIMARY KEY (session_id, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO "context" VALUES('01a1fe60-af25-739b-b56c-7e24fec3f7d5',28,'a.py',1,0.5,NULL,'we do',NULL,NULL,'01a1fe60-af17-7472-8db0-5220631421a1','ada','tui',1795269111718620);
INSERT INTO "context" VALUES('01a1fe60-af25-739b-b56c-7e24fec3f7d5',29,NULL,NULL,NULL,NULL,NULL,'mem_ebe2c4c33059','k','01a1fe60-af17-7472-8db0-5220631421a1','ada','tui',1795269111719895);
INSERT INTO "context" VALUES('01a1fe60-af25-739b-b56c-7e24fec3f7d5',30,NULL,NULL,NULL,NULL,NULL,'mem_ebe2c4c33059','k','01a1fe60-af17-7472-8db0-5220631421a1','ada','tui',1795269111726369);
CREATE TABLE events (
    position   INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL,
    seq        INTEGER NOT NULL,
    type       TEXT NOT NULL,
    at         INTEGER NOT NULL,
    actor      TEXT,
    interface  TEXT,
    data       TEXT
) STRICT;
INSERT INTO "events" VALUES(1,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',1,'session.created',1795269111589542,'ada','tui','{"id":"01a1fe60-af25-739b-b56c-7e24fec3f7d5","title":"Kept","agent_name":"chat","model_id":null,"reply":"never","created_at":"2026-11-21T13:51:51.589542Z","updated_at":"2026-11-21T13:51:51.589542Z","message_count":0,"last_message_preview":"","pinned":false,"archived":false,"project_id":"p","tool_id":null,"workspace_path":null,"owner_id":"01a1fe60-af17-7472-8db0-5220631421a1","members":[{"user_id":"01a1fe60-af17-7472-8db0-5220631421a1","name":"ada","role":"owner"}],"last_seq":1}');
INSERT INTO "events" VALUES(2,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',2,'binding.added',1795269111589542,'ada','tui','{"interface":"irc","place":"#a","session_id":"01a1fe60-af25-739b-b56c-7e24fec3f7d5","policy":"live","user_id":"01a1fe60-af17-7472-8db0-5220631421a1","created_at":"2026-11-21T13:51:51.589542Z"}');
INSERT INTO "events" VALUES(3,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',3,'session.updated',1795269111598750,'ada','tui','{"id":"01a1fe60-af25-739b-b56c-7e24fec3f7d5","title":"Kept","agent_name":"chat","model_id":null,"reply":"never","created_at":"2026-11-21T13:51:51.589542Z","updated_at":"2026-11-21T13:51:51.598750Z","message_count":0,"last_message_preview":"","pinned":false,"archived":false,"project_id":"p","tool_id":null,"workspace_path":null,"owner_id":"01a1fe60-af17-7472-8db0-5220631421a1","members":[{"user_id":"01a1fe60-af17-7472-8db0-5220631421a1","name":"ada","role":"owner"},{"user_id":"01a1fe60-af1e-745d-81d4-51d510802dc8","name":"bob","role":"writer"}],"last_seq":3}');
INSERT INTO "events" VALUES(4,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',4,'message.created',1795269111601601,'ada','tui',NULL);
INSERT INTO "events" VALUES(5,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',5,'message.updated',1795269111606577,'ada','tui','{"id":"01a1fe60-af31-742f-95d8-d34089b4ed74","session_id":"01a1fe60-af25-739b-b56c-7e24fec3f7d5","seq":4,"role":"user","sender":"ada","content":"the old lighthouse","token_count":null,"model_id":null,"agent_name":null,"response_time_ms":null,"is_error":false,"status":"complete","created_at":"2026-11-21T13:51:51.601601Z","edited_at":"2026-11-21T13:51:51.606577Z","deleted":false,"interface":"tui","place":null,"external_id":null,"user_id":"01a1fe60-af17-7472-8db0-5220631421a1","turn_id":null,"images":["a.png",{"url":"b"}],"documents":[]}');
INSERT INTO "events" VALUES(6,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',6,'session.updated',1795269111606577,'ada','tui','{"id":"01a1fe60-af25-739b-b56c-7e24fec3f7d5","title":"Kept","agent_name":"chat","model_id":null,"reply":"never","created_at":"2026-11-21T13:51:51.589542Z","updated_at":"2026-11-21T13:51:51.606577Z","message_count":1,"last_message_preview":"","pinned":false,"archived":false,"project_id":"p","tool_id":null,"workspace_path":null,"owner_id":"01a1fe60-af17-7472-8db0-5220631421a1","members":[{"user_id":"01a1fe60-af17-7472-8db0-5220631421a1","name":"ada","role":"owner"},{"user_id":"01a1fe60-af1e-745d-81d4-51d510802dc8","name":"bob","role":"writer"}],"last_seq":6}');
INSERT INTO "events" VALUES(7,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',7,'message.created',1795269111615340,'ada','tui',NULL);
INSERT INTO "events" VALUES(8,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',8,'message.created',1795269111650425,'ada','tui',NULL);
INSERT INTO "events" VALUES(9,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',9,'message.created',1795269111652557,'ada','tui',NULL);
INSERT INTO "events" VALUES(10,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',10,'turn.queued',1795269111652557,'ada','tui','{"id":"01a1fe60-af64-72d7-9634-dd6a4cba1709","session_id":"01a1fe60-af25-739b-b56c-7e24fec3f7d5","seq":10,"state":"queued","mode":"queue","message_id":"01a1fe60-af64-72d7-9634-dd6baa2ef80c","answer_id":null,"agent_name":"chat","model_id":null,"user_id":"01a1fe60-af17-7472-8db0-5220631421a1","route":[{"interface":"irc","place":"#a"}],"attempt":0,"retry_of":null,"error":null,"usage":null,"created_at":"2026-11-21T13:51:51.652557Z","started_at":null,"ended_at":null}');
INSERT INTO "events" VALUES(11,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',11,'turn.started',1795269111654669,'chat','agent','{"id":"01a1fe60-af64-72d7-9634-dd6a4cba1709","session_id":"01a1fe60-af25-739b-b56c-7e24fec3f7d5","seq":10,"state":"running","mode":"queue","message_id":"01a1fe60-af64-72d7-9634-dd6baa2ef80c","answer_id":"01a1fe60-af66-730e-887b-dcbb723e6aff","agent_name":"chat","model_id":null,"user_id":"01a1fe60-af17-7472-8db0-5220631421a1","route":[{"interface":"irc","place":"#a"}],"attempt":1,"retry_of":null,"error":null,"usage":null,"created_at":"2026-11-21T13:51:51.652557Z","started_at":"2026-11-21T13:51:51.654669Z","ended_at":null}');
INSERT INTO "events" VALUES(12,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',12,'message.created',1795269111662397,'chat','agent',NULL);
INSERT INTO "events" VALUES(13,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',13,'turn.completed',1795269111662397,'chat','agent','{"id":"01a1fe60-af64-72d7-9634-dd6a4cba1709","session_id":"01a1fe60-af25-739b-b56c-7e24fec3f7d5","seq":10,"state":"completed","mode":"queue","message_id":"01a1fe60-af64-72d7-9634-dd6baa2ef80c","answer_id":"01a1fe60-af66-730e-887b-dcbb723e6aff","agent_name":"chat","model_id":null,"user_id":"01a1fe60-af17-7472-8db0-5220631421a1","route":[{"interface":"irc","place":"#a"}],"attempt":1,"retry_of":null,"error":null,"usage":{"input_tokens":3,"output_tokens":5},"created_at":"2026-11-21T13:51:51.652557Z","started_at":"2026-11-21T13:51:51.654669Z","ended_at":"2026-11-21T13:51:51.662397Z"}');
INSERT INTO "events" VALUES(14,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',14,'message.created',1795269111665257,'ada','tui',NULL);
INSERT INTO "events" VALUES(15,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',15,'turn.queued',1795269111665257,'ada','tui','{"id":"01a1fe60-af71-728c-a335-25f5680564cf","session_id":"01a1fe60-af25-739b-b56c-7e24fec3f7d5","seq":15,"state":"queued","mode":"queue","message_id":"01a1fe60-af71-728c-a335-25f6edd2404e","answer_id":null,"agent_name":"chat","model_id":null,"user_id":"01a1fe60-af17-7472-8db0-5220631421a1","route":[{"interface":"irc","place":"#a"}],"attempt":0,"retry_of":null,"error":null,"usage":null,"created_at":"2026-11-21T13:51:51.665257Z","started_at":null,"ended_at":null}');
INSERT INTO "events" VALUES(16,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',16,'turn.started',1795269111670636,'chat','agent','{"id":"01a1fe60-af71-728c-a335-25f5680564cf","session_id":"01a1fe60-af25-739b-b56c-7e24fec3f7d5","seq":15,"state":"running","mode":"queue","message_id":"01a1fe60-af71-728c-a335-25f6edd2404e","answer_id":"01a1fe60-af76-76cb-b426-b9a178234f70","agent_name":"chat","model_id":null,"user_id":"01a1fe60-af17-7472-8db0-5220631421a1","route":[{"interface":"irc","place":"#a"}],"attempt":1,"retry_of":null,"error":null,"usage":null,"created_at":"2026-11-21T13:51:51.665257Z","started_at":"2026-11-21T13:51:51.670636Z","ended_at":null}');
INSERT INTO "events" VALUES(17,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',17,'message.created',1795269111675038,'chat','agent',NULL);
INSERT INTO "events" VALUES(18,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',18,'turn.failed',1795269111675038,'chat','agent','{"id":"01a1fe60-af71-728c-a335-25f5680564cf","session_id":"01a1fe60-af25-739b-b56c-7e24fec3f7d5","seq":15,"state":"failed","mode":"queue","message_id":"01a1fe60-af71-728c-a335-25f6edd2404e","answer_id":"01a1fe60-af76-76cb-b426-b9a178234f70","agent_name":"chat","model_id":null,"user_id":"01a1fe60-af17-7472-8db0-5220631421a1","route":[{"interface":"irc","place":"#a"}],"attempt":1,"retry_of":null,"error":{"code":"model_timeout","message":"silent"},"usage":null,"created_at":"2026-11-21T13:51:51.665257Z","started_at":"2026-11-21T13:51:51.670636Z","ended_at":"2026-11-21T13:51:51.675038Z"}');
INSERT INTO "events" VALUES(19,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',19,'turn.queued',1795269111682640,'ada','tui','{"id":"01a1fe60-af82-77a6-97e4-bf595d126b06","session_id":"01a1fe60-af25-739b-b56c-7e24fec3f7d5","seq":19,"state":"queued","mode":"queue","message_id":"01a1fe60-af71-728c-a335-25f6edd2404e","answer_id":null,"agent_name":"chat","model_id":null,"user_id":"01a1fe60-af17-7472-8db0-5220631421a1","route":[{"interface":"irc","place":"#a"}],"attempt":0,"retry_of":"01a1fe60-af71-728c-a335-25f5680564cf","error":null,"usage":null,"created_at":"2026-11-21T13:51:51.682640Z","started_at":null,"ended_at":null}');
INSERT INTO "events" VALUES(20,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',20,'turn.started',1795269111690159,'chat','agent','{"id":"01a1fe60-af82-77a6-97e4-bf595d126b06","session_id":"01a1fe60-af25-739b-b56c-7e24fec3f7d5","seq":19,"state":"running","mode":"queue","message_id":"01a1fe60-af71-728c-a335-25f6edd2404e","answer_id":"01a1fe60-af8a-705e-a6b9-4de975fe6f5d","agent_name":"chat","model_id":null,"user_id":"01a1fe60-af17-7472-8db0-5220631421a1","route":[{"interface":"irc","place":"#a"}],"attempt":1,"retry_of":"01a1fe60-af71-728c-a335-25f5680564cf","error":null,"usage":null,"created_at":"2026-11-21T13:51:51.682640Z","started_at":"2026-11-21T13:51:51.690159Z","ended_at":null}');
INSERT INTO "events" VALUES(21,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',21,'message.created',1795269111695515,'ada','tui',NULL);
INSERT INTO "events" VALUES(22,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',22,'turn.queued',1795269111695515,'ada','tui','{"id":"01a1fe60-af8f-7578-9444-b7cc48db5f6d","session_id":"01a1fe60-af25-739b-b56c-7e24fec3f7d5","seq":22,"state":"queued","mode":"queue","message_id":"01a1fe60-af8f-7578-9444-b7cd2d97dba5","answer_id":null,"agent_name":"chat","model_id":null,"user_id":"01a1fe60-af17-7472-8db0-5220631421a1","route":[{"interface":"irc","place":"#a"}],"attempt":0,"retry_of":null,"error":null,"usage":null,"created_at":"2026-11-21T13:51:51.695515Z","started_at":null,"ended_at":null}');
INSERT INTO "events" VALUES(23,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',23,'binding.delivered',1795269111701532,'ada','tui','{"interface":"irc","place":"#a","message_id":"01a1fe60-af31-742f-95d8-d34089b4ed74","part":0,"external_id":"900","state":"sent","reason":null,"at":"2026-11-21T13:51:51.701532Z"}');
INSERT INTO "events" VALUES(24,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',24,'message.created',1795269111704991,'nick','irc',NULL);
INSERT INTO "events" VALUES(25,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',25,'session.updated',1795269111706682,'ada','tui','{"id":"01a1fe60-af25-739b-b56c-7e24fec3f7d5","title":"Kept","agent_name":"chat","model_id":null,"reply":"never","created_at":"2026-11-21T13:51:51.589542Z","updated_at":"2026-11-21T13:51:51.706682Z","message_count":9,"last_message_preview":"","pinned":true,"archived":false,"project_id":"p","tool_id":null,"workspace_path":null,"owner_id":"01a1fe60-af17-7472-8db0-5220631421a1","members":[{"user_id":"01a1fe60-af17-7472-8db0-5220631421a1","name":"ada","role":"owner"},{"user_id":"01a1fe60-af1e-745d-81d4-51d510802dc8","name":"bob","role":"writer"}],"last_seq":25}');
INSERT INTO "events" VALUES(26,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',26,'message.deleted',1795269111715180,'ada','tui','{"id":"01a1fe60-af62-74dd-81cf-900dd88ae167","session_id":"01a1fe60-af25-739b-b56c-7e24fec3f7d5","seq":8,"role":"user","sender":"ada","content":"","token_count":null,"model_id":null,"agent_name":null,"response_time_ms":null,"is_error":false,"status":"complete","created_at":"2026-11-21T13:51:51.650425Z","edited_at":null,"deleted":true,"interface":"tui","place":null,"external_id":null,"user_id":"01a1fe60-af17-7472-8db0-5220631421a1","turn_id":null,"images":[],"documents":[]}');
INSERT INTO "events" VALUES(27,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',27,'session.updated',1795269111715180,'ada','tui','{"id":"01a1fe60-af25-739b-b56c-7e24fec3f7d5","title":"Kept","agent_name":"chat","model_id":null,"reply":"never","created_at":"2026-11-21T13:51:51.589542Z","updated_at":"2026-11-21T13:51:51.715180Z","message_count":8,"last_message_preview":"brought in","pinned":true,"archived":false,"project_id":"p","tool_id":null,"workspace_path":null,"owner_id":"01a1fe60-af17-7472-8db0-5220631421a1","members":[{"user_id":"01a1fe60-af17-7472-8db0-5220631421a1","name":"ada","role":"owner"},{"user_id":"01a1fe60-af1e-745d-81d4-51d510802dc8","name":"bob","role":"writer"}],"last_seq":27}');
INSERT INTO "events" VALUES(28,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',28,'context.added',1795269111718620,'ada','tui',NULL);
INSERT INTO "events" VALUES(29,'',29,'memory.saved',1795269111719895,'ada','tui',NULL);
INSERT INTO "events" VALUES(30,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',29,'context.added',1795269111719895,'ada','tui',NULL);
INSERT INTO "events" VALUES(31,'',31,'memory.saved',1795269111726369,'ada','tui',NULL);
INSERT INTO "events" VALUES(32,'01a1fe60-af25-739b-b56c-7e24fec3f7d5',30,'context.added',1795269111726369,'ada','tui',NULL);
INSERT INTO "events" VALUES(34,'01a1fe60-afbe-707c-af65-385de69e7815',2,'session.deleted',1795269111746861,'ada','tui','{"id":"01a1fe60-afbe-707c-af65-385de69e7815","title":"Deleted","agent_name":"chat","model_id":null,"reply":"never","created_at":"2026-11-21T13:51:51.742749Z","updated_at":"2026-11-21T13:51:51.742749Z","message_count":0,"last_message_preview":"","pinned":false,"archived":false,"project_id":null,"tool_id":null,"workspace_path":null,"owner_id":"01a1fe60-af17-7472-8db0-5220631421a1","members":[{"user_id":"01a1fe60-af17-7472-8db0-5220631421a1","name":"ada","role":"owner"}],"last_seq":2}');
CREATE TABLE identities (
    interface   TEXT NOT NULL,
    external_id TEXT NOT NULL,
    user_id     TEXT NOT NULL REFERENCES users (id),
    linked_at   INTEGER NOT NULL,
    PRIMARY KEY (interface, external_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "identities" VALUES('irc','ada_','01a1fe60-af17-7472-8db0-5220631421a1',1795269111751965);
CREATE TABLE indexed (number INTEGER NOT NULL) STRICT;
INSERT INTO "indexed" VALUES(24);
CREATE TABLE keys (
    user_id     TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    answer      TEXT NOT NULL,
    session_id  TEXT,
    at          INTEGER NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;
INSERT INTO "keys" VALUES('01a1fe60-af17-7472-8db0-5220631421a1','k',X'7468652073616D65','[{"id":"01a1fe60-af31-742f-95d8-d34089b4ed74","session_id":"01a1fe60-af25-739b-b56c-7e24fec3f7d5","seq":4,"role":"user","sender":"ada","content":"the lighthouse","token_count":null,"model_id":null,"agent_name":null,"response_time_ms":null,"is_error":false,"status":"complete","created_at":"2026-11-21T13:51:51.601601Z","edited_at":null,"deleted":false,"interface":"tui","place":null,"external_id":null,"user_id":"01a1fe60-af17-7472-8db0-5220631421a1","turn_id":null,"images":["a.png",{"url":"b"}],"documents":[]}]','01a1fe60-af25-739b-b56c-7e24fec3f7d5',1795269111601601);
CREATE TABLE links (
    hash        BLOB PRIMARY KEY,
    user_id     TEXT REFERENCES users (id),
    interface   TEXT,
    external_id TEXT,
    name        TEXT,
    expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE members (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    user_id    TEXT NOT NULL REFERENCES users (id),
    role       TEXT NOT NULL,
    PRIMARY KEY (session_id, user_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "members" VALUES('01a1fe60-af25-739b-b56c-7e24fec3f7d5','01a1fe60-af17-7472-8db0-5220631421a1','owner');
INSERT INTO "members" VALUES('01a1fe60-af25-739b-b56c-7e24fec3f7d5','01a1fe60-af1e-745d-81d4-51d510802dc8','writer');
CREATE TABLE memories (
    id             TEXT PRIMARY KEY,
    project_id     TEXT NOT NULL REFERENCES projects (id),
    key            TEXT NOT NULL,
    number         INTEGER NOT NULL UNIQUE,
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER,
    last_accessed  INTEGER NOT NULL,
    accessed_count INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
INSERT INTO "memories" VALUES('mem_ebe2c4c33059','p','k',31,1795269111719895,NULL,1795269111726369,0);
CREATE TABLE memories_indexed (number INTEGER NOT NULL) STRICT;
INSERT INTO "memories_indexed" VALUES(0);
INSERT INTO "memory_trigrams_config" VALUES('version',4);
INSERT INTO "memory_trigrams_data" VALUES(1,X'');
INSERT INTO "memory_trigrams_data" VALUES(10,X'00000000000000');
CREATE TABLE memory_versions (
    number        INTEGER PRIMARY KEY,
    memory_id     TEXT NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
    version       INTEGER NOT NULL,
    value         TEXT NOT NULL,
    metadata      TEXT,
    expires_at    INTEGER,
    saved_at      INTEGER NOT NULL,
    saved_by      TEXT NOT NULL,
    user_id       TEXT,
    interface     TEXT NOT NULL,
    session_id    TEXT,
    restored_from INTEGER
) STRICT;
INSERT INTO "memory_versions" VALUES(29,'mem_ebe2c4c33059',1,'one','{"a": 1}',NULL,1795269111719895,'ada','01a1fe60-af17-7472-8db0-5220631421a1','tui','01a1fe60-af25-739b-b56c-7e24fec3f7d5',NULL);
INSERT INTO "memory_versions" VALUES(31,'mem_ebe2c4c33059',2,'two','{"a": 1}',NULL,1795269111726369,'ada','01a1fe60-af17-7472-8db0-5220631421a1','tui','01a1fe60-af25-739b-b56c-7e24fec3f7d5',NULL);
INSERT INTO "memory_words_config" VALUES('version',4);
INSERT INTO "memory_words_data" VALUES(1,X'');
INSERT INTO "memory_words_data" VALUES(10,X'00000000000000');
CREATE TABLE messages (
    number           INTEGER PRIMARY KEY,
    id               TEXT NOT NULL UNIQUE,
    session_id       TEXT NOT NULL,
    seq              INTEGER NOT NULL,
    role             TEXT NOT NULL,
    sender           TEXT NOT NULL,
    content          TEXT NOT NULL,
    token_count      INTEGER,
    model_id         TEXT,
    agent_name       TEXT,
    response_time_ms INTEGER,
    is_error         INTEGER NOT NULL DEFAULT 0,
    status           TEXT NOT NULL DEFAULT 'complete',
    created_at       INTEGER NOT NULL,
    edited_at        INTEGER,
    deleted          INTEGER NOT NULL DEFAULT 0,
    interface        TEXT NOT NULL,
    user_id          TEXT,
    turn_id          TEXT,
    images           TEXT,
    documents        TEXT
, place TEXT, external_id TEXT) STRICT;
INSERT INTO "messages" VALUES(4,'01a1fe60-af31-742f-95d8-d34089b4ed74','01a1fe60-af25-739b-b56c-7e24fec3f7d5',4,'user','ada','the old lighthouse',NULL,NULL,NULL,NULL,0,'complete',1795269111601601,1795269111606577,0,'tui','01a1fe60-af17-7472-8db0-5220631421a1',NULL,'["a.png", {"url": "b"}]',NULL,NULL,NULL);
INSERT INTO "messages" VALUES(7,'01a1fe60-af3f-74d9-8f82-41fcf72a419f','01a1fe60-af25-739b-b56c-7e24fec3f7d5',7,'user','ada','nul ',NULL,NULL,NULL,NULL,0,'complete',1795269111615340,NULL,0,'tui','01a1fe60-af17-7472-8db0-5220631421a1',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES(8,'01a1fe60-af62-74dd-81cf-900dd88ae167','01a1fe60-af25-739b-b56c-7e24fec3f7d5',8,'user','ada','',NULL,NULL,NULL,NULL,0,'complete',1795269111650425,NULL,1,'tui','01a1fe60-af17-7472-8db0-5220631421a1',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES(9,'01a1fe60-af64-72d7-9634-dd6baa2ef80c','01a1fe60-af25-739b-b56c-7e24fec3f7d5',9,'user','ada','why?',NULL,NULL,NULL,NULL,0,'complete',1795269111652557,NULL,0,'tui','01a1fe60-af17-7472-8db0-5220631421a1','01a1fe60-af64-72d7-9634-dd6a4cba1709',NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES(12,'01a1fe60-af66-730e-887b-dcbb723e6aff','01a1fe60-af25-739b-b56c-7e24fec3f7d5',12,'assistant','chat','because',5,NULL,'chat',NULL,0,'complete',1795269111662397,NULL,0,'agent',NULL,'01a1fe60-af64-72d7-9634-dd6a4cba1709',NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES(14,'01a1fe60-af71-728c-a335-25f6edd2404e','01a1fe60-af25-739b-b56c-7e24fec3f7d5',14,'user','ada','why?',NULL,NULL,NULL,NULL,0,'complete',1795269111665257,NULL,0,'tui','01a1fe60-af17-7472-8db0-5220631421a1','01a1fe60-af71-728c-a335-25f5680564cf',NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES(17,'01a1fe60-af76-76cb-b426-b9a178234f70','01a1fe60-af25-739b-b56c-7e24fec3f7d5',17,'assistant','chat','half an',NULL,NULL,'chat',NULL,1,'failed',1795269111675038,NULL,0,'agent',NULL,'01a1fe60-af71-728c-a335-25f5680564cf',NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES(21,'01a1fe60-af8f-7578-9444-b7cd2d97dba5','01a1fe60-af25-739b-b56c-7e24fec3f7d5',21,'user','ada','and then?',NULL,NULL,NULL,NULL,0,'complete',1795269111695515,NULL,0,'tui','01a1fe60-af17-7472-8db0-5220631421a1','01a1fe60-af8f-7578-9444-b7cc48db5f6d',NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES(24,'01a1fe60-af99-7210-b9a9-2deb21c73bd9','01a1fe60-af25-739b-b56c-7e24fec3f7d5',24,'user','nick','brought in',NULL,NULL,NULL,NULL,0,'complete',1795269111704991,NULL,0,'irc',NULL,NULL,NULL,NULL,'#a','901');
CREATE TABLE projects (
    id         TEXT PRIMARY KEY,
    owner_id   TEXT NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "projects" VALUES('p','01a1fe60-af17-7472-8db0-5220631421a1',1795269111719895);
CREATE TABLE reads (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    user_id    TEXT NOT NULL REFERENCES users (id),
    seq        INTEGER NOT NULL,
    PRIMARY KEY (session_id, user_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "reads" VALUES('01a1fe60-af25-739b-b56c-7e24fec3f7d5','01a1fe60-af17-7472-8db0-5220631421a1',2);
INSERT INTO "reads" VALUES('01a1fe60-af25-739b-b56c-7e24fec3f7d5','01a1fe60-af1e-745d-81d4-51d510802dc8',2);
CREATE TABLE receipts (
    message_id  TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    interface   TEXT NOT NULL,
    place       TEXT NOT NULL,
    part        INTEGER NOT NULL,
    external_id TEXT,
    state       TEXT NOT NULL,
    reason      TEXT,
    at          INTEGER NOT NULL,
    PRIMARY KEY (message_id, interface, place, part)
) STRICT, WITHOUT ROWID;
INSERT INTO "receipts" VALUES('01a1fe60-af31-742f-95d8-d34089b4ed74','irc','#a',0,'900','sent',NULL,1795269111701532);
CREATE TABLE sessions (
    id                   TEXT PRIMARY KEY,
    title                TEXT NOT NULL,
    agent_name           TEXT NOT NULL,
    model_id             TEXT,
    reply                TEXT NOT NULL,
    created_at           INTEGER NOT NULL,
    updated_at           INTEGER NOT NULL,
    message_count        INTEGER NOT NULL DEFAULT 0,
    last_message_preview TEXT NOT NULL DEFAULT '',
    pinned               INTEGER NOT NULL DEFAULT 0,
    archived             INTEGER NOT NULL DEFAULT 0,
    project_id           TEXT,
    tool_id              TEXT,
    workspace_path       TEXT,
    owner_id             TEXT NOT NULL REFERENCES users (id),
    last_seq             INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
INSERT INTO "sessions" VALUES('01a1fe60-af25-739b-b56c-7e24fec3f7d5','Kept','chat',NULL,'never',1795269111589542,1795269111726369,8,'brought in',1,0,'p',NULL,NULL,'01a1fe60-af17-7472-8db0-5220631421a1',30);
CREATE TABLE tokens (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    user_id      TEXT NOT NULL REFERENCES users (id),
    scopes       TEXT NOT NULL,
    hash         BLOB NOT NULL UNIQUE,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO "tokens" VALUES('01a1fe60-afc9-71dd-be3a-f3bffb5cf6ef','ci','01a1fe60-af17-7472-8db0-5220631421a1','read write',X'9FC65E5B8A96A62AC83F03644E59556EA1D00E6D4748262F86636C51ABB7D454',1795269111753763,1795269111754612);
INSERT INTO "trigrams_config" VALUES('version',4);
INSERT INTO "trigrams_data" VALUES(1,X'082F');
INSERT INTO "trigrams_data" VALUES(10,X'000000000102020002010101020101');
INSERT INTO "trigrams_data" VALUES(137438953473,X'00000190043020616E11020602026265080204020264650802070202696E18020902026C6904020902026F6C040205020274681502050103616C6611020302026E64150202020275730C020501036265200802050301630C02020202726F18020201036361750C0204010364206C0402080301741502040202656C080208010365206408020603016F040204020263610C020302026C6508020902026E3F1502080202746508020B0103662061110205010367687404020C140206010368616C1102020202652004020303016E15020702026F7504020F0202742018020703016804020D0202793F090203050203010369676804020B01036C64200402070202657408020A020266201102040202696704020A01036E64201502030202756C07020201036F206208020302026C64040206020275671802040301730402100103726F7518020301037420691802080202656408020C0202686504020211020603016F04020E02026F20080202010375676818020502026C20070203020273650402110802060103776879090202050202040807070707070708070708060708080607080607070707080B0807060707060A08080707070807080707060808070A060708070A');
INSERT INTO "trigrams_data" VALUES(274877906945,X'0000004D0430206265080102026465080101036265200801010364656C08010103652064080102026C65080102027465080101036C6574080101036F206208010103746564080102026F2008010407060707070606070707');
INSERT INTO "trigrams_docsize" VALUES(4,X'10');
INSERT INTO "trigrams_docsize" VALUES(7,X'02');
INSERT INTO "trigrams_docsize" VALUES(9,X'02');
INSERT INTO "trigrams_docsize" VALUES(12,X'05');
INSERT INTO "trigrams_docsize" VALUES(14,X'02');
INSERT INTO "trigrams_docsize" VALUES(17,X'05');
INSERT INTO "trigrams_docsize" VALUES(21,X'07');
INSERT INTO "trigrams_docsize" VALUES(24,X'08');
INSERT INTO "trigrams_idx" VALUES(1,X'',2);
INSERT INTO "trigrams_idx" VALUES(2,X'',2);
CREATE TABLE turns (
    id           TEXT PRIMARY KEY,
    session_id   TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    seq          INTEGER NOT NULL,
    state        TEXT NOT NULL,
    mode         TEXT NOT NULL,
    message_id   TEXT,
    answer_id    TEXT,
    agent_name   TEXT NOT NULL,
    model_id     TEXT,
    user_id      TEXT,
    route        TEXT NOT NULL,
    attempt      INTEGER NOT NULL DEFAULT 0,
    retry_of     TEXT,
    error        TEXT,
    usage        TEXT,
    created_at   INTEGER NOT NULL,
    started_at   INTEGER,
    ended_at     INTEGER,
    text         TEXT NOT NULL DEFAULT '',
    prompted_seq INTEGER NOT NULL DEFAULT 0,
    steered_seq  INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
INSERT INTO "turns" VALUES('01a1fe60-af64-72d7-9634-dd6a4cba1709','01a1fe60-af25-739b-b56c-7e24fec3f7d5',10,'completed','queue','01a1fe60-af64-72d7-9634-dd6baa2ef80c','01a1fe60-af66-730e-887b-dcbb723e6aff','chat',NULL,'01a1fe60-af17-7472-8db0-5220631421a1','[{"interface": "irc", "place": "#a"}]',1,NULL,NULL,'{"input_tokens":3,"output_tokens":5}',1795269111652557,1795269111654669,1795269111662397,'',11,0);
INSERT INTO "turns" VALUES('01a1fe60-af71-728c-a335-25f5680564cf','01a1fe60-af25-739b-b56c-7e24fec3f7d5',15,'failed','queue','01a1fe60-af71-728c-a335-25f6edd2404e','01a1fe60-af76-76cb-b426-b9a178234f70','chat',NULL,'01a1fe60-af17-7472-8db0-5220631421a1','[{"interface": "irc", "place": "#a"}]',1,NULL,'{"code":"model_timeout","message":"silent"}',NULL,1795269111665257,1795269111670636,1795269111675038,'',16,0);
INSERT INTO "turns" VALUES('01a1fe60-af82-77a6-97e4-bf595d126b06','01a1fe60-af25-739b-b56c-7e24fec3f7d5',19,'running','queue','01a1fe60-af71-728c-a335-25f6edd2404e','01a1fe60-af8a-705e-a6b9-4de975fe6f5d','chat',NULL,'01a1fe60-af17-7472-8db0-5220631421a1','[{"interface": "irc", "place": "#a"}]',1,'01a1fe60-af71-728c-a335-25f5680564cf',NULL,NULL,1795269111682640,1795269111690159,NULL,'half finished',20,0);
INSERT INTO "turns" VALUES('01a1fe60-af8f-7578-9444-b7cc48db5f6d','01a1fe60-af25-739b-b56c-7e24fec3f7d5',22,'queued','queue','01a1fe60-af8f-7578-9444-b7cd2d97dba5',NULL,'chat',NULL,'01a1fe60-af17-7472-8db0-5220631421a1','[{"interface": "irc", "place": "#a"}]',0,NULL,NULL,NULL,1795269111695515,NULL,NULL,'',0,0);
CREATE TABLE users (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "users" VALUES('01a1fe60-af17-7472-8db0-5220631421a1','ada',1795269111575463);
INSERT INTO "users" VALUES('01a1fe60-af1e-745d-81d4-51d510802dc8','bob',1795269111582669);
INSERT INTO "users" VALUES('01a1fe60-af22-7788-8b5e-e632a2675a80','admin',1795269111586747);
INSERT INTO "words_config" VALUES('version',4);
INSERT INTO "words_data" VALUES(1,X'0810');
INSERT INTO "words_data" VALUES(10,X'000000000102020002010101020101');
INSERT INTO "words_data" VALUES(137438953473,X'000000A30330616E110203030164150202010262650802030304636175730C02020206726F75676874180202010564656C65740802040105656D6F6A69070203010468616C661102020102696E18020301096C69676874686F757304020401036E756C07020201036F6C64040203010374686504020204016E15020302016F08020201037768790902020502020108D799D79ED799D79F0702050104F09FA68607020404070607090B0A0A09070E08080806060B0D');
INSERT INTO "words_data" VALUES(274877906945,X'00000019033062650801010564656C657408010102746F0801040609');
INSERT INTO "words_docsize" VALUES(4,X'03');
INSERT INTO "words_docsize" VALUES(7,X'04');
INSERT INTO "words_docsize" VALUES(9,X'01');
INSERT INTO "words_docsize" VALUES(12,X'01');
INSERT INTO "words_docsize" VALUES(14,X'01');
INSERT INTO "words_docsize" VALUES(17,X'02');
INSERT INTO "words_docsize" VALUES(21,X'02');
INSERT INTO "words_docsize" VALUES(24,X'02');
INSERT INTO "words_idx" VALUES(1,X'',2);
INSERT INTO "words_idx" VALUES(2,X'',2);
CREATE INDEX identities_of_user ON identities (user_id);
CREATE INDEX sessions_of_project ON sessions (project_id) WHERE project_id IS NOT NULL;
CREATE INDEX members_of_user ON members (user_id);
CREATE UNIQUE INDEX messages_in_order ON messages (session_id, seq);
CREATE UNIQUE INDEX events_in_order ON events (session_id, seq);
CREATE UNIQUE INDEX turns_in_order ON turns (session_id, seq);
CREATE INDEX turns_open ON turns (session_id, seq) WHERE state IN ('queued', 'running');
CREATE INDEX bindings_of_session ON bindings (session_id);
CREATE INDEX receipts_of_place ON receipts (interface, place, at);
CREATE INDEX keys_of_session ON keys (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX context_files ON context (session_id, seq) WHERE file_path IS NOT NULL;
CREATE INDEX context_scores ON context (session_id, file_path, seq) WHERE file_importance IS NOT NULL;
CREATE INDEX context_searches ON context (session_id, seq) WHERE search_query IS NOT NULL;
CREATE INDEX context_decisions ON context (session_id, seq) WHERE decision IS NOT NULL;
CREATE INDEX context_memories ON context (session_id, seq) WHERE coalesce(memory_id, memory_key) IS NOT NULL;
CREATE INDEX sessions_of_project_owner ON sessions (project_id, owner_id) WHERE project_id IS NOT NULL;
CREATE UNIQUE INDEX memories_by_key ON memories (project_id, key);
CREATE INDEX memories_by_access ON memories (project_id, last_accessed);
CREATE INDEX memories_that_expire ON memories (expires_at) WHERE expires_at IS NOT NULL;
CREATE UNIQUE INDEX memory_versions_in_order ON memory_versions (memory_id, version);
CREATE UNIQUE INDEX messages_by_external_id ON messages (interface, place, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX messages_of_place ON messages (interface, place, number) WHERE external_id IS NOT NULL;
CREATE INDEX receipts_by_external_id ON receipts (interface, place, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX receipts_in_doubt ON receipts (at) WHERE state <> 'sent';
CREATE VIEW memory_texts AS
    SELECT memories.number AS number, key, value FROM memories JOIN memory_versions USING (number);
COMMIT;
PRAGMA application_id = 1397049173;
PRAGMA user_version = 4;
