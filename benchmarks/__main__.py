"""`python -m benchmarks [NAME …]`: exit 1 when a goal is missed by more than 20 %."""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path

from benchmarks.compare import changes
from benchmarks.figures import Curve, Figure, Result
from benchmarks.page import render_page

SUITES = (
    "start_up",
    "cage",
    "big_output",
    "sandbox",
    "throughput",
    "host_calls",
    "replay",
    "agent_loop",
    "screen",
    "streaming",
    "sessions",
    "skills",
    "audit_log",
    "endurance",
)


def main(argv: Sequence[str] | None = None) -> int:
    args = _parse(argv)
    keep_compiled_files()
    machine, by_suite = _machine(), list(_measure(args.names or SUITES, full=args.full))
    results = [result for _, result in by_suite]
    report = {"machine": machine, "full": args.full, "results": [result.as_json() for result in results]}
    args.json.parent.mkdir(parents=True, exist_ok=True)
    args.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if args.page:
        args.page.write_text(render_page(machine, by_suite), encoding="utf-8")
    if args.compare:
        print(*changes(json.loads(args.compare.read_text(encoding="utf-8")), report), sep="\n")
    missed = [one for one in results if isinstance(one, Figure) and one.verdict == "missed"]
    print(f"\n{len(results)} figures, {len(missed)} goals missed; kept in {args.json}")
    return int(bool(missed))


def keep_compiled_files() -> None:
    """Let every program that is measured keep what Python compiles, as an installed one does. Otherwise its modules are
    compiled anew at each start, and those of the program that it is compared with, which were installed, are not."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*SUITES, []], metavar="NAME", help=f"of {', '.join(SUITES)}")
    parser.add_argument("--full", action="store_true", help="the long runs too: 20,000 calls in 1,000 turns")
    parser.add_argument("--json", type=Path, default=Path(".benchmarks/latest.json"), help="where the figures go")
    parser.add_argument("--compare", type=Path, metavar="FILE", help="say what changed since the run in this file")
    parser.add_argument("--page", type=Path, metavar="FILE", help="write the page, docs/performance.md, here")
    return parser.parse_args(argv)


def _measure(names: Sequence[str], *, full: bool) -> Iterator[tuple[str, Result]]:
    for name in names:
        start = time.monotonic()
        print(f"── {name}", flush=True)
        for result in import_module(f"benchmarks.{name}").measure(full=full):
            print(result.line() if isinstance(result, Figure) else _curve_line(result), flush=True)
            yield name, result
        print(f"   {time.monotonic() - start:.0f} s", flush=True)


def _curve_line(curve: Curve) -> str:
    points = ", ".join(f"{x:g}: {y:.3g}" for x, y in curve.points)
    return f"curve    {curve.title} ({curve.unit}): {points}"


def _machine() -> dict[str, str]:
    return {
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": str(os.cpu_count()),
        "load at the start": f"{os.getloadavg()[0]:.1f}",
    }


if __name__ == "__main__":
    sys.exit(main())
