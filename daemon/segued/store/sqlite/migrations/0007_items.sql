-- Items of agent programs, by the number of their message, where the message does not say it all. The text that the
-- message has is left out: U+001A, which JSON cannot hold, stands in its place.
CREATE TABLE message_items (
    number INTEGER PRIMARY KEY REFERENCES messages (number) ON DELETE CASCADE,
    item   TEXT NOT NULL
) STRICT;

-- Who empties a message looks for its text in these.
CREATE INDEX events_message_updated ON events (session_id) WHERE type = 'message.updated';
CREATE INDEX events_session_updated ON events (session_id) WHERE type = 'session.updated';
