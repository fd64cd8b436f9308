BEGIN;
CREATE VIRTUAL TABLE words USING fts5 (
    content, content = '', tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE term_trigrams USING fts5 (
    term, content = 'terms', content_rowid = 'number', tokenize = 'trigram'
);
DELETE FROM "words_data";
DELETE FROM "words_idx";
DELETE FROM "words_docsize";
DELETE FROM "words_config";
DELETE FROM "term_trigrams_data";
DELETE FROM "term_trigrams_idx";
DELETE FROM "term_trigrams_docsize";
DELETE FROM "term_trigrams_config";
CREATE TABLE approvals (
    id           TEXT PRIMARY KEY,
    call_id      TEXT NOT NULL UNIQUE REFERENCES tool_calls (id) ON DELETE CASCADE,
    session_id   TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    state        TEXT NOT NULL,
    requested_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    decided_by   TEXT,
    user_id      TEXT,
    interface    TEXT,
    decided_at   INTEGER,
    remembered   INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE bindings (
    interface  TEXT NOT NULL,
    place      TEXT NOT NULL,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    policy     TEXT NOT NULL,
    cursor     INTEGER NOT NULL DEFAULT 0,
    user_id    TEXT,
    created_at INTEGER NOT NULL, name TEXT,
    PRIMARY KEY (interface, place)
) STRICT, WITHOUT ROWID;
INSERT INTO "bindings" VALUES('irc','#a','01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87','live',2,'01a1fe6d-08bb-7317-ae1a-d4dcf473b248',1795269920966380,NULL);
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
INSERT INTO "context" VALUES('01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',28,'a.py',1,0.5,NULL,'we do',NULL,NULL,'01a1fe6d-08bb-7317-ae1a-d4dcf473b248','ada','tui',1795269921114695);
INSERT INTO "context" VALUES('01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',29,NULL,NULL,NULL,NULL,NULL,'mem_4e53a483ecd3','k','01a1fe6d-08bb-7317-ae1a-d4dcf473b248','ada','tui',1795269921118613);
INSERT INTO "context" VALUES('01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',30,NULL,NULL,NULL,NULL,NULL,'mem_4e53a483ecd3','k','01a1fe6d-08bb-7317-ae1a-d4dcf473b248','ada','tui',1795269921120719);
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
INSERT INTO "events" VALUES(1,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',1,'session.created',1795269920966380,'ada','tui','{"id":"01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87","title":"Kept","agent_name":"chat","model_id":null,"reply":"never","created_at":"2026-11-21T14:05:20.966380Z","updated_at":"2026-11-21T14:05:20.966380Z","message_count":0,"last_message_preview":"","pinned":false,"archived":false,"project_id":"p","tool_id":null,"workspace_path":null,"owner_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","members":[{"user_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","name":"ada","role":"owner"}],"last_seq":1,"forked_from":null}');
INSERT INTO "events" VALUES(2,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',2,'binding.added',1795269920966380,'ada','tui','{"interface":"irc","place":"#a","name":null,"session_id":"01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87","policy":"live","user_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","created_at":"2026-11-21T14:05:20.966380Z"}');
INSERT INTO "events" VALUES(3,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',3,'session.updated',1795269920979035,'ada','tui','{"id":"01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87","title":"Kept","agent_name":"chat","model_id":null,"reply":"never","created_at":"2026-11-21T14:05:20.966380Z","updated_at":"2026-11-21T14:05:20.979035Z","message_count":0,"last_message_preview":"","pinned":false,"archived":false,"project_id":"p","tool_id":null,"workspace_path":null,"owner_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","members":[{"user_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","name":"ada","role":"owner"},{"user_id":"01a1fe6d-08be-7303-b56e-b77f25526cca","name":"bob","role":"writer"}],"last_seq":3,"forked_from":null}');
INSERT INTO "events" VALUES(4,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',4,'message.created',1795269920988460,'ada','tui',NULL);
INSERT INTO "events" VALUES(5,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',5,'message.updated',1795269921006741,'ada','tui','{"id":"01a1fe6d-08dc-74f0-a81b-148a58efbe67","session_id":"01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87","seq":4,"role":"user","sender":"ada","content":"the old lighthouse","token_count":null,"model_id":null,"agent_name":null,"response_time_ms":null,"is_error":false,"status":"complete","created_at":"2026-11-21T14:05:20.988460Z","edited_at":"2026-11-21T14:05:21.006741Z","deleted":false,"interface":"tui","place":null,"external_id":null,"user_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","turn_id":null,"tool_call":null,"images":["a.png",{"url":"b"}],"documents":[]}');
INSERT INTO "events" VALUES(6,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',6,'session.updated',1795269921006741,'ada','tui','{"id":"01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87","title":"Kept","agent_name":"chat","model_id":null,"reply":"never","created_at":"2026-11-21T14:05:20.966380Z","updated_at":"2026-11-21T14:05:21.006741Z","message_count":1,"last_message_preview":"","pinned":false,"archived":false,"project_id":"p","tool_id":null,"workspace_path":null,"owner_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","members":[{"user_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","name":"ada","role":"owner"},{"user_id":"01a1fe6d-08be-7303-b56e-b77f25526cca","name":"bob","role":"writer"}],"last_seq":6,"forked_from":null}');
INSERT INTO "events" VALUES(7,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',7,'message.created',1795269921022929,'ada','tui',NULL);
INSERT INTO "events" VALUES(8,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',8,'message.created',1795269921025381,'ada','tui',NULL);
INSERT INTO "events" VALUES(9,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',9,'message.created',1795269921034687,'ada','tui',NULL);
INSERT INTO "events" VALUES(10,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',10,'turn.queued',1795269921034687,'ada','tui','{"id":"01a1fe6d-090a-76f1-925b-a10ad2a7cd02","session_id":"01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87","seq":10,"state":"queued","mode":"queue","message_id":"01a1fe6d-090a-76f1-925b-a10ba6c00447","answer_id":null,"agent_name":"chat","model_id":null,"user_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","route":[{"interface":"irc","place":"#a"}],"attempt":0,"retry_of":null,"error":null,"usage":null,"created_at":"2026-11-21T14:05:21.034687Z","started_at":null,"ended_at":null}');
INSERT INTO "events" VALUES(11,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',11,'turn.started',1795269921038577,'chat','agent','{"id":"01a1fe6d-090a-76f1-925b-a10ad2a7cd02","session_id":"01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87","seq":10,"state":"running","mode":"queue","message_id":"01a1fe6d-090a-76f1-925b-a10ba6c00447","answer_id":"01a1fe6d-090e-72f4-829a-a28d1997a49e","agent_name":"chat","model_id":null,"user_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","route":[{"interface":"irc","place":"#a"}],"attempt":1,"retry_of":null,"error":null,"usage":null,"created_at":"2026-11-21T14:05:21.034687Z","started_at":"2026-11-21T14:05:21.038577Z","ended_at":null}');
INSERT INTO "events" VALUES(12,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',12,'message.created',1795269921042663,'chat','agent',NULL);
INSERT INTO "events" VALUES(13,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',13,'turn.completed',1795269921042663,'chat','agent','{"id":"01a1fe6d-090a-76f1-925b-a10ad2a7cd02","session_id":"01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87","seq":10,"state":"completed","mode":"queue","message_id":"01a1fe6d-090a-76f1-925b-a10ba6c00447","answer_id":"01a1fe6d-090e-72f4-829a-a28d1997a49e","agent_name":"chat","model_id":null,"user_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","route":[{"interface":"irc","place":"#a"}],"attempt":1,"retry_of":null,"error":null,"usage":{"input_tokens":3,"output_tokens":5,"context_tokens":null},"created_at":"2026-11-21T14:05:21.034687Z","started_at":"2026-11-21T14:05:21.038577Z","ended_at":"2026-11-21T14:05:21.042663Z"}');
INSERT INTO "events" VALUES(14,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',14,'message.created',1795269921050789,'ada','tui',NULL);
INSERT INTO "events" VALUES(15,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',15,'turn.queued',1795269921050789,'ada','tui','{"id":"01a1fe6d-091a-72a9-955d-b6edceab4e7b","session_id":"01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87","seq":15,"state":"queued","mode":"queue","message_id":"01a1fe6d-091a-72a9-955d-b6eec1ffaa32","answer_id":null,"agent_name":"chat","model_id":null,"user_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","route":[{"interface":"irc","place":"#a"}],"attempt":0,"retry_of":null,"error":null,"usage":null,"created_at":"2026-11-21T14:05:21.050789Z","started_at":null,"ended_at":null}');
INSERT INTO "events" VALUES(16,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',16,'turn.started',1795269921054632,'chat','agent','{"id":"01a1fe6d-091a-72a9-955d-b6edceab4e7b","session_id":"01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87","seq":15,"state":"running","mode":"queue","message_id":"01a1fe6d-091a-72a9-955d-b6eec1ffaa32","answer_id":"01a1fe6d-091e-7730-ab8f-565241c32350","agent_name":"chat","model_id":null,"user_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","route":[{"interface":"irc","place":"#a"}],"attempt":1,"retry_of":null,"error":null,"usage":null,"created_at":"2026-11-21T14:05:21.050789Z","started_at":"2026-11-21T14:05:21.054632Z","ended_at":null}');
INSERT INTO "events" VALUES(17,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',17,'message.created',1795269921062843,'chat','agent',NULL);
INSERT INTO "events" VALUES(18,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',18,'turn.failed',1795269921062843,'chat','agent','{"id":"01a1fe6d-091a-72a9-955d-b6edceab4e7b","session_id":"01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87","seq":15,"state":"failed","mode":"queue","message_id":"01a1fe6d-091a-72a9-955d-b6eec1ffaa32","answer_id":"01a1fe6d-091e-7730-ab8f-565241c32350","agent_name":"chat","model_id":null,"user_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","route":[{"interface":"irc","place":"#a"}],"attempt":1,"retry_of":null,"error":{"code":"model_timeout","message":"silent"},"usage":null,"created_at":"2026-11-21T14:05:21.050789Z","started_at":"2026-11-21T14:05:21.054632Z","ended_at":"2026-11-21T14:05:21.062843Z"}');
INSERT INTO "events" VALUES(19,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',19,'turn.queued',1795269921064253,'ada','tui','{"id":"01a1fe6d-0928-7351-908a-825ee577e2ab","session_id":"01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87","seq":19,"state":"queued","mode":"queue","message_id":"01a1fe6d-091a-72a9-955d-b6eec1ffaa32","answer_id":null,"agent_name":"chat","model_id":null,"user_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","route":[{"interface":"irc","place":"#a"}],"attempt":0,"retry_of":"01a1fe6d-091a-72a9-955d-b6edceab4e7b","error":null,"usage":null,"created_at":"2026-11-21T14:05:21.064253Z","started_at":null,"ended_at":null}');
INSERT INTO "events" VALUES(20,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',20,'turn.started',1795269921066513,'chat','agent','{"id":"01a1fe6d-0928-7351-908a-825ee577e2ab","session_id":"01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87","seq":19,"state":"running","mode":"queue","message_id":"01a1fe6d-091a-72a9-955d-b6eec1ffaa32","answer_id":"01a1fe6d-092a-74f4-8064-642b01ac3daf","agent_name":"chat","model_id":null,"user_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","route":[{"interface":"irc","place":"#a"}],"attempt":1,"retry_of":"01a1fe6d-091a-72a9-955d-b6edceab4e7b","error":null,"usage":null,"created_at":"2026-11-21T14:05:21.064253Z","started_at":"2026-11-21T14:05:21.066513Z","ended_at":null}');
INSERT INTO "events" VALUES(21,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',21,'message.created',1795269921078740,'ada','tui',NULL);
INSERT INTO "events" VALUES(22,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',22,'turn.queued',1795269921078740,'ada','tui','{"id":"01a1fe6d-0936-7308-8ade-94bac021f508","session_id":"01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87","seq":22,"state":"queued","mode":"queue","message_id":"01a1fe6d-0936-7308-8ade-94bbf47a260f","answer_id":null,"agent_name":"chat","model_id":null,"user_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","route":[{"interface":"irc","place":"#a"}],"attempt":0,"retry_of":null,"error":null,"usage":null,"created_at":"2026-11-21T14:05:21.078740Z","started_at":null,"ended_at":null}');
INSERT INTO "events" VALUES(23,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',23,'binding.delivered',1795269921086816,'ada','tui','{"interface":"irc","place":"#a","message_id":"01a1fe6d-08dc-74f0-a81b-148a58efbe67","part":0,"external_id":"900","state":"sent","reason":null,"at":"2026-11-21T14:05:21.086816Z"}');
INSERT INTO "events" VALUES(24,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',24,'message.created',1795269921094395,'nick','irc',NULL);
INSERT INTO "events" VALUES(25,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',25,'session.updated',1795269921102862,'ada','tui','{"id":"01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87","title":"Kept","agent_name":"chat","model_id":null,"reply":"never","created_at":"2026-11-21T14:05:20.966380Z","updated_at":"2026-11-21T14:05:21.102862Z","message_count":9,"last_message_preview":"","pinned":true,"archived":false,"project_id":"p","tool_id":null,"workspace_path":null,"owner_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","members":[{"user_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","name":"ada","role":"owner"},{"user_id":"01a1fe6d-08be-7303-b56e-b77f25526cca","name":"bob","role":"writer"}],"last_seq":25,"forked_from":null}');
INSERT INTO "events" VALUES(26,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',26,'message.deleted',1795269921111028,'ada','tui','{"id":"01a1fe6d-0901-747e-a124-cbdef60740e2","session_id":"01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87","seq":8,"role":"user","sender":"ada","content":"","token_count":null,"model_id":null,"agent_name":null,"response_time_ms":null,"is_error":false,"status":"complete","created_at":"2026-11-21T14:05:21.025381Z","edited_at":null,"deleted":true,"interface":"tui","place":null,"external_id":null,"user_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","turn_id":null,"tool_call":null,"images":[],"documents":[]}');
INSERT INTO "events" VALUES(27,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',27,'session.updated',1795269921111028,'ada','tui','{"id":"01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87","title":"Kept","agent_name":"chat","model_id":null,"reply":"never","created_at":"2026-11-21T14:05:20.966380Z","updated_at":"2026-11-21T14:05:21.111028Z","message_count":8,"last_message_preview":"brought in","pinned":true,"archived":false,"project_id":"p","tool_id":null,"workspace_path":null,"owner_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","members":[{"user_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","name":"ada","role":"owner"},{"user_id":"01a1fe6d-08be-7303-b56e-b77f25526cca","name":"bob","role":"writer"}],"last_seq":27,"forked_from":null}');
INSERT INTO "events" VALUES(28,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',28,'context.added',1795269921114695,'ada','tui',NULL);
INSERT INTO "events" VALUES(29,'',29,'memory.saved',1795269921118613,'ada','tui',NULL);
INSERT INTO "events" VALUES(30,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',29,'context.added',1795269921118613,'ada','tui',NULL);
INSERT INTO "events" VALUES(31,'',31,'memory.saved',1795269921120719,'ada','tui',NULL);
INSERT INTO "events" VALUES(32,'01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',30,'context.added',1795269921120719,'ada','tui',NULL);
INSERT INTO "events" VALUES(34,'01a1fe6d-0962-724e-84b3-851a27a3f805',2,'session.deleted',1795269921123394,'ada','tui','{"id":"01a1fe6d-0962-724e-84b3-851a27a3f805","title":"Deleted","agent_name":"chat","model_id":null,"reply":"never","created_at":"2026-11-21T14:05:21.122079Z","updated_at":"2026-11-21T14:05:21.122079Z","message_count":0,"last_message_preview":"","pinned":false,"archived":false,"project_id":null,"tool_id":null,"workspace_path":null,"owner_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","members":[{"user_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","name":"ada","role":"owner"}],"last_seq":2,"forked_from":null}');
INSERT INTO "events" VALUES(35,'01a1fe6d-0972-74b8-8e35-6ec8fe500cf8',1,'session.created',1795269921138656,'ada','tui','{"id":"01a1fe6d-0972-74b8-8e35-6ec8fe500cf8","title":"Used","agent_name":"chat","model_id":null,"reply":"never","created_at":"2026-11-21T14:05:21.138656Z","updated_at":"2026-11-21T14:05:21.138656Z","message_count":0,"last_message_preview":"","pinned":false,"archived":false,"project_id":"p","tool_id":null,"workspace_path":null,"owner_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","members":[{"user_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","name":"ada","role":"owner"}],"last_seq":1,"forked_from":null}');
INSERT INTO "events" VALUES(36,'01a1fe6d-0972-74b8-8e35-6ec8fe500cf8',2,'message.created',1795269921140361,'ada','tui',NULL);
INSERT INTO "events" VALUES(37,'01a1fe6d-0972-74b8-8e35-6ec8fe500cf8',3,'turn.queued',1795269921140361,'ada','tui','{"id":"01a1fe6d-0974-74bf-aa3a-484834981d4d","session_id":"01a1fe6d-0972-74b8-8e35-6ec8fe500cf8","seq":3,"state":"queued","mode":"queue","message_id":"01a1fe6d-0974-74bf-aa3a-4849584c9209","answer_id":null,"agent_name":"chat","model_id":null,"user_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","route":[],"attempt":0,"retry_of":null,"error":null,"usage":null,"created_at":"2026-11-21T14:05:21.140361Z","started_at":null,"ended_at":null}');
INSERT INTO "events" VALUES(38,'01a1fe6d-0972-74b8-8e35-6ec8fe500cf8',4,'turn.started',1795269921150839,'chat','agent','{"id":"01a1fe6d-0974-74bf-aa3a-484834981d4d","session_id":"01a1fe6d-0972-74b8-8e35-6ec8fe500cf8","seq":3,"state":"running","mode":"queue","message_id":"01a1fe6d-0974-74bf-aa3a-4849584c9209","answer_id":"01a1fe6d-097e-71e8-97c6-39e10abe1043","agent_name":"chat","model_id":null,"user_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","route":[],"attempt":1,"retry_of":null,"error":null,"usage":null,"created_at":"2026-11-21T14:05:21.140361Z","started_at":"2026-11-21T14:05:21.150839Z","ended_at":null}');
INSERT INTO "events" VALUES(39,'01a1fe6d-0972-74b8-8e35-6ec8fe500cf8',5,'message.created',1795269921152124,'chat','agent',NULL);
INSERT INTO "events" VALUES(40,'01a1fe6d-0972-74b8-8e35-6ec8fe500cf8',6,'tool.called',1795269921152124,'chat','agent','{"id":"call-1","server":"clock","tool":"now","arguments":{"zone":"UTC"},"session_id":"01a1fe6d-0972-74b8-8e35-6ec8fe500cf8","turn_id":"01a1fe6d-0974-74bf-aa3a-484834981d4d","seq":6,"step":1,"state":"running","read_only":false,"message_id":null,"created_at":"2026-11-21T14:05:21.152124Z","started_at":"2026-11-21T14:05:21.152124Z","ended_at":null}');
INSERT INTO "events" VALUES(41,'01a1fe6d-0972-74b8-8e35-6ec8fe500cf8',7,'message.created',1795269921153841,'chat','agent',NULL);
INSERT INTO "events" VALUES(42,'01a1fe6d-0972-74b8-8e35-6ec8fe500cf8',8,'tool.finished',1795269921153841,'chat','agent','{"id":"call-1","server":"clock","tool":"now","arguments":{"zone":"UTC"},"session_id":"01a1fe6d-0972-74b8-8e35-6ec8fe500cf8","turn_id":"01a1fe6d-0974-74bf-aa3a-484834981d4d","seq":6,"step":1,"state":"completed","read_only":false,"message_id":"01a1fe6d-0982-754f-a1f9-e1e5aeebc518","created_at":"2026-11-21T14:05:21.152124Z","started_at":"2026-11-21T14:05:21.152124Z","ended_at":"2026-11-21T14:05:21.153841Z"}');
INSERT INTO "events" VALUES(43,'01a1fe6d-0972-74b8-8e35-6ec8fe500cf8',9,'turn.started',1795269921158775,'chat','agent','{"id":"01a1fe6d-0974-74bf-aa3a-484834981d4d","session_id":"01a1fe6d-0972-74b8-8e35-6ec8fe500cf8","seq":3,"state":"running","mode":"queue","message_id":"01a1fe6d-0974-74bf-aa3a-4849584c9209","answer_id":"01a1fe6d-0986-70ba-943c-9b6a6f51fe90","agent_name":"chat","model_id":null,"user_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","route":[],"attempt":1,"retry_of":null,"error":null,"usage":null,"created_at":"2026-11-21T14:05:21.140361Z","started_at":"2026-11-21T14:05:21.150839Z","ended_at":null}');
INSERT INTO "events" VALUES(44,'01a1fe6d-0972-74b8-8e35-6ec8fe500cf8',10,'message.created',1795269921159992,'chat','agent',NULL);
INSERT INTO "events" VALUES(45,'01a1fe6d-0972-74b8-8e35-6ec8fe500cf8',11,'turn.completed',1795269921159992,'chat','agent','{"id":"01a1fe6d-0974-74bf-aa3a-484834981d4d","session_id":"01a1fe6d-0972-74b8-8e35-6ec8fe500cf8","seq":3,"state":"completed","mode":"queue","message_id":"01a1fe6d-0974-74bf-aa3a-4849584c9209","answer_id":"01a1fe6d-0986-70ba-943c-9b6a6f51fe90","agent_name":"chat","model_id":null,"user_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","route":[],"attempt":1,"retry_of":null,"error":null,"usage":null,"created_at":"2026-11-21T14:05:21.140361Z","started_at":"2026-11-21T14:05:21.150839Z","ended_at":"2026-11-21T14:05:21.159992Z"}');
INSERT INTO "events" VALUES(46,'01a1fe6d-0972-74b8-8e35-6ec8fe500cf8',12,'message.created',1795269921161913,'ada','tui',NULL);
INSERT INTO "events" VALUES(47,'01a1fe6d-0972-74b8-8e35-6ec8fe500cf8',13,'context.compressed',1795269921171982,'ada','tui',NULL);
INSERT INTO "events" VALUES(48,'01a1fe6d-0972-74b8-8e35-6ec8fe500cf8',14,'message.created',1795269921175780,'ada','tui',NULL);
CREATE TABLE identities (
    interface   TEXT NOT NULL,
    external_id TEXT NOT NULL,
    user_id     TEXT NOT NULL REFERENCES users (id),
    linked_at   INTEGER NOT NULL, name TEXT,
    PRIMARY KEY (interface, external_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "identities" VALUES('irc','ada_','01a1fe6d-08bb-7317-ae1a-d4dcf473b248',1795269921125405,NULL);
CREATE TABLE imported (
    import_id INTEGER NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    mark      BLOB NOT NULL,
    PRIMARY KEY (import_id, mark)
) STRICT, WITHOUT ROWID;
INSERT INTO "imported" VALUES(1,X'CEA3878A334B240469D159FF840B6434');
CREATE TABLE imports (
    id         INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    origin     TEXT NOT NULL,
    user_id    TEXT NOT NULL REFERENCES users (id)
) STRICT;
INSERT INTO "imports" VALUES(1,'01a1fe6d-0972-74b8-8e35-6ec8fe500cf8','irc/#old','01a1fe6d-08bb-7317-ae1a-d4dcf473b248');
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
INSERT INTO "keys" VALUES('01a1fe6d-08bb-7317-ae1a-d4dcf473b248','k',X'7468652073616D65','[{"id":"01a1fe6d-08dc-74f0-a81b-148a58efbe67","session_id":"01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87","seq":4,"role":"user","sender":"ada","content":"the lighthouse","token_count":null,"model_id":null,"agent_name":null,"response_time_ms":null,"is_error":false,"status":"complete","created_at":"2026-11-21T14:05:20.988460Z","edited_at":null,"deleted":false,"interface":"tui","place":null,"external_id":null,"user_id":"01a1fe6d-08bb-7317-ae1a-d4dcf473b248","turn_id":null,"tool_call":null,"images":["a.png",{"url":"b"}],"documents":[]}]','01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',1795269920988460);
CREATE TABLE links (
    hash        BLOB PRIMARY KEY,
    user_id     TEXT REFERENCES users (id),
    interface   TEXT,
    external_id TEXT,
    name        TEXT,
    expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE mcp_uses (
    session_id  TEXT NOT NULL,
    server      TEXT NOT NULL,
    tool        TEXT NOT NULL,
    calls       INTEGER NOT NULL,
    errors      INTEGER NOT NULL,
    seconds     REAL NOT NULL,
    max_seconds REAL NOT NULL,
    last_used   INTEGER NOT NULL,
    PRIMARY KEY (session_id, server, tool)
) STRICT, WITHOUT ROWID;
INSERT INTO "mcp_uses" VALUES('01a1fe6d-0972-74b8-8e35-6ec8fe500cf8','clock','now',1,0,0.5,0.5,1795269921140361);
CREATE TABLE members (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    user_id    TEXT NOT NULL REFERENCES users (id),
    role       TEXT NOT NULL,
    PRIMARY KEY (session_id, user_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "members" VALUES('01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87','01a1fe6d-08bb-7317-ae1a-d4dcf473b248','owner');
INSERT INTO "members" VALUES('01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87','01a1fe6d-08be-7303-b56e-b77f25526cca','writer');
INSERT INTO "members" VALUES('01a1fe6d-0972-74b8-8e35-6ec8fe500cf8','01a1fe6d-08bb-7317-ae1a-d4dcf473b248','owner');
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
INSERT INTO "memories" VALUES('mem_4e53a483ecd3','p','k',31,1795269921118613,NULL,1795269921120719,0);
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
INSERT INTO "memory_versions" VALUES(29,'mem_4e53a483ecd3',1,'one','{"a": 1}',NULL,1795269921118613,'ada','01a1fe6d-08bb-7317-ae1a-d4dcf473b248','tui','01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',NULL);
INSERT INTO "memory_versions" VALUES(31,'mem_4e53a483ecd3',2,'two','{"a": 1}',NULL,1795269921120719,'ada','01a1fe6d-08bb-7317-ae1a-d4dcf473b248','tui','01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',NULL);
CREATE TABLE message_items (
    number INTEGER PRIMARY KEY REFERENCES messages (number) ON DELETE CASCADE,
    item   TEXT NOT NULL
) STRICT;
INSERT INTO "message_items" VALUES(46,'{"role":"user","content":"\u001a"}');
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
, place TEXT, external_id TEXT, tool_call TEXT) STRICT;
INSERT INTO "messages" VALUES(4,'01a1fe6d-08dc-74f0-a81b-148a58efbe67','01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',4,'user','ada','the old lighthouse',NULL,NULL,NULL,NULL,0,'complete',1795269920988460,1795269921006741,0,'tui','01a1fe6d-08bb-7317-ae1a-d4dcf473b248',NULL,'["a.png", {"url": "b"}]',NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES(7,'01a1fe6d-08ff-75e0-9315-7ff3a946538d','01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',7,'user','ada','nul ',NULL,NULL,NULL,NULL,0,'complete',1795269921022929,NULL,0,'tui','01a1fe6d-08bb-7317-ae1a-d4dcf473b248',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES(8,'01a1fe6d-0901-747e-a124-cbdef60740e2','01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',8,'user','ada','',NULL,NULL,NULL,NULL,0,'complete',1795269921025381,NULL,1,'tui','01a1fe6d-08bb-7317-ae1a-d4dcf473b248',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES(9,'01a1fe6d-090a-76f1-925b-a10ba6c00447','01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',9,'user','ada','why?',NULL,NULL,NULL,NULL,0,'complete',1795269921034687,NULL,0,'tui','01a1fe6d-08bb-7317-ae1a-d4dcf473b248','01a1fe6d-090a-76f1-925b-a10ad2a7cd02',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES(12,'01a1fe6d-090e-72f4-829a-a28d1997a49e','01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',12,'assistant','chat','because',5,NULL,'chat',NULL,0,'complete',1795269921042663,NULL,0,'agent',NULL,'01a1fe6d-090a-76f1-925b-a10ad2a7cd02',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES(14,'01a1fe6d-091a-72a9-955d-b6eec1ffaa32','01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',14,'user','ada','why?',NULL,NULL,NULL,NULL,0,'complete',1795269921050789,NULL,0,'tui','01a1fe6d-08bb-7317-ae1a-d4dcf473b248','01a1fe6d-091a-72a9-955d-b6edceab4e7b',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES(17,'01a1fe6d-091e-7730-ab8f-565241c32350','01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',17,'assistant','chat','half an',NULL,NULL,'chat',NULL,1,'failed',1795269921062843,NULL,0,'agent',NULL,'01a1fe6d-091a-72a9-955d-b6edceab4e7b',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES(21,'01a1fe6d-0936-7308-8ade-94bbf47a260f','01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',21,'user','ada','and then?',NULL,NULL,NULL,NULL,0,'complete',1795269921078740,NULL,0,'tui','01a1fe6d-08bb-7317-ae1a-d4dcf473b248','01a1fe6d-0936-7308-8ade-94bac021f508',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES(24,'01a1fe6d-0946-749c-a3de-6c9d9caf08f2','01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',24,'user','nick','brought in',NULL,NULL,NULL,NULL,0,'complete',1795269921094395,NULL,0,'irc',NULL,NULL,NULL,NULL,'#a','901',NULL);
INSERT INTO "messages" VALUES(36,'01a1fe6d-0974-74bf-aa3a-4849584c9209','01a1fe6d-0972-74b8-8e35-6ec8fe500cf8',2,'user','ada','what is the time?',NULL,NULL,NULL,NULL,0,'complete',1795269921140361,NULL,0,'tui','01a1fe6d-08bb-7317-ae1a-d4dcf473b248','01a1fe6d-0974-74bf-aa3a-484834981d4d',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES(39,'01a1fe6d-097e-71e8-97c6-39e10abe1043','01a1fe6d-0972-74b8-8e35-6ec8fe500cf8',5,'assistant','chat','I look.',NULL,NULL,'chat',NULL,0,'complete',1795269921152124,NULL,0,'agent',NULL,'01a1fe6d-0974-74bf-aa3a-484834981d4d',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES(41,'01a1fe6d-0982-754f-a1f9-e1e5aeebc518','01a1fe6d-0972-74b8-8e35-6ec8fe500cf8',7,'tool','now','noon',NULL,NULL,'chat',NULL,0,'complete',1795269921153841,NULL,0,'agent',NULL,'01a1fe6d-0974-74bf-aa3a-484834981d4d',NULL,NULL,NULL,NULL,'{"id":"call-1","server":"clock","tool":"now","arguments":{"zone":"UTC"}}');
INSERT INTO "messages" VALUES(44,'01a1fe6d-0986-70ba-943c-9b6a6f51fe90','01a1fe6d-0972-74b8-8e35-6ec8fe500cf8',10,'assistant','chat','It is noon.',NULL,NULL,'chat',NULL,0,'complete',1795269921159992,NULL,0,'agent',NULL,'01a1fe6d-0974-74bf-aa3a-484834981d4d',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES(46,'01a1fe6d-098a-744c-9a1e-1dc6f38a465b','01a1fe6d-0972-74b8-8e35-6ec8fe500cf8',12,'user','ada','an item',NULL,NULL,NULL,NULL,0,'complete',1795269921161913,NULL,0,'tui','01a1fe6d-08bb-7317-ae1a-d4dcf473b248',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "messages" VALUES(48,'01a1fe6d-0998-7012-a013-8871fbc5ec0f','01a1fe6d-0972-74b8-8e35-6ec8fe500cf8',14,'user','nick','brought in from a log',NULL,NULL,NULL,NULL,0,'complete',1795269921140361,NULL,0,'import',NULL,NULL,NULL,NULL,'irc/#old',NULL,NULL);
CREATE TABLE projects (
    id         TEXT PRIMARY KEY,
    owner_id   TEXT NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "projects" VALUES('p','01a1fe6d-08bb-7317-ae1a-d4dcf473b248',1795269921118613);
CREATE TABLE reads (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    user_id    TEXT NOT NULL REFERENCES users (id),
    seq        INTEGER NOT NULL,
    PRIMARY KEY (session_id, user_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "reads" VALUES('01a1fe6d-0972-74b8-8e35-6ec8fe500cf8','01a1fe6d-08bb-7317-ae1a-d4dcf473b248',2);
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
INSERT INTO "receipts" VALUES('01a1fe6d-08dc-74f0-a81b-148a58efbe67','irc','#a',0,'900','sent',NULL,1795269921086816);
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
, forked_from TEXT) STRICT, WITHOUT ROWID;
INSERT INTO "sessions" VALUES('01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87','Kept','chat',NULL,'never',1795269920966380,1795269921120719,8,'brought in',1,0,'p',NULL,NULL,'01a1fe6d-08bb-7317-ae1a-d4dcf473b248',30,NULL);
INSERT INTO "sessions" VALUES('01a1fe6d-0972-74b8-8e35-6ec8fe500cf8','Used','chat',NULL,'never',1795269921138656,1795269921161913,6,'brought in from a log',0,0,'p',NULL,NULL,'01a1fe6d-08bb-7317-ae1a-d4dcf473b248',14,NULL);
CREATE TABLE summaries (
    session_id    TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    seq           INTEGER NOT NULL,
    upto_seq      INTEGER NOT NULL,
    upto_at       INTEGER NOT NULL,
    message_count INTEGER NOT NULL,
    text          TEXT NOT NULL,
    model_id      TEXT NOT NULL,
    tokens_before INTEGER NOT NULL,
    tokens_after  INTEGER NOT NULL,
    tokens_source TEXT NOT NULL,
    turn_id       TEXT,
    created_at    INTEGER NOT NULL,
    deleted       INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (session_id, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO "summaries" VALUES('01a1fe6d-0972-74b8-8e35-6ec8fe500cf8',13,2,1795269921140361,1,'the time','offline',9,2,'estimate',NULL,1795269921171982,0);
INSERT INTO "term_trigrams_config" VALUES('version',4);
INSERT INTO "term_trigrams_data" VALUES(1,X'0C20');
INSERT INTO "term_trigrams_data" VALUES(10,X'000000000102020002010101020101');
INSERT INTO "term_trigrams_data" VALUES(137438953473,X'000001100430616C6606020302026E640102020202757302020501036265630202020202726F0302020103636175020204010364656C040202010365636102020302026C6504020302026D6F050202020274650402050103676874030206040204010368616C0602020202656E0B020302026F7507020702027468070205010369676807020301036C65740402040202696707020201036D6F6A05020301036E756C08020201036F6A6905020402026C64090202020275670302040301730702080103726F750302030103746564040206020268650A020201020203016F07020601037567680302050202736502020605020901037768790C02020106D799D79ED7990D020202059ED799D79F0D02030408070708070808080707070B0807070708080708080807070608080A06080A080B');
INSERT INTO "term_trigrams_data" VALUES(274877906945,X'00000026043064656C04010103656C65040102027465040101036C65740401010374656404010407070607');
INSERT INTO "term_trigrams_docsize" VALUES(1,X'01');
INSERT INTO "term_trigrams_docsize" VALUES(2,X'05');
INSERT INTO "term_trigrams_docsize" VALUES(3,X'05');
INSERT INTO "term_trigrams_docsize" VALUES(5,X'03');
INSERT INTO "term_trigrams_docsize" VALUES(6,X'02');
INSERT INTO "term_trigrams_docsize" VALUES(7,X'08');
INSERT INTO "term_trigrams_docsize" VALUES(8,X'01');
INSERT INTO "term_trigrams_docsize" VALUES(9,X'01');
INSERT INTO "term_trigrams_docsize" VALUES(10,X'01');
INSERT INTO "term_trigrams_docsize" VALUES(11,X'02');
INSERT INTO "term_trigrams_docsize" VALUES(12,X'01');
INSERT INTO "term_trigrams_docsize" VALUES(13,X'02');
INSERT INTO "term_trigrams_idx" VALUES(1,X'',2);
INSERT INTO "term_trigrams_idx" VALUES(2,X'',2);
CREATE TABLE terms (
    number INTEGER PRIMARY KEY,
    term   TEXT NOT NULL UNIQUE,
    uses   INTEGER NOT NULL
) STRICT;
INSERT INTO "terms" VALUES(1,'and',1);
INSERT INTO "terms" VALUES(2,'because',1);
INSERT INTO "terms" VALUES(3,'brought',1);
INSERT INTO "terms" VALUES(5,'emoji',1);
INSERT INTO "terms" VALUES(6,'half',1);
INSERT INTO "terms" VALUES(7,'lighthouse',1);
INSERT INTO "terms" VALUES(8,'nul',1);
INSERT INTO "terms" VALUES(9,'old',1);
INSERT INTO "terms" VALUES(10,'the',1);
INSERT INTO "terms" VALUES(11,'then',1);
INSERT INTO "terms" VALUES(12,'why',2);
INSERT INTO "terms" VALUES(13,'ימין',1);
CREATE TABLE tokens (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    user_id      TEXT NOT NULL REFERENCES users (id),
    scopes       TEXT NOT NULL,
    hash         BLOB NOT NULL UNIQUE,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO "tokens" VALUES('01a1fe6d-096b-7234-80f9-3b5e5f738446','ci','01a1fe6d-08bb-7317-ae1a-d4dcf473b248','read write',X'E5B9E6B4414D64B327C1F8B434BF4154304648219A2F18302A1B198C394C5B01',1795269921131507,1795269921132623);
CREATE TABLE tool_calls (
    id         TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    turn_id    TEXT NOT NULL,
    seq        INTEGER NOT NULL,
    step       INTEGER NOT NULL,
    server     TEXT NOT NULL,
    tool       TEXT NOT NULL,
    arguments  TEXT NOT NULL,
    read_only  INTEGER NOT NULL,
    state      TEXT NOT NULL,
    message_id TEXT,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at   INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO "tool_calls" VALUES('call-1','01a1fe6d-0972-74b8-8e35-6ec8fe500cf8','01a1fe6d-0974-74bf-aa3a-484834981d4d',6,1,'clock','now','{"zone": "UTC"}',0,'completed','01a1fe6d-0982-754f-a1f9-e1e5aeebc518',1795269921152124,1795269921152124,1795269921153841);
CREATE TABLE tool_permissions (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    server     TEXT NOT NULL,
    tool       TEXT NOT NULL,
    decision   TEXT NOT NULL,
    user_id    TEXT,
    at         INTEGER NOT NULL,
    PRIMARY KEY (session_id, server, tool)
) STRICT, WITHOUT ROWID;
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
, used TEXT) STRICT, WITHOUT ROWID;
INSERT INTO "turns" VALUES('01a1fe6d-090a-76f1-925b-a10ad2a7cd02','01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',10,'completed','queue','01a1fe6d-090a-76f1-925b-a10ba6c00447','01a1fe6d-090e-72f4-829a-a28d1997a49e','chat',NULL,'01a1fe6d-08bb-7317-ae1a-d4dcf473b248','[{"interface": "irc", "place": "#a"}]',1,NULL,NULL,'{"input_tokens":3,"output_tokens":5,"context_tokens":null}',1795269921034687,1795269921038577,1795269921042663,'',11,0,NULL);
INSERT INTO "turns" VALUES('01a1fe6d-091a-72a9-955d-b6edceab4e7b','01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',15,'failed','queue','01a1fe6d-091a-72a9-955d-b6eec1ffaa32','01a1fe6d-091e-7730-ab8f-565241c32350','chat',NULL,'01a1fe6d-08bb-7317-ae1a-d4dcf473b248','[{"interface": "irc", "place": "#a"}]',1,NULL,'{"code":"model_timeout","message":"silent"}',NULL,1795269921050789,1795269921054632,1795269921062843,'',16,0,NULL);
INSERT INTO "turns" VALUES('01a1fe6d-0928-7351-908a-825ee577e2ab','01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',19,'running','queue','01a1fe6d-091a-72a9-955d-b6eec1ffaa32','01a1fe6d-092a-74f4-8064-642b01ac3daf','chat',NULL,'01a1fe6d-08bb-7317-ae1a-d4dcf473b248','[{"interface": "irc", "place": "#a"}]',1,'01a1fe6d-091a-72a9-955d-b6edceab4e7b',NULL,NULL,1795269921064253,1795269921066513,NULL,'half finished',20,0,NULL);
INSERT INTO "turns" VALUES('01a1fe6d-0936-7308-8ade-94bac021f508','01a1fe6d-08c6-72d5-9bcf-9e3f0dba1b87',22,'queued','queue','01a1fe6d-0936-7308-8ade-94bbf47a260f',NULL,'chat',NULL,'01a1fe6d-08bb-7317-ae1a-d4dcf473b248','[{"interface": "irc", "place": "#a"}]',0,NULL,NULL,NULL,1795269921078740,NULL,NULL,'',0,0,NULL);
INSERT INTO "turns" VALUES('01a1fe6d-0974-74bf-aa3a-484834981d4d','01a1fe6d-0972-74b8-8e35-6ec8fe500cf8',3,'completed','queue','01a1fe6d-0974-74bf-aa3a-4849584c9209','01a1fe6d-0986-70ba-943c-9b6a6f51fe90','chat',NULL,'01a1fe6d-08bb-7317-ae1a-d4dcf473b248','[]',1,NULL,NULL,NULL,1795269921140361,1795269921150839,1795269921159992,'',9,0,NULL);
CREATE TABLE unfinished_forks (
    session_id TEXT PRIMARY KEY,
    number     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE users (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "users" VALUES('01a1fe6d-08bb-7317-ae1a-d4dcf473b248','ada',1795269920955054);
INSERT INTO "users" VALUES('01a1fe6d-08be-7303-b56e-b77f25526cca','bob',1795269920958579);
INSERT INTO "users" VALUES('01a1fe6d-08bf-73b9-9378-53f677904a11','admin',1795269920959327);
CREATE TABLE vectors (
    number INTEGER PRIMARY KEY,
    model  TEXT NOT NULL,
    vector BLOB NOT NULL
) STRICT;
INSERT INTO "words_config" VALUES('version',4);
INSERT INTO "words_data" VALUES(1,X'0844');
INSERT INTO "words_data" VALUES(10,X'000000000102020002010101020101');
INSERT INTO "words_data" VALUES(137438953473,X'000001FD0330616E1102090301641502090102626508020A0304636175730C02080206726F75676874180208010564656C657408020B0105656D6F6A6907020A010468616C661102080102696E18020901096C69676874686F757304020B01036E756C07020901036F6C6404020A010374686504020904016E15020A02016F08020901037768790902090502090108D799D79ED799D79F07020B0110EE8080693035346236616636303362640C0205050205060B6339613565373032366337180205050C396265366334663536366336040205030205010205010205050205070205040D6B623532653839363230323464040202030202010202010202030202020202030202040202030202040D72333530356338303065333437040204030204010204010204050204070204030204050B37373462313430653737660C0204050204040D73626230613138623831633563040203030203010203010203030203020203030203040203030203040D74356535316663613532316463040206030206010206010206030206020206030206040206030206040D75303330303034373462643331040207030207010207010207050207070207050C3661306334623966313833330C0207050207050C613862306537633333306266040208030208010208010208050208070208050C62313766653332356263626118020704070607090B0A0A09070E08080806060B0D1810202A24132A2A211420');
INSERT INTO "words_data" VALUES(274877906945,X'00000092033062650801010564656C657408010102746F08010110EE8080693962653663346635363663360801040D6B6235326538393632303234640801040D723335303563383030653334370801040D736262306131386238316335630801040D743565353166636135323164630801040D753033303030343734626433310801050C613862306537633333306266080104060906141111111111');
INSERT INTO "words_docsize" VALUES(4,X'0A');
INSERT INTO "words_docsize" VALUES(7,X'0A');
INSERT INTO "words_docsize" VALUES(9,X'08');
INSERT INTO "words_docsize" VALUES(12,X'07');
INSERT INTO "words_docsize" VALUES(14,X'08');
INSERT INTO "words_docsize" VALUES(17,X'08');
INSERT INTO "words_docsize" VALUES(21,X'09');
INSERT INTO "words_docsize" VALUES(24,X'08');
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
CREATE INDEX sessions_of_owner ON sessions (owner_id, updated_at);
CREATE INDEX events_message_updated ON events (session_id) WHERE type = 'message.updated';
CREATE INDEX events_session_updated ON events (session_id) WHERE type = 'session.updated';
CREATE UNIQUE INDEX imports_of_session ON imports (session_id, origin);
CREATE INDEX imports_of_user ON imports (user_id, origin);
CREATE INDEX tool_calls_of_turn ON tool_calls (turn_id, seq);
CREATE INDEX tool_calls_open ON tool_calls (session_id, seq) WHERE state IN ('waiting', 'running');
CREATE UNIQUE INDEX tool_calls_by_message ON tool_calls (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX approvals_of_session ON approvals (session_id, requested_at);
CREATE INDEX approvals_pending ON approvals (requested_at, id) WHERE state = 'pending';
CREATE TRIGGER mcp_uses_of_deleted AFTER DELETE ON sessions
WHEN EXISTS (SELECT 1 FROM mcp_uses WHERE session_id = old.id)
BEGIN
    INSERT INTO mcp_uses (session_id, server, tool, calls, errors, seconds, max_seconds, last_used)
    SELECT '', server, tool, calls, errors, seconds, max_seconds, last_used FROM mcp_uses WHERE session_id = old.id
    ON CONFLICT DO UPDATE SET
        calls = calls + excluded.calls,
        errors = errors + excluded.errors,
        seconds = seconds + excluded.seconds,
        max_seconds = max(max_seconds, excluded.max_seconds),
        last_used = max(last_used, excluded.last_used);
    DELETE FROM mcp_uses WHERE session_id = old.id;
END;
COMMIT;
PRAGMA application_id = 1397049173;
PRAGMA user_version = 12;
