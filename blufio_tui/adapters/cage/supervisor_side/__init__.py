"""The process that holds a caged command: imports only the wire, the lockdown and core values."""
