"""skill.toml: what is accepted, what is refused, and how the refusal reads."""

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blufio_tui.core.manifest.as_json import manifest_from_json, manifest_to_json
from blufio_tui.core.manifest.manifest import FilesystemCapability, Limits, NetworkCapability
from blufio_tui.core.manifest.parser import parse_manifest
from blufio_tui.core.manifest.problems import InvalidManifest
from blufio_tui.core.manifest.rules import canonical_domain, entry_problem, name_problem, path_problem, version_problem

HEAD = '[skill]\nname = "x"\nversion = "1.0.0"\ndescription = "d"\n'

FULL = """
[skill]
name = "weather-lookup"
version = "0.1.0"
description = "Looks up current weather for a city"
author = "Test Author"

[capabilities]
env = ["WEATHER_API_KEY"]

[capabilities.network]
domains = ["api.weather.com", "*.example.org"]
methods = ["GET", "HEAD"]

[capabilities.filesystem]
read = ["/tmp/cache", "~/.cache/weather"]
write = ["${PROJECT}/out"]

[capabilities.secrets]
GITHUB_TOKEN = ["api.github.com"]

[resources]
fuel = 500_000_000
memory_mb = 8
epoch_timeout_secs = 3
output_kb = 10
response_kb = 20

[wasm]
entry = "weather.wasm"

[parameters]
type = "object"
required = ["city"]
[parameters.properties.city]
type = "string"

[[examples]]
say = "what is the weather in {city}"
input = { city = "Oslo" }
output_contains = "Oslo"
"""


def problems_of(text: str) -> list[str]:
    with pytest.raises(InvalidManifest) as caught:
        parse_manifest(text)
    return str(caught.value).splitlines()


def test_a_full_manifest_becomes_its_values() -> None:
    manifest = parse_manifest(FULL)
    assert (manifest.name, manifest.version, manifest.author) == ("weather-lookup", "0.1.0", "Test Author")
    assert manifest.capabilities.network == NetworkCapability(("api.weather.com", "*.example.org"), ("GET", "HEAD"))
    assert manifest.capabilities.filesystem == FilesystemCapability(
        ("/tmp/cache", "~/.cache/weather"), ("${PROJECT}/out",)
    )
    assert manifest.capabilities.env == ("WEATHER_API_KEY",)
    assert manifest.capabilities.secrets == {"GITHUB_TOKEN": ("api.github.com",)}
    assert manifest.limits == Limits(500_000_000, 8, 3, 10, 20)
    assert manifest.entry == "weather.wasm"
    assert manifest.examples[0].input == {"city": "Oslo"}


def test_a_minimal_manifest_gets_the_defaults_of_the_contract() -> None:
    manifest = parse_manifest(HEAD)
    assert manifest.limits == Limits(1_000_000_000, 16, 5, 256, 1024)
    assert manifest.entry == "skill.wasm"
    assert manifest.parameters == {"type": "object"}
    assert manifest.capabilities.network is None


@pytest.mark.parametrize(
    "more",
    ["[capabilities]\n", '[capabilities.network]\ndomains = ["example.com"]\n', "[resources]\n", "[wasm]\n"],
)
def test_what_the_original_runtime_accepts_is_accepted_here(more: str) -> None:
    assert parse_manifest(HEAD + more).name == "x"


def test_a_manifest_survives_the_way_through_the_registry() -> None:
    manifest = parse_manifest(FULL)
    assert manifest_from_json(manifest_to_json(manifest)) == manifest


