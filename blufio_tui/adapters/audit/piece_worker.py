"""Checks pieces of the audit log: a program of its own, so that a long log is checked on all processors.

Standard input: a line of JSON (`database`, `key`, and `head` as number and hash), then a line for each piece with the
numbers of its first and last row. Standard output: a line of JSON for each, as `pieces.as_json` makes it. It ends with
its input, so also with the program that started it.
"""

import json
import sys
from functools import partial
from pathlib import Path

from blufio_tui.adapters.audit.pieces import as_json, piece_of
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.audit.chain import Head


def main() -> int:
    request = json.loads(sys.stdin.readline())
    key, (seq, row_hash) = bytes.fromhex(request["key"]), request["head"]
    head = Head(seq, bytes.fromhex(row_hash))
    database = Database(Path(request["database"]))
    for line in sys.stdin:
        first, last = map(int, line.split())
        piece = database.read_sync(partial(piece_of, key=key, head=head, rows=(first, last)))
        sys.stdout.write(json.dumps(as_json(piece)) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
