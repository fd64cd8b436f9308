-- What people call a place and an account, where somebody said so.
ALTER TABLE bindings ADD COLUMN name TEXT;
ALTER TABLE identities ADD COLUMN name TEXT;
