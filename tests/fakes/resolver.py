"""A resolver that answers from a table, and counts."""

from blufio_tui.core.errors import HostError


class FakeResolver:
    """Each name has its answers in order; the last one is repeated. `asked` holds the names that were looked up."""

    def __init__(self, answers: dict[str, list[list[str]]] | None = None) -> None:
        self._answers = {name: list(lists) for name, lists in (answers or {}).items()}
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        lists = self._answers.get(host)
        if not lists:
            raise HostError(f"the name {host} cannot be resolved")
        return lists.pop(0) if len(lists) > 1 else lists[0]
