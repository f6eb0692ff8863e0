"""Write docs/keys.md from the bindings themselves. `--check` compares and exits 1 when it is out of date."""

import sys
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from blufio_tui.ui.commands.slash import slash_rows  # noqa: E402
from blufio_tui.ui.keys.table import key_rows  # noqa: E402
from blufio_tui.ui.keys.vim import VIM_KEYS  # noqa: E402
from blufio_tui.ui.text.key_row import KeyRow  # noqa: E402

TARGET = ROOT / "docs" / "keys.md"

INTRO = """# Keys and commands

F1 shows this list in the program, including your own changes. Press `/` there to filter it as you type.

`^j` means Ctrl+J, `⇧Tab` means Shift+Tab.

## Changing a key

Press Enter on a key in that list, then the new key; the change applies at once. Delete restores the default instead. A
key that is already used in the same place is refused, with the reason.

Every key has an id. You can also set keys in `config.toml`, several for one command if you like:

```toml
[ui]
vim_keys = true

[ui.keys]
"pane.trace" = "f3,alt+3"
"approval.once" = "o"
```

Separate several keys with commas. If two commands have the same key in one place, only one of them works;
the app says so when it opens, and so does `blufio-tui doctor`. `ui.vim_keys` sets these:

"""


def page() -> str:
    vim = "\n".join(f"- `{name}`: {keys.replace(',', ', ')}" for name, keys in VIM_KEYS.items())
    parts = [INTRO, vim, "\n"]
    for place, rows in groupby(key_rows({}), key=lambda row: row.place):
        parts.append(f"\n## {place.capitalize()}\n\n| keys | what they do | id |\n|---|---|---|\n")
        parts += [_row(row) for row in rows]
    parts.append("\n## Slash commands\n\n| command | what it does |\n|---|---|\n")
    parts += [f"| `{row.keys.replace('|', chr(92) + '|')}` | {row.help} |\n" for row in slash_rows()]
    parts.append(
        "\n`//word` sends the text `/word`. `!command` runs a shell command without the model, `!!command` in the "
        "cage. "
    )
    parts.append("`@path` sends a file along; Tab completes both.\n")
    return "".join(parts)


def _row(row: KeyRow) -> str:
    return f"| {row.keys} | {row.help} | `{row.binding_id}` |\n"


def main() -> int:
    if "--check" not in sys.argv:
        TARGET.write_text(page(), "utf-8")
        return 0
    if TARGET.read_text("utf-8") == page():
        return 0
    print("docs/keys.md is out of date; `python scripts/keys_doc.py` writes it anew.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
