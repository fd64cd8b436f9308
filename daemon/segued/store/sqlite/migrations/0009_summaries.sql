-- What stands for earlier messages before the model: the newest one, unless it is deleted. Its `seq` is that of its
-- event; `upto_seq` that of the last message that it covers; `turn_id` the turn that waited for it.
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
