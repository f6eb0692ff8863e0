"""SKILL.md as the Agent Skills format has it."""

import pytest

from blufio_tui.core.errors import ManifestError
from blufio_tui.core.skills.frontmatter import parse_instructions, split_frontmatter

PLAIN = "---\nname: pdf-forms\ndescription: Fills forms.\n---\n# How\n"


def test_a_plain_skill_is_parsed() -> None:
    parsed = parse_instructions(PLAIN, "pdf-forms")
    assert (parsed.name, parsed.description, parsed.body) == ("pdf-forms", "Fills forms.", "# How\n")
    assert parsed.allowed_tools is None


def test_every_field_of_the_format_is_understood() -> None:
    text = (
        "---\nname: a-b2\ndescription: >-\n  Two\n  lines.\nlicense: MIT\ncompatibility: needs git\n"
        "allowed-tools: Read Bash(git log:*) http\nmetadata:\n  version: 1.10\n  author: Ada\n---\nbody"
    )
    parsed = parse_instructions(text, "a-b2")
    assert parsed.description == "Two lines."
    assert parsed.allowed_tools == ("Read", "Bash(git log:*)", "http")
    assert parsed.metadata == {"version": "1.10", "author": "Ada"}
    assert (parsed.license, parsed.compatibility) == ("MIT", "needs git")


@pytest.mark.parametrize("tools", ["Read, Write", "[Read, Write]", "\n  - Read\n  - Write"])
def test_the_spellings_of_allowed_tools_met_in_the_wild_are_understood(tools: str) -> None:
    text = f"---\nname: x\ndescription: d\nallowed-tools: {tools}\n---\n"
    assert parse_instructions(text).allowed_tools == ("Read", "Write")


def test_an_empty_list_of_tools_allows_none() -> None:
    assert parse_instructions("---\nname: x\ndescription: d\nallowed-tools: []\n---\n").allowed_tools == ()


def test_unknown_keys_are_left_aside_with_a_note() -> None:
    parsed = parse_instructions("---\nname: x\ndescription: d\nallowed_tools: Read\n---\n")
    assert parsed.allowed_tools is None
    assert 'did you mean "allowed-tools"?' in parsed.notes[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# no frontmatter", "must start with frontmatter"),
        ("---\nname: x\n---\n", "description: is required"),
        ("---\ndescription: d\n---\n", "name: is required"),
        ("---\nname: Bad\ndescription: d\n---\n", "SKILL.md:2: name: must be 1 to 64 lower-case"),
        ("---\nname: a--b\ndescription: d\n---\n", "name: must be"),
        ("---\nname: -a\ndescription: d\n---\n", "name: must be"),
        ("---\nname: " + "a" * 65 + "\ndescription: d\n---\n", "name: must be"),
        ("---\nname: x\ndescription: d\ncompatibility: " + "c" * 501 + "\n---\n", "at most 500"),
        ('---\nname: x\ndescription: "a\\u202eb"\n---\n', "holds hidden or control characters"),
        ('---\nname: x\ndescription: "a\\e[2Jb"\n---\n', "holds hidden or control characters"),
        ("---\nname: x\ndescription: [a]\n---\n", "description: is required"),
        ("---\n- a\n---\n", "must be `key: value` lines"),
        ("---\nname: x\ndescription: 'open\n---\n", "not valid YAML"),
        ("---\nname: !!python/object/apply:os.system [id]\ndescription: d\n---\n", "not valid YAML"),
        ("---\nname: &a x\ndescription: *a\n---\n", "not valid YAML"),
        ("---\nmetadata: " + "[" * 3000 + "\n---\n", "not valid YAML"),
    ],
)
def test_a_mistake_is_refused_with_its_place(text: str, expected: str) -> None:
    with pytest.raises(ManifestError, match="SKILL.md") as caught:
        parse_instructions(text)
    assert expected in str(caught.value)


def test_a_name_that_is_not_the_folders_gets_a_note() -> None:
    assert parse_instructions(PLAIN, "pdf-forms").notes == ()
    assert 'its folder is called "other"' in parse_instructions(PLAIN, "other").notes[0]


@pytest.mark.parametrize("line", ["Use it: when asked", 'a: b c\\d "quoted" #1', "It's: so"])
def test_a_one_line_text_with_a_colon_is_taken_as_it_stands(line: str) -> None:
    parsed = parse_instructions(f"---\nname: x\ndescription: {line}\nmetadata:\n  version: '2.0'\n---\n")
    assert (parsed.description, parsed.metadata) == (line, {"version": "2.0"})


def test_what_is_no_yaml_either_way_is_reported_where_it_stands() -> None:
    with pytest.raises(ManifestError, match=r"SKILL.md:3: not valid YAML"):
        parse_instructions("---\nname: x\ndescription: a: b\n  more\n---\n")


def test_a_line_of_dashes_in_the_body_belongs_to_the_body() -> None:
    assert split_frontmatter("---\nname: x\n---\na\n---\nb\n") == ("name: x\n", "a\n---\nb\n")
    assert split_frontmatter("no frontmatter") == ("", "no frontmatter")


def test_a_description_over_the_limit_is_shortened_with_a_note() -> None:
    parsed = parse_instructions("---\nname: x\ndescription: " + "d" * 1025 + "\n---\n")
    assert len(parsed.description) == 1024 and parsed.description.endswith("…")
    assert parsed.notes == ("its description has 1025 characters and is shortened to 1024",)


@pytest.mark.parametrize(
    ("lines", "version"),
    [
        ("version: 1.10", "1.10"),
        ("metadata:\n  version: 2.0.0", "2.0.0"),
        ("version: 1.0.0\nmetadata:\n  version: 2.0.0", "2.0.0"),
        ("version: 1.0.0\nmetadata:\n  author: a", "1.0.0"),
        ("version: [1]", None),
    ],
)
def test_a_version_counts_beside_the_metadata_too(lines: str, version: str | None) -> None:
    parsed = parse_instructions(f"---\nname: x\ndescription: d\n{lines}\n---\n")
    assert parsed.metadata.get("version") == version
    assert parsed.notes == ()
