"""A script with the modules beside it, as it travels to the worker."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

GUEST_MODULE = "blufio.py"


@dataclass(frozen=True, slots=True)
class Program:
    """
    Attributes:
        entry: path of the script below the skill's folder, with slashes.
        files: source text of it and of every module it may import, by such paths.
    """

    entry: str
    files: Mapping[str, str]

    def encode(self) -> bytes:
        return json.dumps({"entry": self.entry, "files": dict(sorted(self.files.items()))}).encode()


def decode(payload: bytes) -> Program:
    """Raises:
    ValueError: not an encoded program.
    """
    match json.loads(payload):
        case {"entry": str(entry), "files": dict(files)} if entry in files:
            return Program(entry, {str(path): str(text) for path, text in files.items()})
        case _:
            raise ValueError("the payload is not a script")
