"""Write the table of all settings into docs/settings.md from the schema. `--check` compares and exits 1 when it is
out of date."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from blufio_tui.adapters.config.settings import as_toml  # noqa: E402
from blufio_tui.core.settings.schema import SETTINGS, SettingSpec  # noqa: E402

TARGET = ROOT / "docs" / "settings.md"
BEGIN, END = "<!-- settings: begin -->\n", "<!-- settings: end -->\n"


def page() -> str:
    """The page as it should be: everything outside the marks as it is."""
    before, _, rest = TARGET.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    rows = "".join(_row(spec) for spec in SETTINGS.values())
    head = "| setting | default | what it does | a change applies |\n|---|---|---|---|\n"
    return f"{before}{BEGIN}{head}{rows}{END}{after}"


def _row(spec: SettingSpec) -> str:
    applies = {"now": "immediately", "next turn": "from the next turn", "restart": "after a restart"}[spec.effect.value]
    default = "none" if spec.type_name == "rules" else f"`{as_toml(spec.default) or '{}'}`"
    return f"| `{spec.key}` | {default} | {spec.help} | {applies} |\n"


def main() -> int:
    if "--check" not in sys.argv:
        TARGET.write_text(page(), "utf-8")
        return 0
    if TARGET.read_text("utf-8") == page():
        return 0
    print("docs/settings.md is out of date; `python scripts/settings_doc.py` writes it anew.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
