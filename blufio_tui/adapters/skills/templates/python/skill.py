"""{{name}}: a skill in Python. It runs in MicroPython inside the sandbox; docs/scripts.md lists what is there."""

import blufio

who = blufio.input()["who"]
blufio.log("greeting " + who)
blufio.output("Hello, " + who + "!")
