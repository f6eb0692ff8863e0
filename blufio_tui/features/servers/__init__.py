"""MCP servers: connecting them, and logging in."""
