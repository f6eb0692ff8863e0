"""The program's side of the cage: start a supervisor, run one command, answer its questions."""
