"""MCP servers: their processes and connections, and the protocol, behind the gate."""
