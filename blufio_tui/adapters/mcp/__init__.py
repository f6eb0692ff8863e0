"""MCP servers of others: their processes and connections, and the protocol, behind the gate."""
