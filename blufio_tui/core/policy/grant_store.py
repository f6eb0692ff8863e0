"""Where stored answers are kept, as the core sees it."""

from typing import Protocol

from blufio_tui.core.policy.grants import Grant


class GrantStore(Protocol):
    """Stored answers. Unreadable storage: `blocked` says why, and all that would need a grant is denied."""

    @property
    def blocked(self) -> str:
        """Why grants cannot be read, "" if they can."""
        ...

    def grants(self) -> tuple[Grant, ...]:
        """All live grants, session ones included, as they are now (another process may have changed them)."""
        ...

    async def add(self, grant: Grant) -> None: ...

    async def revoke(self, grant_id: str) -> Grant | None:
        """Remove one; the removed grant, or None if there is none with that id."""
        ...

    async def replace(self, grant: Grant) -> None:
        """Put a changed grant in the place of the stored one with its id. Raises `UsageError` if there is none."""
        ...

    async def rebind(self, name: str, publisher: str, old_hash: str, new_hash: str) -> int:
        """Carry a skill's allowances over to an update that the same publisher signed and that widens nothing
        (the caller has checked both); how many were carried over."""
        ...
