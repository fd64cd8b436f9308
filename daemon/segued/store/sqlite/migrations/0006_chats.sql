-- Chats are the sessions of one owner.
CREATE INDEX sessions_of_owner ON sessions (owner_id, updated_at);
