BEGIN;
CREATE VIRTUAL TABLE words USING fts5 (
    content, content = 'messages', content_rowid = 'number', tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE trigrams USING fts5 (
    content, content = 'messages', content_rowid = 'number', tokenize = 'trigram'
);
DELETE FROM "words_data";
DELETE FROM "words_idx";
DELETE FROM "words_docsize";
DELETE FROM "words_config";
DELETE FROM "trigrams_data";
DELETE FROM "trigrams_idx";
DELETE FROM "trigrams_docsize";
DELETE FROM "trigrams_config";
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
INSERT INTO "bindings" VALUES('irc','#a','01a1fcba-83f8-720c-b9a6-ce6fd0cf8362','live',2,'01a1fcba-83f5-7435-80dc-33fbd3369047',1795241444344663);
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
INSERT INTO "events" VALUES(1,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',1,'session.created',1795241444344663,'ada','tui','{"id":"01a1fcba-83f8-720c-b9a6-ce6fd0cf8362","title":"Kept","agent_name":"chat","model_id":null,"reply":"never","created_at":"2026-11-21T06:10:44.344663Z","updated_at":"2026-11-21T06:10:44.344663Z","message_count":0,"last_message_preview":"","pinned":false,"archived":false,"project_id":"p","tool_id":null,"workspace_path":null,"owner_id":"01a1fcba-83f5-7435-80dc-33fbd3369047","members":[{"user_id":"01a1fcba-83f5-7435-80dc-33fbd3369047","name":"ada","role":"owner"}],"last_seq":1}');
INSERT INTO "events" VALUES(2,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',2,'binding.added',1795241444344663,'ada','tui','{"interface":"irc","place":"#a","session_id":"01a1fcba-83f8-720c-b9a6-ce6fd0cf8362","policy":"live","user_id":"01a1fcba-83f5-7435-80dc-33fbd3369047","created_at":"2026-11-21T06:10:44.344663Z"}');
INSERT INTO "events" VALUES(3,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',3,'session.updated',1795241444346822,'ada','tui','{"id":"01a1fcba-83f8-720c-b9a6-ce6fd0cf8362","title":"Kept","agent_name":"chat","model_id":null,"reply":"never","created_at":"2026-11-21T06:10:44.344663Z","updated_at":"2026-11-21T06:10:44.346822Z","message_count":0,"last_message_preview":"","pinned":false,"archived":false,"project_id":"p","tool_id":null,"workspace_path":null,"owner_id":"01a1fcba-83f5-7435-80dc-33fbd3369047","members":[{"user_id":"01a1fcba-83f5-7435-80dc-33fbd3369047","name":"ada","role":"owner"},{"user_id":"01a1fcba-83f6-7624-a1a1-823f588b9f37","name":"bob","role":"writer"}],"last_seq":3}');
INSERT INTO "events" VALUES(4,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',4,'message.created',1795241444348233,'ada','tui',NULL);
INSERT INTO "events" VALUES(5,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',5,'message.updated',1795241444349559,'ada','tui','{"id":"01a1fcba-83fc-71cb-80fd-79cdec14e98e","session_id":"01a1fcba-83f8-720c-b9a6-ce6fd0cf8362","seq":4,"role":"user","sender":"ada","content":"the old lighthouse","token_count":null,"model_id":null,"agent_name":null,"response_time_ms":null,"is_error":false,"status":"complete","created_at":"2026-11-21T06:10:44.348233Z","edited_at":"2026-11-21T06:10:44.349559Z","deleted":false,"interface":"tui","user_id":"01a1fcba-83f5-7435-80dc-33fbd3369047","turn_id":null,"images":["a.png",{"url":"b"}],"documents":[]}');
INSERT INTO "events" VALUES(6,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',6,'session.updated',1795241444349559,'ada','tui','{"id":"01a1fcba-83f8-720c-b9a6-ce6fd0cf8362","title":"Kept","agent_name":"chat","model_id":null,"reply":"never","created_at":"2026-11-21T06:10:44.344663Z","updated_at":"2026-11-21T06:10:44.349559Z","message_count":1,"last_message_preview":"","pinned":false,"archived":false,"project_id":"p","tool_id":null,"workspace_path":null,"owner_id":"01a1fcba-83f5-7435-80dc-33fbd3369047","members":[{"user_id":"01a1fcba-83f5-7435-80dc-33fbd3369047","name":"ada","role":"owner"},{"user_id":"01a1fcba-83f6-7624-a1a1-823f588b9f37","name":"bob","role":"writer"}],"last_seq":6}');
INSERT INTO "events" VALUES(7,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',7,'message.created',1795241444351595,'ada','tui',NULL);
INSERT INTO "events" VALUES(8,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',8,'message.created',1795241444352620,'ada','tui',NULL);
INSERT INTO "events" VALUES(9,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',9,'message.created',1795241444353643,'ada','tui',NULL);
INSERT INTO "events" VALUES(10,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',10,'turn.queued',1795241444353643,'ada','tui','{"id":"01a1fcba-8401-7256-bc15-cb9d2ea42e4e","session_id":"01a1fcba-83f8-720c-b9a6-ce6fd0cf8362","seq":10,"state":"queued","mode":"queue","message_id":"01a1fcba-8401-7256-bc15-cb9e8d521777","answer_id":null,"agent_name":"chat","model_id":null,"user_id":"01a1fcba-83f5-7435-80dc-33fbd3369047","route":[{"interface":"irc","place":"#a"}],"attempt":0,"retry_of":null,"error":null,"usage":null,"created_at":"2026-11-21T06:10:44.353643Z","started_at":null,"ended_at":null}');
INSERT INTO "events" VALUES(11,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',11,'turn.started',1795241444354927,'chat','agent','{"id":"01a1fcba-8401-7256-bc15-cb9d2ea42e4e","session_id":"01a1fcba-83f8-720c-b9a6-ce6fd0cf8362","seq":10,"state":"running","mode":"queue","message_id":"01a1fcba-8401-7256-bc15-cb9e8d521777","answer_id":"01a1fcba-8403-7777-a520-e2395512bb18","agent_name":"chat","model_id":null,"user_id":"01a1fcba-83f5-7435-80dc-33fbd3369047","route":[{"interface":"irc","place":"#a"}],"attempt":1,"retry_of":null,"error":null,"usage":null,"created_at":"2026-11-21T06:10:44.353643Z","started_at":"2026-11-21T06:10:44.354927Z","ended_at":null}');
INSERT INTO "events" VALUES(12,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',12,'message.created',1795241444356065,'chat','agent',NULL);
INSERT INTO "events" VALUES(13,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',13,'turn.completed',1795241444356065,'chat','agent','{"id":"01a1fcba-8401-7256-bc15-cb9d2ea42e4e","session_id":"01a1fcba-83f8-720c-b9a6-ce6fd0cf8362","seq":10,"state":"completed","mode":"queue","message_id":"01a1fcba-8401-7256-bc15-cb9e8d521777","answer_id":"01a1fcba-8403-7777-a520-e2395512bb18","agent_name":"chat","model_id":null,"user_id":"01a1fcba-83f5-7435-80dc-33fbd3369047","route":[{"interface":"irc","place":"#a"}],"attempt":1,"retry_of":null,"error":null,"usage":{"input_tokens":3,"output_tokens":5},"created_at":"2026-11-21T06:10:44.353643Z","started_at":"2026-11-21T06:10:44.354927Z","ended_at":"2026-11-21T06:10:44.356065Z"}');
INSERT INTO "events" VALUES(14,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',14,'message.created',1795241444357180,'ada','tui',NULL);
INSERT INTO "events" VALUES(15,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',15,'turn.queued',1795241444357180,'ada','tui','{"id":"01a1fcba-8405-770b-be59-daeff2d71490","session_id":"01a1fcba-83f8-720c-b9a6-ce6fd0cf8362","seq":15,"state":"queued","mode":"queue","message_id":"01a1fcba-8405-770b-be59-daf07133f6c9","answer_id":null,"agent_name":"chat","model_id":null,"user_id":"01a1fcba-83f5-7435-80dc-33fbd3369047","route":[{"interface":"irc","place":"#a"}],"attempt":0,"retry_of":null,"error":null,"usage":null,"created_at":"2026-11-21T06:10:44.357180Z","started_at":null,"ended_at":null}');
INSERT INTO "events" VALUES(16,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',16,'turn.started',1795241444359619,'chat','agent','{"id":"01a1fcba-8405-770b-be59-daeff2d71490","session_id":"01a1fcba-83f8-720c-b9a6-ce6fd0cf8362","seq":15,"state":"running","mode":"queue","message_id":"01a1fcba-8405-770b-be59-daf07133f6c9","answer_id":"01a1fcba-8407-77f2-bc0d-548d44a152e1","agent_name":"chat","model_id":null,"user_id":"01a1fcba-83f5-7435-80dc-33fbd3369047","route":[{"interface":"irc","place":"#a"}],"attempt":1,"retry_of":null,"error":null,"usage":null,"created_at":"2026-11-21T06:10:44.357180Z","started_at":"2026-11-21T06:10:44.359619Z","ended_at":null}');
INSERT INTO "events" VALUES(17,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',17,'message.created',1795241444360644,'chat','agent',NULL);
INSERT INTO "events" VALUES(18,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',18,'turn.failed',1795241444360644,'chat','agent','{"id":"01a1fcba-8405-770b-be59-daeff2d71490","session_id":"01a1fcba-83f8-720c-b9a6-ce6fd0cf8362","seq":15,"state":"failed","mode":"queue","message_id":"01a1fcba-8405-770b-be59-daf07133f6c9","answer_id":"01a1fcba-8407-77f2-bc0d-548d44a152e1","agent_name":"chat","model_id":null,"user_id":"01a1fcba-83f5-7435-80dc-33fbd3369047","route":[{"interface":"irc","place":"#a"}],"attempt":1,"retry_of":null,"error":{"code":"model_timeout","message":"silent"},"usage":null,"created_at":"2026-11-21T06:10:44.357180Z","started_at":"2026-11-21T06:10:44.359619Z","ended_at":"2026-11-21T06:10:44.360644Z"}');
INSERT INTO "events" VALUES(19,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',19,'turn.queued',1795241444361985,'ada','tui','{"id":"01a1fcba-840a-76fe-9325-2f9c9f92e604","session_id":"01a1fcba-83f8-720c-b9a6-ce6fd0cf8362","seq":19,"state":"queued","mode":"queue","message_id":"01a1fcba-8405-770b-be59-daf07133f6c9","answer_id":null,"agent_name":"chat","model_id":null,"user_id":"01a1fcba-83f5-7435-80dc-33fbd3369047","route":[{"interface":"irc","place":"#a"}],"attempt":0,"retry_of":"01a1fcba-8405-770b-be59-daeff2d71490","error":null,"usage":null,"created_at":"2026-11-21T06:10:44.361985Z","started_at":null,"ended_at":null}');
INSERT INTO "events" VALUES(20,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',20,'turn.started',1795241444363407,'chat','agent','{"id":"01a1fcba-840a-76fe-9325-2f9c9f92e604","session_id":"01a1fcba-83f8-720c-b9a6-ce6fd0cf8362","seq":19,"state":"running","mode":"queue","message_id":"01a1fcba-8405-770b-be59-daf07133f6c9","answer_id":"01a1fcba-840b-7430-9896-2f7d79baa3c5","agent_name":"chat","model_id":null,"user_id":"01a1fcba-83f5-7435-80dc-33fbd3369047","route":[{"interface":"irc","place":"#a"}],"attempt":1,"retry_of":"01a1fcba-8405-770b-be59-daeff2d71490","error":null,"usage":null,"created_at":"2026-11-21T06:10:44.361985Z","started_at":"2026-11-21T06:10:44.363407Z","ended_at":null}');
INSERT INTO "events" VALUES(21,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',21,'message.created',1795241444365029,'ada','tui',NULL);
INSERT INTO "events" VALUES(22,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',22,'turn.queued',1795241444365029,'ada','tui','{"id":"01a1fcba-840d-7154-a251-a8887694314b","session_id":"01a1fcba-83f8-720c-b9a6-ce6fd0cf8362","seq":22,"state":"queued","mode":"queue","message_id":"01a1fcba-840d-7154-a251-a889a915d724","answer_id":null,"agent_name":"chat","model_id":null,"user_id":"01a1fcba-83f5-7435-80dc-33fbd3369047","route":[{"interface":"irc","place":"#a"}],"attempt":0,"retry_of":null,"error":null,"usage":null,"created_at":"2026-11-21T06:10:44.365029Z","started_at":null,"ended_at":null}');
INSERT INTO "events" VALUES(23,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',23,'binding.delivered',1795241444366065,'ada','tui','{"interface":"irc","place":"#a","message_id":"01a1fcba-83fc-71cb-80fd-79cdec14e98e","part":0,"external_id":"900","state":"sent","reason":null,"at":"2026-11-21T06:10:44.366065Z"}');
INSERT INTO "events" VALUES(24,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',24,'session.updated',1795241444367047,'ada','tui','{"id":"01a1fcba-83f8-720c-b9a6-ce6fd0cf8362","title":"Kept","agent_name":"chat","model_id":null,"reply":"never","created_at":"2026-11-21T06:10:44.344663Z","updated_at":"2026-11-21T06:10:44.367047Z","message_count":8,"last_message_preview":"","pinned":true,"archived":false,"project_id":"p","tool_id":null,"workspace_path":null,"owner_id":"01a1fcba-83f5-7435-80dc-33fbd3369047","members":[{"user_id":"01a1fcba-83f5-7435-80dc-33fbd3369047","name":"ada","role":"owner"},{"user_id":"01a1fcba-83f6-7624-a1a1-823f588b9f37","name":"bob","role":"writer"}],"last_seq":24}');
INSERT INTO "events" VALUES(25,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',25,'message.deleted',1795241444370546,'ada','tui','{"id":"01a1fcba-8400-701d-a96d-6f8dd28a7213","session_id":"01a1fcba-83f8-720c-b9a6-ce6fd0cf8362","seq":8,"role":"user","sender":"ada","content":"","token_count":null,"model_id":null,"agent_name":null,"response_time_ms":null,"is_error":false,"status":"complete","created_at":"2026-11-21T06:10:44.352620Z","edited_at":null,"deleted":true,"interface":"tui","user_id":"01a1fcba-83f5-7435-80dc-33fbd3369047","turn_id":null,"images":[],"documents":[]}');
INSERT INTO "events" VALUES(26,'01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',26,'session.updated',1795241444370546,'ada','tui','{"id":"01a1fcba-83f8-720c-b9a6-ce6fd0cf8362","title":"Kept","agent_name":"chat","model_id":null,"reply":"never","created_at":"2026-11-21T06:10:44.344663Z","updated_at":"2026-11-21T06:10:44.370546Z","message_count":7,"last_message_preview":"and then?","pinned":true,"archived":false,"project_id":"p","tool_id":null,"workspace_path":null,"owner_id":"01a1fcba-83f5-7435-80dc-33fbd3369047","members":[{"user_id":"01a1fcba-83f5-7435-80dc-33fbd3369047","name":"ada","role":"owner"},{"user_id":"01a1fcba-83f6-7624-a1a1-823f588b9f37","name":"bob","role":"writer"}],"last_seq":26}');
INSERT INTO "events" VALUES(28,'01a1fcba-8414-73e8-8f6d-d30b040a69a8',2,'session.deleted',1795241444372893,'ada','tui','{"id":"01a1fcba-8414-73e8-8f6d-d30b040a69a8","title":"Deleted","agent_name":"chat","model_id":null,"reply":"never","created_at":"2026-11-21T06:10:44.372156Z","updated_at":"2026-11-21T06:10:44.372156Z","message_count":0,"last_message_preview":"","pinned":false,"archived":false,"project_id":null,"tool_id":null,"workspace_path":null,"owner_id":"01a1fcba-83f5-7435-80dc-33fbd3369047","members":[{"user_id":"01a1fcba-83f5-7435-80dc-33fbd3369047","name":"ada","role":"owner"}],"last_seq":2}');
CREATE TABLE identities (
    interface   TEXT NOT NULL,
    external_id TEXT NOT NULL,
    user_id     TEXT NOT NULL REFERENCES users (id),
    linked_at   INTEGER NOT NULL,
    PRIMARY KEY (interface, external_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "identities" VALUES('irc','ada_','01a1fcba-83f5-7435-80dc-33fbd3369047',1795241444374074);
CREATE TABLE indexed (number INTEGER NOT NULL) STRICT;
INSERT INTO "indexed" VALUES(21);
CREATE TABLE keys (
    user_id     TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    answer      TEXT NOT NULL,
    session_id  TEXT,
    at          INTEGER NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;
INSERT INTO "keys" VALUES('01a1fcba-83f5-7435-80dc-33fbd3369047','k',X'7468652073616D65','[{"id":"01a1fcba-83fc-71cb-80fd-79cdec14e98e","session_id":"01a1fcba-83f8-720c-b9a6-ce6fd0cf8362","seq":4,"role":"user","sender":"ada","content":"the lighthouse","token_count":null,"model_id":null,"agent_name":null,"response_time_ms":null,"is_error":false,"status":"complete","created_at":"2026-11-21T06:10:44.348233Z","edited_at":null,"deleted":false,"interface":"tui","user_id":"01a1fcba-83f5-7435-80dc-33fbd3369047","turn_id":null,"images":["a.png",{"url":"b"}],"documents":[]}]','01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',1795241444348233);
CREATE TABLE links (
    hash       BLOB PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE members (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    user_id    TEXT NOT NULL REFERENCES users (id),
    role       TEXT NOT NULL,
    PRIMARY KEY (session_id, user_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "members" VALUES('01a1fcba-83f8-720c-b9a6-ce6fd0cf8362','01a1fcba-83f5-7435-80dc-33fbd3369047','owner');
INSERT INTO "members" VALUES('01a1fcba-83f8-720c-b9a6-ce6fd0cf8362','01a1fcba-83f6-7624-a1a1-823f588b9f37','writer');
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
) STRICT;
INSERT INTO "messages" VALUES(4,'01a1fcba-83fc-71cb-80fd-79cdec14e98e','01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',4,'user','ada','the old lighthouse',NULL,NULL,NULL,NULL,0,'complete',1795241444348233,1795241444349559,0,'tui','01a1fcba-83f5-7435-80dc-33fbd3369047',NULL,'["a.png", {"url": "b"}]',NULL);
INSERT INTO "messages" VALUES(7,'01a1fcba-83ff-76e0-8f77-eb744199c1c6','01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',7,'user','ada','nul ',NULL,NULL,NULL,NULL,0,'complete',1795241444351595,NULL,0,'tui','01a1fcba-83f5-7435-80dc-33fbd3369047',NULL,NULL,NULL);
INSERT INTO "messages" VALUES(8,'01a1fcba-8400-701d-a96d-6f8dd28a7213','01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',8,'user','ada','',NULL,NULL,NULL,NULL,0,'complete',1795241444352620,NULL,1,'tui','01a1fcba-83f5-7435-80dc-33fbd3369047',NULL,NULL,NULL);
INSERT INTO "messages" VALUES(9,'01a1fcba-8401-7256-bc15-cb9e8d521777','01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',9,'user','ada','why?',NULL,NULL,NULL,NULL,0,'complete',1795241444353643,NULL,0,'tui','01a1fcba-83f5-7435-80dc-33fbd3369047','01a1fcba-8401-7256-bc15-cb9d2ea42e4e',NULL,NULL);
INSERT INTO "messages" VALUES(12,'01a1fcba-8403-7777-a520-e2395512bb18','01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',12,'assistant','chat','because',5,NULL,'chat',NULL,0,'complete',1795241444356065,NULL,0,'agent',NULL,'01a1fcba-8401-7256-bc15-cb9d2ea42e4e',NULL,NULL);
INSERT INTO "messages" VALUES(14,'01a1fcba-8405-770b-be59-daf07133f6c9','01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',14,'user','ada','why?',NULL,NULL,NULL,NULL,0,'complete',1795241444357180,NULL,0,'tui','01a1fcba-83f5-7435-80dc-33fbd3369047','01a1fcba-8405-770b-be59-daeff2d71490',NULL,NULL);
INSERT INTO "messages" VALUES(17,'01a1fcba-8407-77f2-bc0d-548d44a152e1','01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',17,'assistant','chat','half an',NULL,NULL,'chat',NULL,1,'failed',1795241444360644,NULL,0,'agent',NULL,'01a1fcba-8405-770b-be59-daeff2d71490',NULL,NULL);
INSERT INTO "messages" VALUES(21,'01a1fcba-840d-7154-a251-a889a915d724','01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',21,'user','ada','and then?',NULL,NULL,NULL,NULL,0,'complete',1795241444365029,NULL,0,'tui','01a1fcba-83f5-7435-80dc-33fbd3369047','01a1fcba-840d-7154-a251-a8887694314b',NULL,NULL);
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
INSERT INTO "receipts" VALUES('01a1fcba-83fc-71cb-80fd-79cdec14e98e','irc','#a',0,'900','sent',NULL,1795241444366065);
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
INSERT INTO "sessions" VALUES('01a1fcba-83f8-720c-b9a6-ce6fd0cf8362','Kept','chat',NULL,'never',1795241444344663,1795241444370546,7,'and then?',1,0,'p',NULL,NULL,'01a1fcba-83f5-7435-80dc-33fbd3369047',26);
CREATE TABLE tokens (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    user_id      TEXT NOT NULL REFERENCES users (id),
    scopes       TEXT NOT NULL,
    hash         BLOB NOT NULL UNIQUE,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO "tokens" VALUES('01a1fcba-8417-7678-b6ff-2b0b9628515d','ci','01a1fcba-83f5-7435-80dc-33fbd3369047','read write',X'FE7F5378448A26D1165344DA428D95E2D165DA89CB4621852C0EE623BD33406C',1795241444374972,1795241444375804);
INSERT INTO "trigrams_config" VALUES('version',4);
INSERT INTO "trigrams_data" VALUES(1,X'0727');
INSERT INTO "trigrams_data" VALUES(10,X'000000000102020002010101020101');
INSERT INTO "trigrams_data" VALUES(137438953473,X'0000015D043020616E110206020262650802040202646508020702026C6904020902026F6C040205020274681502050103616C6611020302026E64150202020275730C020501036265200802050301630C020201036361750C0204010364206C0402080301741502040202656C080208010365206408020603016F040204020263610C020302026C6508020902026E3F1502080202746508020B0103662061110205010367687404020C010368616C1102020202652004020303016E15020702026F7504020F0202746804020D0202793F090203050203010369676804020B01036C64200402070202657408020A020266201102040202696704020A01036E64201502030202756C07020201036F206208020302026C6404020602027573040210010374656408020C0202686504020211020603016F04020E02026F200802020103756C2007020302027365040211080206010377687909020205020204080707070707080707080608080607080607070707080808070607070A08080707070807080707080A0607080A');
INSERT INTO "trigrams_data" VALUES(274877906945,X'0000004D0430206265080102026465080101036265200801010364656C08010103652064080102026C65080102027465080101036C6574080101036F206208010103746564080102026F2008010407060707070606070707');
INSERT INTO "trigrams_docsize" VALUES(4,X'10');
INSERT INTO "trigrams_docsize" VALUES(7,X'02');
INSERT INTO "trigrams_docsize" VALUES(9,X'02');
INSERT INTO "trigrams_docsize" VALUES(12,X'05');
INSERT INTO "trigrams_docsize" VALUES(14,X'02');
INSERT INTO "trigrams_docsize" VALUES(17,X'05');
INSERT INTO "trigrams_docsize" VALUES(21,X'07');
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
INSERT INTO "turns" VALUES('01a1fcba-8401-7256-bc15-cb9d2ea42e4e','01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',10,'completed','queue','01a1fcba-8401-7256-bc15-cb9e8d521777','01a1fcba-8403-7777-a520-e2395512bb18','chat',NULL,'01a1fcba-83f5-7435-80dc-33fbd3369047','[{"interface": "irc", "place": "#a"}]',1,NULL,NULL,'{"input_tokens":3,"output_tokens":5}',1795241444353643,1795241444354927,1795241444356065,'',11,0);
INSERT INTO "turns" VALUES('01a1fcba-8405-770b-be59-daeff2d71490','01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',15,'failed','queue','01a1fcba-8405-770b-be59-daf07133f6c9','01a1fcba-8407-77f2-bc0d-548d44a152e1','chat',NULL,'01a1fcba-83f5-7435-80dc-33fbd3369047','[{"interface": "irc", "place": "#a"}]',1,NULL,'{"code":"model_timeout","message":"silent"}',NULL,1795241444357180,1795241444359619,1795241444360644,'',16,0);
INSERT INTO "turns" VALUES('01a1fcba-840a-76fe-9325-2f9c9f92e604','01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',19,'running','queue','01a1fcba-8405-770b-be59-daf07133f6c9','01a1fcba-840b-7430-9896-2f7d79baa3c5','chat',NULL,'01a1fcba-83f5-7435-80dc-33fbd3369047','[{"interface": "irc", "place": "#a"}]',1,'01a1fcba-8405-770b-be59-daeff2d71490',NULL,NULL,1795241444361985,1795241444363407,NULL,'half finished',20,0);
INSERT INTO "turns" VALUES('01a1fcba-840d-7154-a251-a8887694314b','01a1fcba-83f8-720c-b9a6-ce6fd0cf8362',22,'queued','queue','01a1fcba-840d-7154-a251-a889a915d724',NULL,'chat',NULL,'01a1fcba-83f5-7435-80dc-33fbd3369047','[{"interface": "irc", "place": "#a"}]',0,NULL,NULL,NULL,1795241444365029,NULL,NULL,'',0,0);
CREATE TABLE users (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "users" VALUES('01a1fcba-83f5-7435-80dc-33fbd3369047','ada',1795241444341679);
INSERT INTO "users" VALUES('01a1fcba-83f6-7624-a1a1-823f588b9f37','bob',1795241444342877);
INSERT INTO "users" VALUES('01a1fcba-83f7-745b-866c-cbac10f44add','admin',1795241444343758);
INSERT INTO "words_config" VALUES('version',4);
INSERT INTO "words_data" VALUES(1,X'070E');
INSERT INTO "words_data" VALUES(10,X'000000000102020002010101020101');
INSERT INTO "words_data" VALUES(137438953473,X'000000910330616E110203030164150202010262650802030304636175730C0202010564656C65740802040105656D6F6A69070203010468616C6611020201096C69676874686F757304020401036E756C07020201036F6C64040203010374686504020204016E15020302016F08020201037768790902020502020108D799D79ED799D79F0702050104F09FA68607020404070607090A0A090E08080806060B0D');
INSERT INTO "words_data" VALUES(274877906945,X'00000019033062650801010564656C657408010102746F0801040609');
INSERT INTO "words_docsize" VALUES(4,X'03');
INSERT INTO "words_docsize" VALUES(7,X'04');
INSERT INTO "words_docsize" VALUES(9,X'01');
INSERT INTO "words_docsize" VALUES(12,X'01');
INSERT INTO "words_docsize" VALUES(14,X'01');
INSERT INTO "words_docsize" VALUES(17,X'02');
INSERT INTO "words_docsize" VALUES(21,X'02');
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
COMMIT;
PRAGMA application_id = 1397049173;
PRAGMA user_version = 1;