def test_all_mistakes_are_reported_at_once_with_line_and_key() -> None:
    text = (
        '[skill]\nname = "bad name"\nversion = "1"\ndescription = "d"\n\n'
        '[capabilities.netwrok]\ndomains = []\n[resources]\nfuel = "much"\nmemory_mb = true\n'
    )
    assert problems_of(text) == [
        'skill.toml:2: skill.name: may hold only A-Z, a-z, 0-9, - and _, not " " (U+0020 SPACE)',
        'skill.toml:3: skill.version: "1" is not a semantic version such as 1.0.0',
        'skill.toml:6: capabilities.netwrok: unknown key; did you mean "network"?',
        "skill.toml:9: resources.fuel: must be a whole number, not a string",
        "skill.toml:10: resources.memory_mb: must be a whole number, not a boolean",
    ]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("[resource]\nfuel = 1\n", 'resource: unknown key; did you mean "resources"?'),
        ("[wasm]\nentri = 'a.wasm'\n", 'wasm.entri: unknown key; did you mean "entry"?'),
        ("[capabilities]\nfoo = 1\n", "capabilities.foo: unknown key; known here: network, filesystem, env, secrets"),
        ("[resources]\nmemory_mb = 0\n", "resources.memory_mb: is 0; it must be between 1 and 4096"),
        ("[capabilities]\nenv = ['A=B']\n", 'capabilities.env: "A=B" is not the name of an environment variable'),
        ("[capabilities]\nenv = 'A'\n", "capabilities.env: must be a list of strings, not a string"),
        ("[capabilities.network]\nmethods = ['get']\n", '"get" is not a method; did you mean "GET"?'),
        ("[capabilities.network]\nmethods = []\n", "capabilities.network.methods: lists no method; name those"),
        ("[resources]\nfuel = 1.5\n", "resources.fuel: must be a whole number, not 1.5"),
        ("[parameters.properties.a]\npattern = '('\n", "parameters.properties.a.pattern: is not a regular expression"),
        ("[capabilities.secrets]\nT = []\n", "must list the hosts that the secret may be sent to"),
        ("[parameters]\ntype = 'array'\n", 'must be "object": the input of a tool is a JSON object'),
        ("[parameters]\nrequired = 'a'\n", "parameters.required: not valid JSON Schema: 'a' is not of type 'array'"),
        ("[parameters.properties.a]\n'$ref' = 'http://x/y'\n", "references outside the schema are refused"),
        ("[[examples]]\nsay = 'a'\ndenied = 'fs'\n", "is not a capability kind"),
        (
            "[[examples]]\nsay = 'a'\noutput = 'b'\ndenied = 'net'\n",
            "cannot stand beside output; an example checks one",
        ),
        ("[[examples]]\nsay = 'a'\ninput = { d = 2020-01-01 }\n", "examples[0].input.d: a date or time that JSON"),
        ("[[examples]]\ninput = {}\n", "examples[0].say: is required"),
        ("examples = 3\n", "unknown key"),
        ("[skill.author]\n", "skill.author: must be a string, not a table"),
    ],
)
def test_a_mistake_is_named_with_what_to_do(more: str, expected: str) -> None:
    assert expected in "\n".join(problems_of(HEAD + more))


def test_the_largest_number_means_no_limit_on_fuel() -> None:
    assert parse_manifest(HEAD + "[resources]\nfuel = 9223372036854775807\n").limits.fuel == 2**63 - 1


def test_a_property_may_be_called_pattern() -> None:
    manifest = parse_manifest(HEAD + "[parameters.properties.pattern]\npattern = '^[a-z]+$'\ntype = 'string'\n")
    assert "pattern" in str(manifest.parameters)


def test_an_example_must_fit_the_parameters() -> None:
    more = "[parameters]\nrequired = ['city']\n[[examples]]\nsay = 'a'\ninput = {}\n"
    assert "examples[0].input: does not fit [parameters]: 'city' is a required property" in problems_of(HEAD + more)[0]


def test_broken_toml_is_reported_with_its_line() -> None:
    assert problems_of("[skill]\nname = \n")[0].startswith("skill.toml:2: not valid TOML: ")


@pytest.mark.parametrize("text", ["", "[capabilities]\n"])
def test_a_manifest_without_a_skill_table_says_so(text: str) -> None:
    assert "the table [skill] with name, version and description is required" in problems_of(text)[0]


@pytest.mark.parametrize("text", ["x = " + "[" * 5_000 + "]" * 5_000, "a" * 300_000])
def test_a_manifest_that_is_too_deep_or_too_large_is_refused(text: str) -> None:
    assert problems_of(text)


