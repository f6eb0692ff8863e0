"""`python -m benchmarks [NAME …] [--json FILE] [--page FILE]`: exit 1 when a goal is missed by more than 20 %."""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from benchmarks.figures import Curve, Figure, Result
from benchmarks.page import render_page

SUITES = ("start_up", "sandbox", "host_calls", "agent_loop", "storage", "screen", "endurance")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", default=SUITES, help=f"of {', '.join(SUITES)}")
    parser.add_argument("--json", type=Path, default=Path(".benchmarks/latest.json"))
    parser.add_argument("--page", type=Path, help="write docs/performance.md here")
    args = parser.parse_args()
    results = list(_measure(args.names))
    report = {"machine": _machine(), "results": [result.as_json() for result in results]}
    args.json.parent.mkdir(parents=True, exist_ok=True)
    args.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if args.page:
        args.page.write_text(render_page(report["machine"], results), encoding="utf-8")
    missed = [one for one in results if isinstance(one, Figure) and one.verdict == "missed"]
    print(f"\n{len(results)} figures, {len(missed)} goals missed; kept in {args.json}")
    return int(bool(missed))


def _measure(names: list[str]) -> Iterator[Result]:
    for name in names:
        start = time.monotonic()
        print(f"── {name}", flush=True)
        for result in import_module(f"benchmarks.{name}").measure():
            print(result.line() if isinstance(result, Figure) else _curve_line(result), flush=True)
            yield result
        print(f"   {time.monotonic() - start:.0f} s", flush=True)


def _curve_line(curve: Curve) -> str:
    points = ", ".join(f"{x:g}: {y:.3g}" for x, y in curve.points)
    return f"curve    {curve.title} ({curve.unit}): {points}"


def _machine() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": str(os.cpu_count()),
    }


if __name__ == "__main__":
    sys.exit(main())
