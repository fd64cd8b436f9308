-- What is to be posted at some time: by a cron expression again and again, else once at `at`. `said` is how somebody
-- said when; `next_at` when it is due, NULL if it is paused or has ended.
CREATE TABLE schedules (
    id              TEXT PRIMARY KEY,
    session_id      TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    user_id         TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind            TEXT NOT NULL,
    content         TEXT NOT NULL,
    said            TEXT NOT NULL,
    cron            TEXT,
    at              INTEGER,
    timezone        TEXT NOT NULL,
    until           INTEGER,
    state           TEXT NOT NULL,
    next_at         INTEGER,
    created_at      INTEGER NOT NULL,
    run_count       INTEGER NOT NULL DEFAULT 0,
    last_at         INTEGER,
    last_outcome    TEXT,
    last_note       TEXT NOT NULL DEFAULT '',
    last_message_id TEXT,
    last_turn_id    TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX schedules_due ON schedules (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX schedules_of_session ON schedules (session_id);
CREATE INDEX schedules_of_user ON schedules (user_id, created_at);
