"""Signatures over a skill's files, and the key that makes them."""

import json
import stat
from pathlib import Path

import pytest

from blufio_tui.adapters.skills.folder import scan
from blufio_tui.adapters.skills.signing import check_signature, make_key, sign
from blufio_tui.core.errors import SkillError
from tests.fakes.skill_folders import make_skill


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "k.pem"
    make_key(path)
    return path


def test_the_key_is_readable_by_its_owner_alone(key: Path) -> None:
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_a_key_is_never_overwritten(key: Path) -> None:
    before = key.read_bytes()
    with pytest.raises(SkillError, match="already exists"):
        make_key(key)
    assert key.read_bytes() == before


def test_a_signed_skill_names_its_publisher(tmp_path: Path, key: Path) -> None:
    folder = make_skill(tmp_path)
    signature = sign(folder, key)
    assert check_signature(folder, scan(folder)) == signature
    assert len(signature.publisher) == 64


def test_signing_again_gives_the_same_signature(tmp_path: Path, key: Path) -> None:
    folder = make_skill(tmp_path)
    sign(folder, key)
    first = (folder / "skill.sig").read_bytes()
    sign(folder, key)
    assert (folder / "skill.sig").read_bytes() == first


def test_an_unsigned_skill_has_no_signature(tmp_path: Path) -> None:
    folder = make_skill(tmp_path)
    assert check_signature(folder, scan(folder)) is None


@pytest.mark.parametrize("change", ["skill.wasm", "skill.toml", "SKILL.md", "new.txt"])
def test_any_change_after_signing_is_found(tmp_path: Path, key: Path, change: str) -> None:
    folder = make_skill(tmp_path, files={"SKILL.md": b"# x"})
    sign(folder, key)
    with (folder / change).open("ab") as stream:
        stream.write(b"\n")
    with pytest.raises(SkillError, match="does not match the files"):
        check_signature(folder, scan(folder))


def test_a_removed_file_is_found(tmp_path: Path, key: Path) -> None:
    folder = make_skill(tmp_path, files={"SKILL.md": b"# x"})
    sign(folder, key)
    (folder / "SKILL.md").unlink()
    with pytest.raises(SkillError, match="does not match the files"):
        check_signature(folder, scan(folder))


def test_another_key_in_the_signature_does_not_fit(tmp_path: Path, key: Path) -> None:
    folder = make_skill(tmp_path)
    make_key(tmp_path / "other.pem")
    sign(folder, tmp_path / "other.pem")
    other = json.loads((folder / "skill.sig").read_text())["public_key"]
    sign(folder, key)
    body = json.loads((folder / "skill.sig").read_text()) | {"public_key": other}
    (folder / "skill.sig").write_text(json.dumps(body))
    with pytest.raises(SkillError, match="does not match the files"):
        check_signature(folder, scan(folder))


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"format": "x"}', '{"format": "blufio skill signature 1", "public_key": 3}', "[" * 4000]
)
def test_a_signature_that_cannot_be_read_is_no_signature(tmp_path: Path, text: str) -> None:
    folder = make_skill(tmp_path, files={"skill.sig": text.encode()})
    with pytest.raises(SkillError, match="not a signature"):
        check_signature(folder, scan(folder))


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path, key: Path) -> None:
    key.chmod(0o644)
    with pytest.raises(SkillError, match="can be read by others"):
        sign(make_skill(tmp_path), key)


def test_a_missing_key_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SkillError, match="skill keygen"):
        sign(make_skill(tmp_path), tmp_path / "none.pem")
