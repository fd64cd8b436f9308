ALTER TABLE users ADD COLUMN disabled_at INTEGER;
ALTER TABLE tokens ADD COLUMN expires_at INTEGER;

-- Of a code only its hash is kept. It lets `uses_left` people into the session, those without an account too where
-- `new_user` says so.
CREATE TABLE invitations (
    id         TEXT PRIMARY KEY,
    hash       BLOB NOT NULL UNIQUE,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    role       TEXT NOT NULL,
    new_user   INTEGER NOT NULL,
    uses       INTEGER NOT NULL,
    uses_left  INTEGER NOT NULL,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX invitations_of_session ON invitations (session_id);

-- Who did what. Names stand as they were then; nothing is looked up, so that a row outlives what it tells of.
CREATE TABLE audit (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    user_id    TEXT,
    user       TEXT NOT NULL,
    token_id   TEXT,
    uid        INTEGER,
    address    TEXT NOT NULL,
    interface  TEXT NOT NULL,
    action     TEXT NOT NULL,
    target     TEXT,
    session_id TEXT,
    outcome    TEXT NOT NULL,
    request_id TEXT
) STRICT;
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_of_user ON audit (user_id, id);
CREATE INDEX audit_of_action ON audit (action, id);
CREATE INDEX audit_of_session ON audit (session_id, id) WHERE session_id IS NOT NULL;

-- Append-only: no row changes, and one goes only once it is older than `since`, which never moves back.
CREATE TABLE audit_begin (since INTEGER NOT NULL) STRICT;
INSERT INTO audit_begin VALUES (0);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN
    SELECT raise(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
WHEN old.at >= coalesce((SELECT since FROM audit_begin), 0) BEGIN
    SELECT raise(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_begin_moves_on BEFORE UPDATE ON audit_begin WHEN new.since < old.since BEGIN
    SELECT raise(ABORT, 'the beginning of the audit log only moves on');
END;
