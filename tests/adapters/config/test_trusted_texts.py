"""The file of what a person trusts, as it may have been left by anybody."""

import json
from pathlib import Path

import pytest

from blufio_tui.adapters.config.instructions import InstructionFiles
from blufio_tui.adapters.config.trusted_texts import TrustedTexts

DIGEST = "ab" * 32


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"5",
        b"\xff",
        b"[" * 100_000,
        json.dumps({"/p": 5}).encode(),
        json.dumps({"/p": None}).encode(),
        json.dumps({"/p": "None"}).encode(),
        json.dumps({"/p": "../../p/README"}).encode(),
        json.dumps({"/p": DIGEST.upper()}).encode(),
        json.dumps({"/p": DIGEST + "\n"}).encode(),
        json.dumps({"/p/": DIGEST}).encode(),
    ],
)
def test_what_is_no_digest_trusts_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "trusted.json").write_bytes(content)
    assert TrustedTexts(tmp_path / "trusted.json").digest(Path("/p")) is None


def test_a_name_of_another_file_in_it_removes_none(tmp_path: Path) -> None:
    project, home = tmp_path / "p", tmp_path / "home"
    project.mkdir()
    home.mkdir()
    (project / "README.md").write_text("keep me")
    (project / "AGENTS.md").write_text("be kind")
    trusted = home / "trusted-instructions.json"
    trusted.write_text(json.dumps({str(project): "../../p/README"}))
    instructions = InstructionFiles(home / "AGENTS.md", trusted, project)
    instructions.trust(instructions.find())
    assert (project / "README.md").read_text() == "keep me"
    assert instructions.find().is_trusted
