"""A project's own instruction skills: offered only while they are what the person looked at."""

import asyncio
import json
from pathlib import Path

import pytest

from blufio_tui.core.errors import SkillError
from blufio_tui.features.stored.stores import open_registry
from tests.e2e.conftest import World
from tests.e2e.in_process import Inside
from tests.fakes.messages_api import KEY, Reply, serving, text
from tests.fakes.skill_folders import make_instructions


@pytest.fixture
def folder(world: World) -> Path:
    return world.project / ".claude" / "skills"


def names(inside: Inside) -> set[str]:
    return {skill["name"] for skill in json.loads(inside("skill", "list", "--json").out)}


def test_they_are_offered_after_a_look_and_again_after_a_change(inside: Inside, world: World, folder: Path) -> None:
    guide = make_instructions(folder, "guide")
    make_instructions(world.project / ".agents" / "skills", "other")
    assert not {"guide", "other"} & names(inside)
    done = inside("ask", "hi", "--offline")
    assert "blufio-tui skill trust" in done.err
    assert inside("skill", "trust").code == 1
    assert not {"guide", "other"} & names(inside)
    shown = inside("skill", "trust", "--yes")
    assert shown.code == 0
    assert "guide: Guides." in shown.err
    assert "SKILL.md" in shown.err
    assert {"guide", "other"} <= names(inside)
    assert "skill trust" not in inside("ask", "hi", "--offline").err
    (guide / "more.md").write_text("Do something else.")
    assert "guide" not in names(inside)
    assert "other" in names(inside)
    assert inside("skill", "trust", "--yes").code == 0
    assert "guide" in names(inside)


def test_what_is_exchanged_after_the_check_is_not_read(inside: Inside, folder: Path) -> None:
    guide = make_instructions(folder, "guide")
    assert inside("skill", "trust", "--yes").code == 0
    with open_registry() as registry:
        skill = registry.get("guide")
        asyncio.run(registry.check(skill))
        assert b"Do it well." in asyncio.run(registry.read(skill, "SKILL.md"))
        (guide / "SKILL.md").write_text("---\nname: guide\ndescription: Guides.\n---\nDo evil.\n")
        with pytest.raises(SkillError):
            asyncio.run(registry.read(skill, "SKILL.md"))
        assert registry.find("guide") is None


def test_a_link_out_of_the_project_is_no_folder_of_it(inside: Inside, world: World) -> None:
    make_instructions(world.project.parent / "elsewhere", "guide")
    (world.project / ".claude").mkdir()
    (world.project / ".claude" / "skills").symlink_to(world.project.parent / "elsewhere")
    assert "skill trust" not in inside("ask", "hi", "--offline").err
    assert inside("skill", "trust", "--yes").out.startswith("The project has no skills")


def test_a_hidden_skill_is_not_in_what_the_model_is_sent(inside: Inside, world: World) -> None:
    make_instructions(world.project.parent / "s", "shown-one")
    make_instructions(world.project.parent / "s", "hidden-one", fields="disable-model-invocation: true\n")
    for name in ("shown-one", "hidden-one"):
        assert inside("skill", "install", str(world.project.parent / "s" / name), "--yes").code == 0
    inside.monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    with serving(Reply(text("ok"))) as api:
        assert inside("ask", "hi", "--model", "m", "--base-url", api.url).code == 0
        sent = json.dumps(api.requests)
    assert "shown-one" in sent
    assert "hidden-one" not in sent
