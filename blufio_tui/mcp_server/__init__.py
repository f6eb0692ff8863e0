"""Our skills for other agents: an MCP server on standard input and output, or on loopback HTTP.

The only package that imports the `mcp` SDK: the servers that are used here are spoken to by `adapters.mcp`.
"""
