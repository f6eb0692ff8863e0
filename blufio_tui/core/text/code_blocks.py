"""The code blocks of a reply, for copying one."""

import re

_OPENING = re.compile(r"^ {0,3}(?P<fence>`{3,}(?=[^`]*$)|~{3,})")


def code_blocks(markdown: str) -> list[str]:
    """The content of each fenced block, in order; one that was cut off counts too."""
    blocks: list[str] = []
    lines: list[str] = []
    fence = ""
    for line in markdown.splitlines():
        if fence:
            if _closes(line, fence):
                blocks.append("\n".join(lines))
                fence = ""
            else:
                lines.append(line)
        elif opening := _OPENING.match(line):
            fence, lines = opening["fence"], []
    return [*blocks, "\n".join(lines)] if fence else blocks


def _closes(line: str, fence: str) -> bool:
    text = line.strip()
    return len(text) >= len(fence) and set(text) == {fence[0]} and len(line) - len(line.lstrip(" ")) <= 3
