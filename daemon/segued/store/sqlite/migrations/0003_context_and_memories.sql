-- What happened in a session besides talk: a row for each thing that was added. Its `seq` is that of its event.
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
CREATE INDEX context_files ON context (session_id, seq) WHERE file_path IS NOT NULL;
CREATE INDEX context_scores ON context (session_id, file_path, seq) WHERE file_importance IS NOT NULL;
CREATE INDEX context_searches ON context (session_id, seq) WHERE search_query IS NOT NULL;
CREATE INDEX context_decisions ON context (session_id, seq) WHERE decision IS NOT NULL;
CREATE INDEX context_memories ON context (session_id, seq) WHERE coalesce(memory_id, memory_key) IS NOT NULL;

-- A project is its owner's: who named it first. Whom they share a session of it with may write and read there too.
CREATE TABLE projects (
    id         TEXT PRIMARY KEY,
    owner_id   TEXT NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of_project_owner ON sessions (project_id, owner_id) WHERE project_id IS NOT NULL;

-- `number` is that of the present version.
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
CREATE UNIQUE INDEX memories_by_key ON memories (project_id, key);
CREATE INDEX memories_by_access ON memories (project_id, last_accessed);
CREATE INDEX memories_that_expire ON memories (expires_at) WHERE expires_at IS NOT NULL;

-- `number` is the position of the event memory.saved, which has no data of its own: it is the version with its number.
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
CREATE UNIQUE INDEX memory_versions_in_order ON memory_versions (memory_id, version);

-- Full text over the present versions up to and including `memories_indexed.number`; the rest is added when there is
-- time.
CREATE VIEW memory_texts AS
    SELECT memories.number AS number, key, value FROM memories JOIN memory_versions USING (number);
CREATE VIRTUAL TABLE memory_words USING fts5 (
    key, value, content = 'memory_texts', content_rowid = 'number', tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE memory_trigrams USING fts5 (
    key, value, content = 'memory_texts', content_rowid = 'number', tokenize = 'trigram'
);
CREATE TABLE memories_indexed (number INTEGER NOT NULL) STRICT;
INSERT INTO memories_indexed VALUES (0);
