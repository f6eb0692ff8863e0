"""`blufio-tui audit key|prove|check`: a log that others can check."""

import argparse
from pathlib import Path
from typing import Any

from blufio_tui.cli.actions import add_action
from blufio_tui.cli.start import start_options
from blufio_tui.core.audit.dsse import Unproved, strict_json
from blufio_tui.core.errors import NotThere, UsageError
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_text import json_text

MAX_PROOF_BYTES = 256 * 1024 * 1024


def add_actions(actions: Any) -> None:
    one = add_action(actions, "key", "print the public key with which others check proofs of this log")
    one.add_argument("--replace", action="store_true", help="create a new key if the old one is lost")
    one.set_defaults(run=_key)

    one = add_action(actions, "prove", "write rows to a file that anyone with the public key can check")
    one.add_argument("names", metavar="SESSION|CALL|SEQ", nargs="+", help="a session, a call, or the number of a row")
    one.add_argument("--out", required=True, metavar="FILE", help="- is standard output")
    one.add_argument("--redact", nargs="+", default=[], metavar="FIELD", help="fields to leave out of the rows")
    one.set_defaults(run=_prove)

    one = add_action(actions, "check", "check a file made by `audit prove`; needs nothing else but the public key")
    one.add_argument("file", metavar="FILE", help="- reads standard input")
    one.add_argument("--key", required=True, metavar="PUB", help="the output of `audit key`, or a file with it")
    one.set_defaults(run=_check)


def _key(args: argparse.Namespace) -> int:
    from blufio_tui.features.proof import proving

    public = proving.replace_key() if args.replace else proving.public_key()
    print(json_text({"key": public.line, "key_id": public.key_id}) if args.json else public.line)
    return 0


def _prove(args: argparse.Namespace) -> int:
    from blufio_tui.core.proof.proof import REDACTABLE
    from blufio_tui.features.proof import proving

    redacted = sorted({name for given in args.redact for name in given.split(",") if name})
    if unknown := sorted(set(redacted) - set(REDACTABLE)):
        raise UsageError(
            f"--redact: rows have no field {unknown[0]!r} that can be left out; there are {', '.join(REDACTABLE)}"
        )
    envelope, proof = proving.prove(args.names, redacted, start_options(args).project)
    text = json_text(envelope) + "\n"
    if args.out == "-":
        print(text, end="")
        return 0
    try:
        Path(args.out).write_text(text, encoding="utf-8")
    except OSError as error:
        raise NotThere(f"{args.out} cannot be written: {error.strerror}") from None
    key = proving.public_key().line
    if args.json:
        print(json_text({"file": args.out, "rows": len(proof.rows), "asked": list(proof.asked), "key": key}))
    else:
        print(f"{args.out} proves {plural(len(proof.rows), 'row')}. Others check it with:")
        print(f"blufio-tui audit check {visible_line(args.out)} --key {key}")
    return 0


def _check(args: argparse.Namespace) -> int:
    """Opens no home, no database and no keyring: the file and the key are all there is."""
    from blufio_tui.adapters.audit.signing_key import read_public_key
    from blufio_tui.core.proof.proof import check_proof
    from blufio_tui.core.proof.words import check_json, explained

    public = read_public_key(args.key)
    try:
        proof = check_proof(strict_json(_read(args.file)), public.key_id, public.verify)
    except Unproved as error:
        if args.json:
            print(json_text({"ok": False, "rows": 0, "reason": str(error)}))
        else:
            print(f"{visible_line(args.file)} proves nothing: {visible_line(str(error))}")
        return 1
    if args.json:
        print(json_text(check_json(proof, public.line)))
    else:
        print("\n".join(explained(proof, public.line)))
    return 0


def _read(name: str) -> bytes:
    import sys

    try:
        if name == "-":
            return sys.stdin.buffer.read(MAX_PROOF_BYTES)
        if Path(name).stat().st_size > MAX_PROOF_BYTES:
            raise UsageError(f"{name} is larger than {MAX_PROOF_BYTES // 2**20} MB")
        return Path(name).read_bytes()
    except OSError as error:
        raise NotThere(f"{name} cannot be read: {error.strerror}") from None
