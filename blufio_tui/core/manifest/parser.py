"""From the text of a `skill.toml` to a `Manifest`, strictly: section 2 of the contract.

Every mistake is found before any is reported. Nothing is guessed: an unknown key is refused, since a
misspelt `domains` would otherwise be ignored silently.
"""

import tomllib

from blufio_tui.core.manifest.arguments import MAX_ARGUMENTS, template_problem
from blufio_tui.core.manifest.fields import Table, type_name
from blufio_tui.core.manifest.manifest import (
    Argument,
    Capabilities,
    Example,
    FilesystemCapability,
    Limits,
    Manifest,
    NetworkCapability,
)
from blufio_tui.core.manifest.parameters import schema_problems
from blufio_tui.core.manifest.problems import InvalidManifest, Problem, Problems
from blufio_tui.core.manifest.rules import (
    ENV_KEY,
    MAX_DESCRIPTION,
    METHODS,
    canonical_domain,
    entry_problem,
    line_problem,
    name_problem,
    path_problem,
    version_problem,
)
from blufio_tui.core.manifest.schema import check
from blufio_tui.core.text.display import printable
from blufio_tui.core.text.json_types import Json, JsonObject, ReadOnlyObject
from blufio_tui.core.text.similar import did_you_mean
from blufio_tui.core.text.toml_lines import MAX_KEY_PARTS, Path, line_with_long_key

MAX_MANIFEST_BYTES = 256 * 1024
DENIED_KINDS = ("fs.read", "fs.write", "net", "env")


def parse_manifest(text: str, file: str = "skill.toml") -> Manifest:
    """Parse an untrusted manifest.

    Raises:
        InvalidManifest: with every mistake, its line and key.
    """
    problems = Problems()
    root = Table(_load(text, file), (), problems)
    root.allow("skill", "capabilities", "resources", "wasm", "parameters", "examples")
    skill = root.table("skill").allow("name", "version", "description", "author")
    if "skill" not in root.values:
        root.complain("skill", "the table [skill] with name, version and description is required")
        problems.raise_any(file, text)
    wasm = root.table("wasm").allow("entry", "args", "stdin")
    manifest = Manifest(
        name=skill.text("name", name_problem),
        version=skill.text("version", version_problem),
        description=skill.text("description", lambda value: line_problem(value, MAX_DESCRIPTION)),
        author=skill.text("author", lambda value: line_problem(value, 200) if value else "", default=""),
        capabilities=_capabilities(root.table("capabilities")),
        limits=_limits(root.table("resources")),
        entry=wasm.text("entry", entry_problem, default="skill.wasm"),
        parameters=_parameters(root),
        examples=_examples(root),
        args=_arguments(wasm),
        stdin=wasm.optional_text("stdin", _anything),
    )
    _check_templates(manifest, wasm)
    for path, message in _schema_problems(manifest):
        problems.add(path, message)
    problems.raise_any(file, text)
    return manifest


def _arguments(table: Table) -> tuple[Argument, ...]:
    elements = table.values.get("args", [])
    if not isinstance(elements, list):
        table.complain("args", f"must be a list of strings, not {type_name(elements)}")
        return ()
    found: list[Argument] = []
    for element in elements:
        parts = element if isinstance(element, list) else [element]
        if wrong := next((part for part in parts if not isinstance(part, str)), None):
            table.complain("args", f"must hold strings, and lists of strings, not {type_name(wrong)}")
        else:
            found.append(tuple(parts) if isinstance(element, list) else element)
    return tuple(found)


def _check_templates(manifest: Manifest, table: Table) -> None:
    """Check that arguments and standard input name existing parameters, and that the module is a program that can use
    them."""
    flat = [part for one in manifest.args for part in (one if isinstance(one, tuple) else (one,))]
    if len(flat) > MAX_ARGUMENTS:
        table.complain("args", f"has {len(flat)} elements; at most {MAX_ARGUMENTS} are allowed")
    for key, templates in (("args", flat), ("stdin", [manifest.stdin or ""])):
        if problem := next((why for one in templates if (why := template_problem(one, manifest.parameters))), ""):
            table.complain(key, problem)
        if key in table.values and manifest.entry.endswith(".py"):
            table.complain(key, "is for WASI modules; a script gets its input from blufio.input()")


def _schema_problems(manifest: Manifest) -> list[tuple[Path, str]]:
    """Problems of `[parameters]`, and of examples that do not match it."""
    if wrong := schema_problems(manifest.parameters):
        return [(("parameters", *path), message) for path, message in wrong]
    return [
        (("examples", position, "input"), f"does not fit [parameters]: {problem}")
        for position, example in enumerate(manifest.examples)
        if (problem := check(manifest.parameters, dict(example.input)))
    ]


def _load(text: str, file: str) -> dict[str, object]:
    if len(text) > MAX_MANIFEST_BYTES:
        raise InvalidManifest([Problem(file, 1, "", f"is larger than {MAX_MANIFEST_BYTES // 1024} KiB")])
    if line := line_with_long_key(text):
        raise InvalidManifest([Problem(file, line, "", f"a key has more than {MAX_KEY_PARTS} parts")])
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidManifest([_syntax_problem(error, file)]) from None
    except RecursionError:
        raise InvalidManifest([Problem(file, 1, "", "is nested too deeply")]) from None


