"""A key as the help screen and the keys page list it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeyRow:
    """
    Attributes:
        place: where it works.
        keys: as they are now, spelled for people.
        binding_id: the name under `[ui.keys]`.
    """

    place: str
    keys: str
    title: str
    help: str
    binding_id: str
