"""The cage around a command: the program's side, the wire format, the supervisor's side, and the profiles."""
