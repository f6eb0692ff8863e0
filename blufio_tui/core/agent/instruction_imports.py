"""`@file` in instructions: which files a text imports."""

import re

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_IMPORT = re.compile(r"(?<![^\s(])@([^\s@`]+)")
_TRAILING = ".,;:!?)]}'\""
_MOST = 100


def imports_in(text: str) -> tuple[str, ...]:
    """The imported paths as written, each once; `@` in code is ignored."""
    paths: dict[str, None] = {}
    fence = ""
    for line in text.splitlines():
        mark = _FENCE.match(line)
        if mark and (not fence or (mark[1][0] == fence[0] and len(mark[1]) >= len(fence))):
            fence = "" if fence else mark[1]
        elif not fence:
            found = (match[1].rstrip(_TRAILING) for match in _IMPORT.finditer(_CODE.sub(" ", line)))
            paths.update(dict.fromkeys(path for path in found if path))
    return tuple(paths)[:_MOST]
