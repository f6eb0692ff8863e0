"""`blufio-tui doctor`: what works here, and what to do about what does not."""

import argparse
import json
from typing import Any

_SYMBOLS = {"ok": "✓", "warning": "!", "problem": "✗"}


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("doctor", help="say what works here and what to do about the rest")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from dataclasses import asdict

    from blufio_tui.wiring import diagnose

    findings = diagnose(args)
    failed = any(finding.status == "problem" for finding in findings)
    if args.json:
        print(json.dumps({"ok": not failed, "checks": [asdict(finding) for finding in findings]}, ensure_ascii=False))
        return int(failed)
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        print(f"{_SYMBOLS[finding.status]} {finding.name:<{width}}  {finding.message}")
        if finding.advice:
            print(f"  {'':<{width}}  → {finding.advice}")
    return int(failed)
