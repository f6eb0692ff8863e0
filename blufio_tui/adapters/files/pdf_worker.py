"""Extracts the text of PDF pages, as a separate program, because a PDF can make a parser run forever or fill the
memory.

Standard input: a line of JSON (`first` page from 1, `characters`), then the PDF. Standard output: a line of JSON with
`pages`, or with `problem`, then one with `text` for each page, until `characters` are there.
"""

import io
import json
import logging
import resource
import sys
from typing import Any

CPU_SECS = 20
MEMORY_BYTES = 1024 * 1024 * 1024


def main() -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECS, CPU_SECS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    request = json.loads(sys.stdin.buffer.readline())
    logging.disable()
    try:
        tell(sys.stdin.buffer.read(), int(request["first"]), int(request["characters"]))
    except Exception as error:  # noqa: BLE001 - a broken PDF fails in any way; this process has nothing else to do
        say({"problem": f"{type(error).__name__}: {error}"})
    return 0


def tell(data: bytes, first: int, characters: int) -> None:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        say({"problem": "it is encrypted and needs a password"})
        return
    total = len(reader.pages)
    say({"pages": total})
    for number in range(first, total + 1):
        text = reader.pages[number - 1].extract_text()
        say({"text": text[: characters + 1]})
        characters -= len(text)
        if characters <= 0:
            return


def say(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
