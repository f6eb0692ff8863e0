"""A grant store in memory."""

from blufio_tui.core.policy.grants import Grant


class GrantList:
    blocked = ""

    def __init__(self, *grants: Grant) -> None:
        self.stored = {grant.grant_id: grant for grant in grants}

    def grants(self) -> tuple[Grant, ...]:
        return tuple(self.stored.values())

    async def add(self, grant: Grant) -> None:
        self.stored[grant.grant_id] = grant

    async def revoke(self, grant_id: str) -> Grant | None:
        return self.stored.pop(grant_id, None)
