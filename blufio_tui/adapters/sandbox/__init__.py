"""Skills in a sandbox: the client in the UI process, and the worker process that runs the guests.

Kept free of imports: the worker imports this package, and `--help` must not import wasmtime.
"""
