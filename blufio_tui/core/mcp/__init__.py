"""MCP as values: configuration, tool names, pinned definitions, messages, and results as text."""
