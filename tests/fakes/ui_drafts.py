"""Drafts in memory, as they are found by the next program."""


class FakeDrafts:
    def __init__(self, abandoned: str = "") -> None:
        self.kept: dict[str, str] = {}
        self.left_behind = abandoned

    async def save(self, session_id: str, project: str, text: str) -> None:
        if text:
            self.kept[session_id] = text
        else:
            self.kept.pop(session_id, None)

    async def load(self, session_id: str) -> str:
        return self.kept.get(session_id, "")

    async def abandoned(self, project: str) -> str:
        text, self.left_behind = self.left_behind, ""
        return text
