-- How often each tool was called, and its last calls, without reading every stored result.
ALTER TABLE tool_calls ADD COLUMN tool TEXT
    GENERATED ALWAYS AS (CASE WHEN json_valid(body) THEN json_extract(body, '$.tool') ELSE '' END) VIRTUAL;
CREATE INDEX tool_calls_by_tool ON tool_calls (tool, created);
