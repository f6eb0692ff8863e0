"""What a worker gives up once it has imported all it needs. Linux has the most to give."""

import resource
from collections.abc import Sequence
from dataclasses import dataclass

from blufio_tui.core.json_types import JsonObject


@dataclass(frozen=True, slots=True)
class HardeningReport:
    """Each measure and what became of it, in words for `doctor`."""

    measures: tuple[tuple[str, str], ...]

    def to_json(self) -> JsonObject:
        return dict(self.measures)


def apply(keep: Sequence[int]) -> HardeningReport:
    del keep
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    return HardeningReport((("rlimits", "active"),))
