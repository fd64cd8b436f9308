-- Up to which seq each user has read each session. What is there at the upgrade counts as read.
CREATE TABLE reads (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    user_id    TEXT NOT NULL REFERENCES users (id),
    seq        INTEGER NOT NULL,
    PRIMARY KEY (session_id, user_id)
) STRICT, WITHOUT ROWID;

INSERT INTO reads (session_id, user_id, seq)
SELECT session_id, user_id, last_seq FROM members JOIN sessions ON id = session_id;
