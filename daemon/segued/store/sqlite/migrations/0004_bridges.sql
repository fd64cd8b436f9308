-- Where a message came from that a bridge brought in, and what it is called there. What is deleted stays known.
ALTER TABLE messages ADD COLUMN place TEXT;
ALTER TABLE messages ADD COLUMN external_id TEXT;
CREATE UNIQUE INDEX messages_by_external_id ON messages (interface, place, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX messages_of_place ON messages (interface, place, number) WHERE external_id IS NOT NULL;

CREATE INDEX receipts_by_external_id ON receipts (interface, place, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX receipts_in_doubt ON receipts (at) WHERE state <> 'sent';

-- A code joins a user and an identity: one of them asked for it, the other enters it. (Those of before are gone: they
-- are good for ten minutes.)
DROP TABLE links;
CREATE TABLE links (
    hash        BLOB PRIMARY KEY,
    user_id     TEXT REFERENCES users (id),
    interface   TEXT,
    external_id TEXT,
    name        TEXT,
    expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
