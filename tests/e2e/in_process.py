"""The command line called in this process: as quick as a function call, where no second process is needed."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from blufio_tui.cli import run

if TYPE_CHECKING:
    from tests.e2e.conftest import World


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


class Inside:
    """Runs commands with the world's home and project."""

    def __init__(self, world: "World", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.world = world
        self.monkeypatch = monkeypatch
        self._capsys = capsys
        for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("BLUFIO_HOME", str(world.home))
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", world.env["PYTHON_KEYRING_BACKEND"])
        monkeypatch.chdir(world.project)

    def __call__(self, *arguments: str) -> Done:
        self._capsys.readouterr()
        try:
            code = run(arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
        captured = self._capsys.readouterr()
        return Done(code, captured.out, captured.err)

    def call(self, folder: Path, *options: str, given: str = "{}") -> dict[str, Any]:
        """One `skill run --json`; its exit code agrees with the result, and standard error is empty."""
        done = self("skill", "run", str(folder), "--json", "--input", given, *options)
        result: dict[str, Any] = done.json
        assert done.code == int(result["is_error"]), done
        assert done.err == ""
        return result
