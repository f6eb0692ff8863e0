"""MCP servers as the agent uses them: who they are for the policy, and their tools."""
