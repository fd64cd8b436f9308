-- How tools of MCP servers are used. session_id is '' for calls that no session made.
CREATE TABLE mcp_uses (
    session_id  TEXT NOT NULL,
    server      TEXT NOT NULL,
    tool        TEXT NOT NULL,
    calls       INTEGER NOT NULL,
    errors      INTEGER NOT NULL,
    seconds     REAL NOT NULL,
    max_seconds REAL NOT NULL,
    last_used   INTEGER NOT NULL,
    PRIMARY KEY (session_id, server, tool)
) STRICT, WITHOUT ROWID;

-- A session that is deleted is forgotten here too; that the tools were used stays.
CREATE TRIGGER mcp_uses_of_deleted AFTER DELETE ON sessions
WHEN EXISTS (SELECT 1 FROM mcp_uses WHERE session_id = old.id)
BEGIN
    INSERT INTO mcp_uses (session_id, server, tool, calls, errors, seconds, max_seconds, last_used)
    SELECT '', server, tool, calls, errors, seconds, max_seconds, last_used FROM mcp_uses WHERE session_id = old.id
    ON CONFLICT DO UPDATE SET
        calls = calls + excluded.calls,
        errors = errors + excluded.errors,
        seconds = seconds + excluded.seconds,
        max_seconds = max(max_seconds, excluded.max_seconds),
        last_used = max(last_used, excluded.last_used);
    DELETE FROM mcp_uses WHERE session_id = old.id;
END;
