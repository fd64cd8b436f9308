-- Where a conversation from elsewhere was brought into which session, and the messages and entries of its context that
-- were: a mark is a hash of what each is called where it comes from. What is deleted stays known.
CREATE TABLE imports (
    id         INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    origin     TEXT NOT NULL,
    user_id    TEXT NOT NULL REFERENCES users (id)
) STRICT;
CREATE UNIQUE INDEX imports_of_session ON imports (session_id, origin);
CREATE INDEX imports_of_user ON imports (user_id, origin);

CREATE TABLE imported (
    import_id INTEGER NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    mark      BLOB NOT NULL,
    PRIMARY KEY (import_id, mark)
) STRICT, WITHOUT ROWID;

-- Copies of messages that belong to no session yet, or, after a crash, never will; and the last number that they have.
CREATE TABLE unfinished_forks (
    session_id TEXT PRIMARY KEY,
    number     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The session that one was copied from, as JSON.
ALTER TABLE sessions ADD COLUMN forked_from TEXT;
