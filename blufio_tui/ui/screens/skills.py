"""What is installed, what each may do, how it is used, and everything that can be done with it."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen

from blufio_tui.core.capability import ActorKind
from blufio_tui.core.errors import BlufioError
from blufio_tui.core.policy.approval import Lifetime
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.skills.offer import SkillOffer
from blufio_tui.core.skills.skill import Skill, SkillStatus
from blufio_tui.core.skills.use import SkillReport, SkillUse
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.ui.background import in_background
from blufio_tui.ui.content.grant_lines import grant_line
from blufio_tui.ui.content.skill_lines import SkillFacts, skill_columns, skill_details, skill_line
from blufio_tui.ui.messages import OpenScreen, RunSkill, SkillsChanged
from blufio_tui.ui.ports.screen_host import ScreenHost
from blufio_tui.ui.ports.services import Services
from blufio_tui.ui.ports.skills import SkillCarePort
from blufio_tui.ui.screens.ask import AskLine, Confirm
from blufio_tui.ui.screens.explorer import Explorer
from blufio_tui.ui.screens.install import settle
from blufio_tui.ui.screens.run_form import RunForm
from blufio_tui.ui.state.key_guard import KeyTimes
from blufio_tui.ui.widgets.row_list import RowList

_NO_USE = SkillUse()
_INSTALL_HELP = (
    "A folder with a skill.toml or a SKILL.md, a .tar.gz or .zip, or the https address of one. "
    "You see what it may do before anything is installed."
)


class SkillsScreen(Explorer[Skill]):
    heading = "Skills"
    noun = "skill"
    nothing = (
        "No skills are installed. i installs one from a folder, an archive or an address, after showing what it may "
        "do. `blufio-tui skill init NAME` starts one of your own."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "run", "Run", id="skills.run", tooltip="Call the skill with a form made from its schema"),
        Binding("e", "enable", "On/off", id="skills.enable", tooltip="Offer the skill to the model, or not"),
        Binding("i", "install", "Install", id="skills.install", tooltip="From a folder, an archive or an address"),
        Binding(
            "u", "update", "Update", id="skills.update", tooltip="Update from its source; asks only about what is new"
        ),
        Binding("v", "verify", "Verify", id="skills.verify", tooltip="Compare every file with what was installed"),
        Binding("g", "revoke", "Revoke", id="skills.revoke", tooltip="Revoke what you answered about the skill"),
        Binding("a", "audit", "Audit rows", id="skills.audit", tooltip="What the skill did, in the audit log"),
        Binding("o", "folder", "Folder", id="skills.folder", tooltip="Show its files in the file manager"),
        Binding("d,delete", "remove", "Remove", id="skills.remove", tooltip="Remove the skill and its grants"),
    ]

    def __init__(self, services: Services, key_times: KeyTimes, query: str = "") -> None:
        super().__init__(services, query)
        self._key_times = key_times
        self._uses: Mapping[str, SkillUse] = {}
        self._reports: dict[str, SkillReport] = {}
        self._changes: dict[str, tuple[str, ...]] = {}

    # ── what is shown ──────────────────────────────────────────────────────────────────────────────

    async def load(self) -> Sequence[Skill]:
        skills = self.services.skills.list()
        self._reports.clear()
        if self.services.care is not None:
            self._uses = await self.services.care.uses()
        return skills

    def row_key(self, row: Skill) -> Hashable:
        return row.name

    def line(self, row: Skill, width: int) -> Content:
        self.list_view.border_title = skill_columns(width)
        return skill_line(row, self._uses.get(row.name, _NO_USE), self.services.clock.now(), width)

    def search_text(self, row: Skill) -> str:
        state = "enabled" if row.enabled else "disabled"
        return f"{row.name} {row.description} {row.status.value} {row.kind.value} {row.author} {state}"

    def details(self, row: Skill, width: int) -> list[Content]:
        facts = SkillFacts(
            self._skill_md(row), self._reports.get(row.name), self._grants_of(row), self._changes.get(row.name)
        )
        return skill_details(row, facts, width)

    def _skill_md(self, skill: Skill) -> str:
        try:
            return self.services.skills.skill_md(skill.name)
        except BlufioError:
            return ""  # removed meanwhile; the list is about to say so

    def _grants_of(self, skill: Skill) -> list[Grant]:
        store = self.services.grants
        if store.blocked:
            return []
        mine = (ActorKind.SKILL, skill.name)
        return [
            one
            for one in store.grants()
            if (one.actor_kind, one.actor_name) == mine and one.lifetime is not Lifetime.CALL
        ]

    @on(RowList.Moved)
    def read_report(self) -> None:
        skill = self.list_view.current
        if skill is not None and skill.name not in self._reports and self.services.care is not None:
            in_background(self, "report", self._read_report, self.services.care, skill.name)

    async def _read_report(self, care: SkillCarePort, name: str) -> None:
        self._reports[name] = await care.report(name)
        current = self.list_view.current
        if current is not None and current.name == name:
            self.detail.redraw_all()

    def on_skills_changed(self, _message: SkillsChanged) -> None:
        self.action_reload()

    def apply_filter(self) -> None:
        super().apply_filter()
        self.read_report()

    # ── what can be done ───────────────────────────────────────────────────────────────────────────

    def _do(self, group: str, work: Callable[[SkillCarePort, Skill], Awaitable[None]]) -> None:
        """Begin work on the skill under the cursor; the list is read again after it."""
        skill, care = self.list_view.current, self.services.care
        if care is None:
            self.notify("Skills cannot be changed here.", severity="warning")
        elif skill is not None:
            in_background(self, group, self._done, work, care, skill)

    async def _done(
        self, work: Callable[[SkillCarePort, Skill], Awaitable[None]], care: SkillCarePort, skill: Skill
    ) -> None:
        await work(care, skill)
        await self.reload()

    def action_enable(self) -> None:
        skill = self.list_view.current
        if skill is not None:
            in_background(self, "enable", self._enable, skill)

    async def _enable(self, skill: Skill) -> None:
        await self.services.skills.enable(skill.name, not skill.enabled)
        await self.reload()

    def action_run(self) -> None:
        skill = self.list_view.current
        if skill is None:
            return
        if skill.manifest is None:
            self.notify("This skill is instructions only: it has no code to run. Ask the model to use it.")
        elif not skill.enabled or skill.status is SkillStatus.TAMPERED:
            why = "has changed since it was installed" if skill.enabled else "is disabled; e enables it"
            self.notify(f"{skill.name} does not run: it {why}.", severity="warning", markup=False)
        else:
            self.app.push_screen(RunForm(skill), lambda arguments: self._run(skill, arguments))

    def _run(self, skill: Skill, arguments: JsonObject | None) -> None:
        if arguments is not None:
            self.app.post_message(RunSkill(skill.tool_name, arguments))
            self.dismiss(None)

    def action_verify(self) -> None:
        self._do("verify", self._verify)

    async def _verify(self, care: SkillCarePort, skill: Skill) -> None:
        changes = await care.differences(skill.name)
        self._changes[skill.name] = changes
        if changes:
            self.notify(
                f"{skill.name}: {plural(len(changes), 'difference')}; it will not run.", severity="error", markup=False
            )
        else:
            self.notify(f"{skill.name}: all files are unchanged since installation.", markup=False)

    def action_install(self) -> None:
        self.app.push_screen(AskLine("Install a skill from", "", _INSTALL_HELP), self._install)

    def _install(self, source: str | None) -> None:
        care = self.services.care
        if care is None:
            self.notify("Skills cannot be installed here.", severity="warning")
        elif source and source.strip():
            in_background(self, "offer", self._offered, care.prepare, source.strip())

    def action_update(self) -> None:
        skill, care = self.list_view.current, self.services.care
        if skill is not None and care is not None:
            in_background(self, "offer", self._offered, care.prepare_update, skill.name)

    async def _offered(self, prepare: Callable[[str], Awaitable[SkillOffer]], what: str) -> None:
        skill = await settle(self, await prepare(what), self.services.clock, self._key_times)
        if skill is None:
            return
        self._changes.pop(skill.name, None)
        await self.reload()
        self._go_to(skill.name)

    def _go_to(self, name: str) -> None:
        rows = self.list_view.rows
        self.list_view.cursor = next((i for i, row in enumerate(rows) if row.name == name), self.list_view.cursor)
        self.list_view.show_cursor()

    def action_remove(self) -> None:
        skill = self.list_view.current
        if skill is not None:
            text = f"{skill.name} {skill.version}, its files and its grants are removed. The audit log stays."
            self.app.push_screen(Confirm("Remove the skill?", text), self._remove_if)

    def _remove_if(self, yes: bool | None) -> None:
        if yes:
            self._do("remove", self._remove)

    async def _remove(self, care: SkillCarePort, skill: Skill) -> None:
        revoked = await care.remove(skill.name)
        grants = f" and {plural(revoked, 'grant')}" if revoked else ""
        self.notify(f"Removed {skill.name}{grants}.", markup=False)

    def action_revoke(self) -> None:
        skill = self.list_view.current
        grants = self._grants_of(skill) if skill is not None else []
        if not grants:
            self.notify("You have stored no answers about this skill.")
            return
        listed = "\n".join(grant_line(grant, 66).plain.rstrip() for grant in grants[:12])
        self.app.push_screen(
            Confirm(f"Revoke {plural(len(grants), 'answer')}?", f"{listed}\n\nYou will be asked again."),
            lambda yes: self._revoke_if(yes, grants),
        )

    def _revoke_if(self, yes: bool | None, grants: Sequence[Grant]) -> None:
        if yes:
            in_background(self, "revoke", self._revoke, grants)

    async def _revoke(self, grants: Sequence[Grant]) -> None:
        for grant in grants:
            await self.services.grants.revoke(grant.grant_id)
        self.notify(f"Revoked {plural(len(grants), 'answer')}.")
        await self.reload()

    def action_audit(self) -> None:
        if (skill := self.list_view.current) is not None:
            self.app.post_message(OpenScreen("audit", f"by:{skill.name}"))

    def action_folder(self) -> None:
        self._do("folder", self._open_folder)

    async def _open_folder(self, care: SkillCarePort, skill: Skill) -> None:
        if problem := await care.open_folder(skill.name):
            self.app.copy_to_clipboard(str(skill.folder))
            self.notify(f"{skill.folder}\nis on the clipboard: {problem}.", markup=False, timeout=8)


async def open_screen(host: ScreenHost, query: str) -> Screen[None]:
    return SkillsScreen(host.services, host.key_times, query)
