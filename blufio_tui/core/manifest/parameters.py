"""Whether `[parameters]` of a manifest is a JSON Schema that can be used: see `core.manifest.schema` for its use.

The schema comes from a skill's author: references may point only into the schema itself.
"""

from collections.abc import Iterator

from blufio_tui.core.text.json_types import Json, ReadOnlyObject
from blufio_tui.core.text.safe_regex import syntax_problem
from blufio_tui.core.text.toml_lines import Path

MAX_DEPTH = 32
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_REFUSED = {
    "$id": "is not needed and could point outside",
    "patternProperties": "is not supported; list the properties",
}


def schema_problems(schema: ReadOnlyObject) -> list[tuple[Path, str]]:
    """(path below `parameters`, message) of everything wrong with a schema."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    refused = list(_refused(dict(schema), ()))
    if refused:
        return refused
    found = Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema)
    worst = [best_match([error]) or error for error in found]
    return [(tuple(error.absolute_path), f"not valid JSON Schema: {error.message[:200]}") for error in worst]


def _refused(node: Json, path: Path) -> Iterator[tuple[Path, str]]:
    if len(path) > MAX_DEPTH:
        yield path, "is nested too deeply"
    elif isinstance(node, list):
        for position, item in enumerate(node):
            yield from _refused(item, (*path, position))
    elif isinstance(node, dict):
        for key, item in node.items():
            if key in _REFUSED and not (path and path[-1] == "properties"):
                yield (*path, key), _REFUSED[key]
            elif key in _REFERENCES and isinstance(item, str) and not item.startswith("#"):
                yield (*path, key), "must start with #: references outside the schema are refused"
            elif key == "pattern" and isinstance(item, str) and (problem := syntax_problem(item)):
                yield (*path, key), f"is not a regular expression: {problem}"
            else:
                yield from _refused(item, (*path, key))
