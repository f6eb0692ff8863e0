"""Build the bundled skills and write the index that the program reads.

python scripts/build_skills.py            build all, write skills/index.json
python scripts/build_skills.py --check    build all in a copy and compare the bytes; write nothing
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from blufio_tui.adapters.skills.build import build  # noqa: E402
from blufio_tui.adapters.skills.bundled import INDEX_FILE  # noqa: E402
from blufio_tui.adapters.skills.folder import read_skill  # noqa: E402
from blufio_tui.core.manifest.as_json import manifest_to_json  # noqa: E402
from blufio_tui.core.manifest.parser import parse_manifest  # noqa: E402

SKILLS = ROOT / "skills"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with what is there")
    parser.add_argument("names", nargs="*", help="only these skills are compiled (all are indexed)")
    args = parser.parse_args()
    if args.check:
        return check()
    for folder in skill_folders(SKILLS):
        if not args.names or folder.name in args.names:
            compile_skill(folder)
    (SKILLS / INDEX_FILE).write_text(index(SKILLS), encoding="utf-8")
    return 0


def check() -> int:
    """Rebuild in a copy; the names of the files that came out otherwise."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "skills"
        shutil.copytree(SKILLS, copy)
        for folder in skill_folders(copy):
            compile_skill(folder)
        (copy / INDEX_FILE).write_text(index(copy), encoding="utf-8")
        different = [path for path in files(copy) if not equal(copy / path, SKILLS / path)]
    for path in different:
        print(f"skills/{path} is not what its source builds to; run: make skills", file=sys.stderr)
    return 1 if different else 0


def skill_folders(skills: Path) -> list[Path]:
    return sorted(path.parent for path in skills.glob("*/skill.toml"))


def compile_skill(folder: Path) -> None:
    manifest = parse_manifest((folder / "skill.toml").read_text(encoding="utf-8"), f"{folder.name}/skill.toml")
    built = build(folder, manifest.entry)
    # The linker marks the module executable; a skill is data.
    built.module.chmod(0o644)
    print(f"{folder.name}: {built.module.stat().st_size:,} bytes", flush=True)


def index(skills: Path) -> str:
    entries = {}
    for folder in skill_folders(skills):
        skill = read_skill(folder).skill
        assert skill.manifest is not None and skill.name == folder.name, folder
        entries[skill.name] = {
            "content_hash": skill.content_hash,
            "kind": skill.kind.value,
            "manifest": manifest_to_json(skill.manifest),
            "module_sha256": skill.module_sha256,
        }
    return json.dumps(entries, indent=1, ensure_ascii=False) + "\n"


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def equal(left: Path, right: Path) -> bool:
    return right.is_file() and left.read_bytes() == right.read_bytes()


if __name__ == "__main__":
    sys.exit(main())
