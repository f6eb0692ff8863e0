"""What an error says beside what went wrong: what was meant, what there is, which tool does it.

A model reads an error once and acts on it. Nothing here names what it cannot use: no internal ids, no commands that
only a person can type, no paths of the installation.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_types import Json, ReadOnlyObject
from blufio_tui.core.text.similar import nearest

_MOST_NAMED = 30
_SHOWN_NAME = 80
_MOST_COMPARED = 1_000
_MOST_EDITS = 3

_READ = 'file {"action": "read", "path": …}'
_WRITE = 'file {"action": "write", "path": …, "content": …}'
_LIST = 'file {"action": "list", "path": …}'
_EDIT = 'edit {"path": …, "edits": [{"old": …, "new": …}]}'
_SEARCH = 'search {"pattern": …}'
_FIND = 'find {"glob": …}'
_BASH = 'bash {"command": …}'
_HTTP = 'http {"url": …}'

_CALLED_ELSEWHERE = (
    ("read readfile openfile viewfile view cat getfile filereader", _READ),
    ("write writefile createfile savefile create newfile", _WRITE),
    ("ls list listdir listfiles listdirectory readdir tree", _LIST),
    (
        "multiedit editfile strreplace applypatch applydiff patch replace replaceinfile update "
        "updatefile strreplaceeditor strreplacebasededittool texteditor searchreplace",
        _EDIT,
    ),
    ("grep ripgrep rg searchfiles searchcode codesearch grepsearch", _SEARCH),
    ("glob findfiles findfile filesearch globsearch fd", _FIND),
    (
        "shell sh run runcommand execute executecommand exec terminal python runpython cmd command "
        "runterminalcmd computer codeexecution",
        _BASH,
    ),
    (
        "fetch webfetch fetchurl curl wget request get browser browse openurl httprequest httpget fetchpage",
        _HTTP,
    ),
    ("skill useskill readskill runskill", 'load_skill {"name": …}'),
    ("todowrite todoread updateplan", 'todo {"items": …}'),
    ("bashoutput readoutput getoutput", 'job_output {"job": …}'),
    ("killshell killbash kill killjob", 'job_kill {"job": …}'),
    ("toolsearch searchtools findtools", 'find_tool {"query": …}'),
    ("agent subagent spawnagent", 'task {"prompt": …}'),
)
_DOES_IT: Mapping[str, str] = {name: call for names, call in _CALLED_ELSEWHERE for name in names.split()}
"""Names that models know from elsewhere, in small letters without what joins their words, and the call that does it."""


def unknown_tool(name: str, known: Sequence[str], found_only: Iterable[str] = ()) -> str:
    """The error for a call of an unknown tool.

    Args:
        known: the tools that are offered.
        found_only: those that `find_tool` finds.
    """
    hint = ""
    does_it = _DOES_IT.get("".join(char for char in name.lower() if char.isalnum()), "")
    if does_it and does_it.partition(" ")[0] in known:
        hint = f"{does_it} does that"
    elif best := nearest(name, [*known, *found_only]):
        hint = f"did you mean {best}?"
    elif found_only:
        hint = 'find_tool {"query": …} looks for more'
    return f"there is no tool {quoted(name)}{f'; {hint}' if hint else ''}. The tools are: {named(known)}."


def wrong_input(tool: str, schema: ReadOnlyObject, value: Json, problem: str) -> str:
    """The problem that the check found, and the fields that there are, where one of them was missed."""
    message = f"the input of {tool} is not valid: {problem}"
    properties = schema.get("properties")
    if not isinstance(properties, dict) or not properties:
        return message
    unknown = [key for key in value if key not in properties] if isinstance(value, dict) else []
    required = schema.get("required")
    needed = [str(one) for one in required] if isinstance(required, list) else []
    missing = [name for name in needed if not isinstance(value, dict) or name not in value]
    meant = [f"{quoted(key)} may be meant as {best}" for key in unknown if (best := nearest(key, properties))]
    parts = [f"{message}.", *(f"{one}." for one in meant)]
    if unknown or missing:
        fields = ", ".join(f"{name}{'' if name in needed else '?'}" for name in list(properties)[:_MOST_NAMED])
        parts.append(f"Its fields are: {fields}.")
    return " ".join(parts) if len(parts) > 1 else message


def missing_file(path: str, beside: Sequence[str], elsewhere: Sequence[str] = ()) -> str:
    """The error for a missing file.

    Args:
        beside: what lies in the folder that it named.
        elsewhere: files of that name in the project.
    """
    said = f"there is no {quoted(path) if ' ' in path else visible_line(path)}"
    folder, slash, name = path.rpartition("/")
    if best := likely_name(name, beside):
        return f"{said}; did you mean {visible_line(folder + slash + best)}?"
    if elsewhere:
        return f"{said}; the project has {named(elsewhere)}"
    return f"{said}; its folder has {named(beside)}" if beside else said


def likely_name(name: str, names: Iterable[str]) -> str | None:
    """The name that was meant, of a folder of any size: one of about the same length, or with another ending."""
    close = [one for one in names if abs(len(one.rstrip("/")) - len(name)) <= _MOST_EDITS][:_MOST_COMPARED]
    stem = name.rpartition(".")[0] or name
    same_stem = (one for one in names if one.rstrip("/").rpartition(".")[0] == stem)
    return nearest(name, close) or next(same_stem, None)


def unknown_skill(name: str, skills: Sequence[str], tools: Sequence[str] = ()) -> str:
    """The error for loading an unknown skill.

    Args:
        skills: instruction skills, which `load_skill` is for.
        tools: the skills that are tools.
    """
    said = f"there is no skill {quoted(name)}"
    if best := nearest(name, [*skills, *tools]):
        return f'{said}; did you mean "{best}"?'
    return f"{said}; there are: {named([*skills, *tools])}"


def quoted(name: str) -> str:
    shown = visible_line(name)
    return json.dumps(shown if len(shown) <= _SHOWN_NAME else f"{shown[: _SHOWN_NAME - 1]}…", ensure_ascii=False)


def named(names: Sequence[str]) -> str:
    """A list that stays short, whatever there is."""
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return (", ".join(map(visible_line, names[:_MOST_NAMED])) or "none") + more
