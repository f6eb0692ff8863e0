"""What `/init` asks the model for."""

INIT_PROMPT = """\
Look at this project and write an AGENTS.md for it: what an agent that works here has to know and cannot see at \
a glance.

Look first, at what is there: README and docs, build files, the configuration of tests, linters and continuous \
integration, the main folders and a few typical files. If there is an AGENTS.md or a CLAUDE.md already, update it with \
`edit` and keep what people wrote in it; otherwise write a new AGENTS.md at the project's root.

At most 60 lines of short sentences, only what you have seen:
- the commands to build, to run the tests, to run one test, to check style;
- where what lives, as far as names do not say it;
- conventions that differ from what is usual;
- what goes wrong easily here.
No general advice, no list of all files, no secrets. At the end say in two sentences what you could not find out.\
"""