@pytest.mark.parametrize(
    "domain",
    [
        "",
        "*",
        "*.",
        ".",
        "com",
        "*.com",
        "COM.",
        "10.0.0.1",
        "010.0.0.1",
        "0x7f.1",
        "2130706433",
        "127.1",
        "[::1]",
        "::1",
        "https://a.com",
        "a.com:80",
        "a.com/x",
        "a..com",
        "-a.com",
        "a_.com ",
        "a.*.com",
        "user@a.com",
        "a.com.5",
        "１０.0.0.1",
        "a\u202e.com",
        "a b.com",
        "x" * 64 + ".com",
        "*.*.com",
    ],
)
def test_a_domain_that_names_no_hosts_or_too_many_is_refused(domain: str) -> None:
    assert canonical_domain(domain)[1]


@pytest.mark.parametrize(
    ("domain", "canonical"),
    [
        ("API.Example.com", "api.example.com"),
        ("example.com.", "example.com"),
        ("*.example.org", "*.example.org"),
        ("Bücher.example", "xn--bcher-kva.example"),
        ("localhost", "localhost"),
        ("a-b.c_d.example", "a-b.c_d.example"),
    ],
)
def test_a_domain_is_kept_in_one_spelling(domain: str, canonical: str) -> None:
    assert canonical_domain(domain) == (canonical, "")


@pytest.mark.parametrize(
    "path", ["", "notes", "./a", "../a", "~user/a", "/a/../b", "${HOME}/a", "/a/*", "/a\n", "$PROJECT"]
)
def test_a_path_that_could_be_read_in_two_ways_is_refused(path: str) -> None:
    assert path_problem(path)


@pytest.mark.parametrize("path", ["/", "/tmp/cache", "~", "~/.cache/weather", "${PROJECT}", "${PROJECT}/out", "/a b/ü"])
def test_an_anchored_path_is_accepted(path: str) -> None:
    assert path_problem(path) == ""


@pytest.mark.parametrize(
    "entry", ["", "/a.wasm", "../a.wasm", "a/../b.wasm", "a.txt", "a\\b.wasm", "./a.wasm", "a//b.wasm"]
)
def test_an_entry_outside_the_folder_or_of_no_known_kind_is_refused(entry: str) -> None:
    assert entry_problem(entry)


@pytest.mark.parametrize("name", ["", "a b", "a.b", "ä", "wеather", "a" * 65, "a/b", "a\u200bb"])
def test_a_name_with_anything_but_plain_letters_is_refused(name: str) -> None:
    assert name_problem(name)


def test_a_look_alike_letter_in_a_name_is_spelled_out() -> None:
    assert "U+0435 CYRILLIC SMALL LETTER IE" in name_problem("w\u0435ather")


@pytest.mark.parametrize("version", ["1.0.0", "0.0.1-alpha.1+build.5", "10.20.30"])
def test_semantic_versions_are_accepted(version: str) -> None:
    assert version_problem(version) == ""


@pytest.mark.parametrize("version", ["1", "1.0", "v1.0.0", "01.0.0", "1.0.0-", "1.0.0 ", "1.0.0-01", ""])
def test_other_versions_are_refused(version: str) -> None:
    assert version_problem(version)


@pytest.mark.parametrize("description", ["a\\nb", "a\\u001b[2Jb", "a\\u202eb", " ", "a" * 1025])
def test_a_description_is_one_plain_line(description: str) -> None:
    text = HEAD.replace('"d"', f'"{description}"')
    assert "skill.toml:4: skill.description: " in problems_of(text)[0]


KEYS = st.sampled_from(
    ["skill", "name", "version", "capabilities", "network", "domains", "resources", "fuel", "examples"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def as_toml(value: object) -> str:
    match value:
        case None:
            return "nan"
        case bool():
            return str(value).lower()
        case int():
            return str(value % 2**60)
        case str():
            return "'" + "".join(char for char in value if char.isalnum()) + "'"
        case list():
            return "[" + ", ".join(as_toml(item) for item in value) + "]"
        case dict():
            return "{" + ", ".join(f"{key} = {as_toml(item)}" for key, item in value.items()) + "}"
    raise AssertionError(value)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_whatever_the_document_holds_it_is_parsed_or_refused_with_lines(document: dict[str, object]) -> None:
    text = "\n".join(f"{key} = {as_toml(value)}" for key, value in document.items())
    tomllib.loads(text)
    with pytest.raises(InvalidManifest) as caught:
        parse_manifest(text)
    assert all(1 <= problem.line <= max(1, len(document)) for problem in caught.value.problems)
