"""The cage around a command: this program's side, the wire, the supervisor's side, and what is free for whom."""
