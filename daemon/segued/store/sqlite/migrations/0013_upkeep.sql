-- Up to which position of the whole log events were dropped because of their age.
CREATE TABLE dropped (position INTEGER NOT NULL) STRICT;
INSERT INTO dropped VALUES (0);

CREATE INDEX keys_by_age ON keys (at);

-- What the messages in a user's sessions take: text, images and documents, in bytes.
ALTER TABLE users ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
UPDATE users SET bytes = coalesce((
    SELECT sum(
        length(CAST(content AS BLOB)) + coalesce(length(CAST(images AS BLOB)), 0)
        + coalesce(length(CAST(documents AS BLOB)), 0)
    ) FROM sessions JOIN messages ON session_id = sessions.id WHERE owner_id = users.id
), 0);

-- Whoever is given a session has its bytes.
CREATE TRIGGER bytes_of_given AFTER UPDATE OF owner_id ON sessions WHEN new.owner_id <> old.owner_id
BEGIN
    UPDATE users SET bytes = bytes + (CASE id WHEN new.owner_id THEN 1 ELSE -1 END) * coalesce((
        SELECT sum(
            length(CAST(content AS BLOB)) + coalesce(length(CAST(images AS BLOB)), 0)
            + coalesce(length(CAST(documents AS BLOB)), 0)
        ) FROM messages WHERE session_id = new.id
    ), 0) WHERE id IN (old.owner_id, new.owner_id);
END;

-- Sessions that are gone, and whose messages are still being deleted, some a commit.
CREATE TABLE unfinished_deletions (session_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