def _syntax_problem(error: tomllib.TOMLDecodeError, file: str) -> Problem:
    message, _, where = str(error).rpartition(" (at ")
    digits = "".join(char if char.isdigit() else " " for char in where).split()
    return Problem(
        file, int(digits[0]) if digits else 1, "", f"not valid TOML: {printable(message or str(error), 200)}"
    )


def _capabilities(table: Table) -> Capabilities:
    table.allow("network", "filesystem", "env", "secrets")
    filesystem = table.table("filesystem").allow("read", "write")
    return Capabilities(
        network=_network(table.table("network")) if "network" in table.values else None,
        filesystem=FilesystemCapability(
            read=filesystem.texts("read", path_problem), write=filesystem.texts("write", path_problem)
        ),
        env=table.texts("env", _env_problem),
        secrets=_secrets(table.table("secrets")),
    )


def _network(table: Table) -> NetworkCapability:
    table.allow("domains", "methods")
    methods = table.texts("methods", _method_problem) if "methods" in table.values else None
    if table.values.get("methods") == []:
        table.complain("methods", "lists no method; name those that are needed, or leave it out for every method")
    return NetworkCapability(domains=_domains(table, "domains"), methods=methods)


def _domains(table: Table, key: str) -> tuple[str, ...]:
    domains = table.texts(key, lambda domain: canonical_domain(domain)[1])
    return tuple(dict.fromkeys(canonical_domain(domain)[0] for domain in domains))


def _secrets(table: Table) -> dict[str, tuple[str, ...]]:
    secrets: dict[str, tuple[str, ...]] = {}
    for name in table.values:
        if problem := _env_problem(name):
            table.complain(printable(name), problem)
        domains = _domains(table, name)
        if not domains:
            table.complain(printable(name), "must list the hosts that the secret may be sent to")
        secrets[name] = domains
    return secrets


def _limits(table: Table) -> Limits:
    table.allow("fuel", "memory_mb", "epoch_timeout_secs", "output_kb", "response_kb")
    usual = Limits()
    return Limits(
        fuel=table.whole_number("fuel", usual.fuel, 2**63 - 1),
        memory_mb=table.whole_number("memory_mb", usual.memory_mb, 4096),
        epoch_timeout_secs=table.whole_number("epoch_timeout_secs", usual.epoch_timeout_secs, 3600),
        output_kb=table.whole_number("output_kb", usual.output_kb, 64 * 1024),
        response_kb=table.whole_number("response_kb", usual.response_kb, 64 * 1024),
    )


def _parameters(root: Table) -> ReadOnlyObject:
    table = root.table("parameters")
    schema: JsonObject = {"type": "object", **_json_table(table)}
    if schema["type"] != "object":
        table.complain("type", 'must be "object": the input of a tool is a JSON object')
    return schema


def _examples(root: Table) -> tuple[Example, ...]:
    entries = root.values.get("examples", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        root.complain("examples", "must be an array of tables: [[examples]]")
        return ()
    return tuple(_example(Table(entry, ("examples", i), root.problems)) for i, entry in enumerate(entries))


def _example(table: Table) -> Example:
    table.allow("say", "input", "output", "output_contains", "denied")
    expectations = [key for key in ("output", "output_contains", "denied") if key in table.values]
    if len(expectations) > 1:
        table.complain(expectations[1], f"cannot stand beside {expectations[0]}; an example checks one thing")
    return Example(
        say=table.text("say", lambda value: line_problem(value, 500)),
        input=_json_table(table.table("input")),
        output=table.optional_text("output", _anything),
        output_contains=table.optional_text("output_contains", _anything),
        denied=table.optional_text("denied", _denied_problem),
    )


def _json_table(table: Table) -> JsonObject:
    """TOML values as JSON; dates, infinities and NaN are reported."""
    return {key: _json(value, table, (key,)) for key, value in table.values.items()}


def _json(value: object, table: Table, path: Path) -> Json:
    match value:
        case dict():
            return {key: _json(item, table, (*path, key)) for key, item in value.items()}
        case list():
            return [_json(item, table, (*path, position)) for position, item in enumerate(value)]
        case str() | bool() | int():
            return value
        case float() if value - value == 0:
            return value
        case _:
            table.problems.add((*table.path, *path), f"{type_name(value)} that JSON cannot hold; write a string")
            return None


def _env_problem(key: str) -> str:
    return "" if ENV_KEY.fullmatch(key) else f'"{printable(key)}" is not the name of an environment variable'


def _method_problem(method: str) -> str:
    if method in METHODS:
        return ""
    return f'"{printable(method)}" is not a method{did_you_mean(method, METHODS) or "; " + ", ".join(METHODS)}'


def _denied_problem(kind: str) -> str:
    if kind in DENIED_KINDS:
        return ""
    hint = did_you_mean(kind, DENIED_KINDS) or f"; known: {', '.join(DENIED_KINDS)}"
    return f'"{printable(kind)}" is not a capability kind{hint}'


def _anything(_text: str) -> str:
    return ""
