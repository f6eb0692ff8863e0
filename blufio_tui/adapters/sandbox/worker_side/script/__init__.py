"""Script skills: a `.py` entry runs in MicroPython, which is itself a WASI module in the same sandbox."""
