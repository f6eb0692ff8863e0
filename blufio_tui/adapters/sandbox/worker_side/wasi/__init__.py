"""WASI preview 1 on our own host functions: every file operation is an effect that the policy sees."""
