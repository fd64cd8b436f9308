-- Message objects as programs gave them, where they hold more than the message's role and content.
CREATE TABLE chat_objects (
    message_id TEXT PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    object     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
