-- Times are microseconds since 1970, UTC. JSON is text.

CREATE TABLE users (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE identities (
    interface   TEXT NOT NULL,
    external_id TEXT NOT NULL,
    user_id     TEXT NOT NULL REFERENCES users (id),
    linked_at   INTEGER NOT NULL,
    PRIMARY KEY (interface, external_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX identities_of_user ON identities (user_id);

CREATE TABLE tokens (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    user_id      TEXT NOT NULL REFERENCES users (id),
    scopes       TEXT NOT NULL,
    hash         BLOB NOT NULL UNIQUE,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE links (
    hash       BLOB PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

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
CREATE INDEX sessions_of_project ON sessions (project_id) WHERE project_id IS NOT NULL;

-- The owner is a member too.
CREATE TABLE members (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    user_id    TEXT NOT NULL REFERENCES users (id),
    role       TEXT NOT NULL,
    PRIMARY KEY (session_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_of_user ON members (user_id);

-- `seq` is that of the event that created the message; `number`, for the full-text indexes, is the event's position.
-- (Numbers are never used again: the indexes know by them what they hold. The last event of all is never deleted.)
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
CREATE UNIQUE INDEX messages_in_order ON messages (session_id, seq);

-- The log. A message.created has no data of its own: it is the message with its seq.
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
CREATE UNIQUE INDEX events_in_order ON events (session_id, seq);

-- `text` is the answer so far; `prompted_seq` and `steered_seq` say what the model has seen and what it was handed.
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
CREATE UNIQUE INDEX turns_in_order ON turns (session_id, seq);
CREATE INDEX turns_open ON turns (session_id, seq) WHERE state IN ('queued', 'running');

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
CREATE INDEX bindings_of_session ON bindings (session_id);

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
CREATE INDEX receipts_of_place ON receipts (interface, place, at);

CREATE TABLE keys (
    user_id     TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    answer      TEXT NOT NULL,
    session_id  TEXT,
    at          INTEGER NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX keys_of_session ON keys (session_id) WHERE session_id IS NOT NULL;

-- Full text. Both indexes hold the messages up to and including `indexed.number`; the rest is added when there is time.
CREATE VIRTUAL TABLE words USING fts5 (
    content, content = 'messages', content_rowid = 'number', tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE trigrams USING fts5 (
    content, content = 'messages', content_rowid = 'number', tokenize = 'trigram'
);
CREATE TABLE indexed (number INTEGER NOT NULL) STRICT;
INSERT INTO indexed VALUES (0);
