-- A message with role tool says what was called.
ALTER TABLE messages ADD COLUMN tool_call TEXT;

-- What the model's requests before the last one have used, in a turn with tools.
ALTER TABLE turns ADD COLUMN used TEXT;

-- Calls of tools, with what the model has said of them. `step` counts the model's requests in a turn.
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
CREATE INDEX tool_calls_of_turn ON tool_calls (turn_id, seq);
CREATE INDEX tool_calls_open ON tool_calls (session_id, seq) WHERE state IN ('waiting', 'running');
CREATE UNIQUE INDEX tool_calls_by_message ON tool_calls (message_id) WHERE message_id IS NOT NULL;

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
CREATE INDEX approvals_of_session ON approvals (session_id, requested_at);
CREATE INDEX approvals_pending ON approvals (requested_at, id) WHERE state = 'pending';

-- What a person has answered once for all later calls of a tool in a session.
CREATE TABLE tool_permissions (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    server     TEXT NOT NULL,
    tool       TEXT NOT NULL,
    decision   TEXT NOT NULL,
    user_id    TEXT,
    at         INTEGER NOT NULL,
    PRIMARY KEY (session_id, server, tool)
) STRICT, WITHOUT ROWID;
