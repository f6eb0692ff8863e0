"""What a caged command did: the programs it started, and below each the questions, hosts and files that were its."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from textual.content import Content

from blufio_tui.core.cage.effects_tree import CommandEffects, Did, tree
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.ui.content.resources import near
from blufio_tui.ui.content.symbols import NO_VERDICT, VERDICTS
from blufio_tui.ui.ports.services import EffectsPort, Services
from blufio_tui.ui.screens.explorer import Explorer
from blufio_tui.ui.text.columns import labelled

_DEEPEST = 12
"""Levels that are shown by indenting; what lies deeper stands below the last."""


@dataclass(frozen=True, slots=True)
class EffectRow:
    """`did` None: the row of the command itself."""

    number: int
    command: CommandEffects
    did: Did | None


class EffectsScreen(Explorer[EffectRow]):
    heading = "Effects"
    noun = "row"
    nothing = "No caged command has ended in this call."

    def __init__(self, services: Services, effects: EffectsPort, call_id: str) -> None:
        super().__init__(services)
        self._effects = effects
        self._call_id = call_id

    async def load(self) -> Sequence[EffectRow]:
        rows: list[EffectRow] = []
        for command in await self._effects.of_call(self._call_id):
            found = (None, *tree(command.rows))
            rows += [EffectRow(len(rows) + index, command, did) for index, did in enumerate(found)]
        return rows

    def row_key(self, row: EffectRow) -> Hashable:
        return row.number

    def line(self, row: EffectRow, width: int) -> Content:
        whole = Content.assemble(" ", (visible_line(row.command.command), "bold"))
        text = self._did(row.did) if row.did is not None else whole
        return text.truncate(width, ellipsis=True)

    def _did(self, did: Did) -> Content:
        indent = "  " * (min(did.depth, _DEEPEST) + 1)
        if did.kind == "program":
            return Content.assemble(indent, ("▸ ", "$muted"), visible_line(did.text))
        mark = VERDICTS.get(did.decision, NO_VERDICT)()
        what, _, resource = did.text.partition(" ")
        shown = visible_line(near(resource, self.services.project))
        return Content.assemble(indent, mark, f" {visible_line(what)} ", (shown, "$muted" if not did.decision else ""))

    def details(self, row: EffectRow, width: int) -> list[Content]:
        command, did = row.command, row.did
        if did is not None:
            lines = labelled("what" if did.kind != "program" else "program", visible(did.text), width)
            lines += labelled("decision", did.decision or "free in the cage", width) if did.kind != "program" else []
            return lines + (labelled("by", visible(did.rule), width) if did.decision else [])
        lines = labelled("command", visible(command.command), width)
        lines += labelled("in all", visible_line(command.in_words), width)
        lines += labelled("audit row", f"#{command.seq}", width)
        return lines + labelled("list", f"sha256 {command.digest}, as it stands in the log", width)
