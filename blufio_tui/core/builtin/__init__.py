"""The tools that need no installation. Each asks the gate for its effects, like any skill."""
