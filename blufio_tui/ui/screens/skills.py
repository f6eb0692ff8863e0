"""What is installed, what each may do, and how it is used."""

from collections.abc import Hashable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from blufio_tui.core.skills import Skill
from blufio_tui.ui.background import in_background
from blufio_tui.ui.content.skill_lines import skill_details, skill_line
from blufio_tui.ui.messages import SkillsChanged
from blufio_tui.ui.screens.explorer import Explorer


class SkillsScreen(Explorer[Skill]):
    heading = "Skills"
    noun = "skill"
    nothing = (
        "No skills are installed. `blufio-tui skill init NAME` starts one, `blufio-tui skill install DIR` installs "
        "a folder with a skill.toml or a SKILL.md after showing what it may do."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "enable", "Enable/disable", id="skills.enable", tooltip="Let the model use this skill, or not"),
    ]

    async def load(self) -> Sequence[Skill]:
        return self.services.skills.list()

    def row_key(self, row: Skill) -> Hashable:
        return row.name

    def line(self, row: Skill, width: int) -> Content:
        return skill_line(row, width)

    def search_text(self, row: Skill) -> str:
        return f"{row.name} {row.description} {row.status.value} {row.author}"

    def details(self, row: Skill, width: int) -> list[Content]:
        return skill_details(row, self.services.skills.skill_md(row.name), width)

    def action_enable(self) -> None:
        skill = self.list_view.current
        if skill is not None:
            in_background(self, "enable", self._enable, skill)

    async def _enable(self, skill: Skill) -> None:
        await self.services.skills.enable(skill.name, not skill.enabled)
        await self.reload()

    def on_skills_changed(self, _message: SkillsChanged) -> None:
        self.action_reload()
