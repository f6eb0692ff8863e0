"""MCP as values: what is configured, how tools are named and pinned, messages, and results as text."""
