"""Write the table of docs/questions.md from the sessions that the tests play. `--check` exits 1 when it is old."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.core.policy.test_sessions_told import PAGE, table  # noqa: E402

_TABLE = re.compile(r"\| session \|.*?\*\* \|$", re.MULTILINE | re.DOTALL)


def main() -> int:
    text = PAGE.read_text(encoding="utf-8")
    fresh = _TABLE.sub(lambda _: table(), text, count=1)
    if "--check" in sys.argv[1:]:
        return int(fresh != text)
    PAGE.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
