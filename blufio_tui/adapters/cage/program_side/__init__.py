"""The cage as this program uses it: start a supervisor, run one command, answer its questions."""
