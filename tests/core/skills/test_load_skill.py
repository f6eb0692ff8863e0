"""Progressive disclosure: one line, then SKILL.md, then a file of it."""

import pytest

from blufio_tui.core.agent.skill_lines import SkillProvider
from blufio_tui.core.manifest.manifest import Example, Manifest
from blufio_tui.core.skills.active import ActiveSkills
from blufio_tui.core.skills.load_skill import MAX_SHOWN, LoadSkill
from tests.fakes.skills import FakeLibrary, a_context, a_skill

FILES = {
    "SKILL.md": b"---\nname: greeter\n---\n\n# How to greet\n",
    "references/api.md": b"The API.",
    "logo.png": b"\x89PNG\xff",
    "skill.sig": b"{}",
}


async def load(library: FakeLibrary, **arguments: str) -> tuple[str, bool]:
    outcome = await LoadSkill(library, ActiveSkills()).invoke(dict(arguments), a_context())
    return outcome.content, outcome.is_error


async def test_the_first_call_returns_the_instructions_and_lists_the_other_files() -> None:
    content, is_error = await load(FakeLibrary({"greeter": a_skill()}, FILES), name="greeter")
    assert not is_error
    assert "# How to greet" in content
    assert "name: greeter" not in content
    assert "- references/api.md" in content
    assert "skill.sig" not in content


async def test_a_skill_with_code_says_how_it_is_called() -> None:
    manifest = Manifest(
        "text-stats", "1.0.0", "Counts.", examples=(Example("count the words in {path}", {"path": "a.txt"}),)
    )
    content, _ = await load(FakeLibrary({"text-stats": a_skill("text-stats", manifest=manifest)}), name="text-stats")
    assert "Call it as the tool `text_stats`." in content
    assert '- {"path": "a.txt"}' in content
    assert "count the words" not in content
    assert "Counts." not in content
    assert "Greets." in content


async def test_the_second_call_reads_one_file() -> None:
    library = FakeLibrary({"greeter": a_skill()}, FILES)
    assert await load(library, name="greeter", file="references/api.md") == ("The API.", False)


async def test_a_file_that_is_no_text_is_described() -> None:
    content, _ = await load(FakeLibrary({"greeter": a_skill()}, FILES), name="greeter", file="logo.png")
    assert content == "[a binary file of 5 bytes; it cannot be shown as text]"


async def test_a_file_outside_the_list_is_an_error() -> None:
    content, is_error = await load(FakeLibrary({"greeter": a_skill()}, FILES), name="greeter", file="../../etc/passwd")
    assert is_error
    assert "has no file" in content


async def test_a_tampered_or_disabled_skill_is_not_disclosed() -> None:
    library = FakeLibrary({"a": a_skill("a"), "b": a_skill("b", enabled=False)}, FILES, tampered=("a",))
    assert (await load(library, name="a"))[1]
    assert "disabled" in (await load(library, name="b"))[0]


async def test_a_skill_named_like_a_built_in_tool_is_not_disclosed() -> None:
    content, is_error = await load(FakeLibrary({"bash": a_skill("bash")}, FILES), name="bash")
    assert is_error
    assert "has the name of a built-in tool" in content


async def test_a_megabyte_of_instructions_is_cut_with_a_note() -> None:
    library = FakeLibrary({"greeter": a_skill()}, {"SKILL.md": b"x" * 1_000_000})
    content, _ = await load(library, name="greeter")
    assert len(content) < MAX_SHOWN + 1_000
    assert "900,000 more characters are not shown; go on with offset 100000" in content


async def test_long_instructions_arrive_page_by_page_and_nothing_is_lost() -> None:
    text = "".join(f"{number:09}\n" for number in range(25_000))
    library = FakeLibrary({"greeter": a_skill()}, {"SKILL.md": b"", "long.md": text.encode()})
    collected = ""
    for offset in (0, 100_000, 200_000):
        arguments = {"name": "greeter", "file": "long.md", "offset": offset}
        page = (await LoadSkill(library, ActiveSkills()).invoke(dict(arguments), a_context())).content
        collected += page.split("\n[…")[0]
    assert collected == text


@pytest.mark.parametrize(
    "written", ["{baseDir}", "${CLAUDE_SKILL_DIR}", "${CLAUDE_PLUGIN_ROOT}", "$CLAUDE_SKILL_DIR", "$CLAUDE_PLUGIN_ROOT"]
)
async def test_a_skill_learns_where_its_folder_is(written: str) -> None:
    skill = a_skill()
    library = FakeLibrary({"greeter": skill}, {"SKILL.md": f"Run python {written}/scripts/a.py".encode()})
    content, _ = await load(library, name="greeter")
    assert f"Run python {skill.folder}/scripts/a.py" in content
    assert content.endswith(
        f"This skill lies in {skill.folder}. Paths in its text are relative to that folder: scripts/x.py is "
        f"{skill.folder}/scripts/x.py."
    )


async def test_other_variables_stay_as_they_are_written() -> None:
    library = FakeLibrary({"greeter": a_skill()}, {"SKILL.md": b"${HOME} {base} $CLAUDE_SKILL_DIRECTORY"})
    content, _ = await load(library, name="greeter")
    assert "${HOME} {base} $CLAUDE_SKILL_DIRECTORY" in content


async def test_control_and_bidi_characters_reach_the_model_spelled_out() -> None:
    library = FakeLibrary({"greeter": a_skill()}, {"SKILL.md": "a\x1b[2Jb\u202ec\u200bd".encode()})
    content, _ = await load(library, name="greeter")
    assert "a\\e[2Jb\\u202ec\\u200bd" in content


def test_the_prompt_gets_one_line_a_skill_in_the_order_of_names() -> None:
    provider = SkillProvider(lambda: [a_skill("b"), a_skill("a")])
    assert [(line.name, line.description) for line in provider.lines()] == [("a", "Greets."), ("b", "Greets.")]
