"""`blufio-tui doctor`: what works here, and what to do about what does not."""

import argparse
import json
from typing import Any


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("doctor", help="say what works here and what to do about the rest")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from dataclasses import asdict

    from blufio_tui.wiring.diagnosis import diagnose, in_words

    findings = diagnose(args)
    failed = any(finding.status == "problem" for finding in findings)
    if args.json:
        print(json.dumps({"ok": not failed, "checks": [asdict(finding) for finding in findings]}, ensure_ascii=False))
        return int(failed)
    print(in_words(findings))
    return int(failed)
