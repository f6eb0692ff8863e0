-- Conversations as trees of messages, what searches them, tool calls, the cost ledger and unsent drafts.

CREATE TABLE sessions (
    session_id TEXT PRIMARY KEY,
    title TEXT NOT NULL DEFAULT '',
    titled_by TEXT NOT NULL DEFAULT 'nobody' CHECK (titled_by IN ('nobody', 'prompt', 'exchange', 'person')),
    project TEXT NOT NULL,
    created REAL NOT NULL,
    updated REAL NOT NULL,
    leaf_id INTEGER NOT NULL DEFAULT 0,
    snippet TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX sessions_by_time ON sessions (updated);

-- AUTOINCREMENT: an id is never used again, so a child always has a higher id than its parent.
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
    parent_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    stands_for INTEGER NOT NULL DEFAULT 0,
    turn_id TEXT NOT NULL,
    sequence INTEGER,
    role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
    state TEXT NOT NULL CHECK (state IN ('complete', 'partial')),
    created REAL NOT NULL,
    text TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE INDEX messages_by_parent ON messages (session_id, parent_id);
CREATE UNIQUE INDEX messages_once ON messages (session_id, turn_id, sequence) WHERE sequence IS NOT NULL;

CREATE VIRTUAL TABLE messages_fts USING fts5 (
    text, content = 'messages', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TRIGGER messages_fts_insert AFTER INSERT ON messages BEGIN
    INSERT INTO messages_fts (rowid, text) VALUES (new.id, new.text);
END;

CREATE TRIGGER messages_fts_delete AFTER DELETE ON messages BEGIN
    INSERT INTO messages_fts (messages_fts, rowid, text) VALUES ('delete', old.id, old.text);
END;

CREATE TRIGGER messages_fts_update AFTER UPDATE OF text ON messages BEGIN
    INSERT INTO messages_fts (messages_fts, rowid, text) VALUES ('delete', old.id, old.text);
    INSERT INTO messages_fts (rowid, text) VALUES (new.id, new.text);
END;

CREATE TABLE tool_calls (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
    turn_id TEXT NOT NULL,
    call_id TEXT NOT NULL,
    created REAL NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (session_id, call_id)
) STRICT;

CREATE INDEX tool_calls_by_turn ON tool_calls (session_id, turn_id);

-- No reference to sessions: what a deleted session cost was spent all the same.
CREATE TABLE model_requests (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL,
    turn_id TEXT NOT NULL,
    model TEXT NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cache_read_tokens INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    cost_usd REAL,
    created REAL NOT NULL,
    stop_reason TEXT NOT NULL
) STRICT;

CREATE INDEX model_requests_by_time ON model_requests (created);
CREATE INDEX model_requests_by_session ON model_requests (session_id, turn_id);

CREATE TABLE drafts (
    session_id TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    text TEXT NOT NULL,
    updated REAL NOT NULL,
    process TEXT NOT NULL
) STRICT;
