"""Where conversations are kept, as the core sees it."""

from collections.abc import Sequence
from typing import Protocol

from blufio_tui.core.conversation import Message
from blufio_tui.core.sessions.records import (
    BranchEnd,
    DaySpending,
    MessageState,
    ModelSpending,
    RequestRecord,
    SearchHit,
    SessionInfo,
    Spending,
    StoredMessage,
    ToolCallRecord,
    Totals,
    TurnEnding,
)


class SessionStore(Protocol):
    """Conversations and the ledger. Everything is committed when a method returns.

    A session is a tree of messages with one active branch. Each process keeps its own place in it: two
    instances that talk in one session make two branches rather than mix their turns.
    Methods raise `StorageError` when the database cannot be used or the session does not exist.
    """

    async def create(self, project: str) -> str:
        """A new, empty session; its id."""
        ...

    async def append(
        self,
        session_id: str,
        turn_id: str,
        message: Message,
        state: MessageState = MessageState.COMPLETE,
        *,
        sequence: int | None = None,
    ) -> int:
        """Add a message to the end of the active branch; its id.

        With `sequence`, (turn_id, sequence) is stored once however often it is appended: a complete
        message takes the place of a partial one, anything else returns the id of what is there.
        """
        ...

    async def messages(self, session_id: str, *, before_id: int = 0, limit: int = 0) -> list[StoredMessage]:
        """What the model is sent, in order: the active branch, where the last summary stands for what it covers.

        The last `limit` messages before `before_id` (0: no bound).
        """
        ...

    async def all_messages(self, session_id: str, *, before_id: int = 0, limit: int = 0) -> list[StoredMessage]:
        """The active branch as a person sees it: every message, summaries at the place where they were made."""
        ...

    async def add_summary(self, session_id: str, turn_id: str, summary: Message, stands_for: int) -> int:
        """Compact: from now on `summary` is sent in place of the active branch up to message `stands_for`,
        which stays stored; its id."""
        ...

    async def note_ending(self, session_id: str, turn_id: str, ending: TurnEnding) -> None:
        """Note with the last message of the active branch how its turn ended, if it is one of this turn."""
        ...

    async def rewind(self, session_id: str, message_id: int) -> None:
        """End the active branch at `message_id` (0: before the first). What came after stays as a branch."""
        ...

    async def record_tool_call(self, record: ToolCallRecord) -> None:
        """Store or, for the same call, replace."""
        ...

    async def known_calls(self, session_id: str, call_ids: Sequence[str]) -> set[str]:
        """Of these ids, those of calls that are stored for the session, on whatever branch."""
        ...

    async def record_request(self, record: RequestRecord) -> None: ...

    async def spending(self, session_id: str) -> Spending: ...

    async def info(self, session_id: str) -> SessionInfo | None: ...

    async def recent(self, *, project: str = "", limit: int = 200) -> list[SessionInfo]:
        """Sessions with something in them, the one last written to first."""
        ...


class SessionLibrary(SessionStore, Protocol):
    """What the screens and the command line do with sessions beyond a turn."""

    async def resume(self, session_id: str) -> SessionInfo:
        """Continue where the session was last left, by any process."""
        ...

    async def find(self, prefix: str) -> str:
        """The one session whose id starts with `prefix`.

        Raises:
            UsageError: none does, or several do (the message names them).
        """
        ...

    async def rename(self, session_id: str, title: str) -> None: ...

    async def delete(self, session_id: str) -> None:
        """Remove the conversation permanently. Its ledger rows stay: they are what was spent."""
        ...

    async def search(self, text: str, *, limit: int = 50) -> list[SearchHit]:
        """Sessions with a message in which all words (or "phrases") of `text` occur, newest match first. Any text
        that a person may type is a query."""
        ...

    async def branches(self, session_id: str, message_id: int) -> list[StoredMessage]:
        """The alternatives at the place of `message_id`, oldest first, itself included."""
        ...

    async def branch_ends(self, session_id: str) -> list[BranchEnd]: ...

    async def switch_branch(self, session_id: str, message_id: int) -> None:
        """Make the branch that goes through `message_id` active, to its newest end."""
        ...

    async def tool_calls(self, session_id: str, *, turn_id: str = "", limit: int = 200) -> list[ToolCallRecord]:
        """The last `limit` calls, oldest first."""
        ...

    async def requests(self, session_id: str, *, limit: int = 200) -> list[RequestRecord]:
        """The last `limit` ledger rows of a session, oldest first."""
        ...

    async def export_json(self, session_id: str) -> str:
        """The whole session, all branches, as JSON; secrets redacted."""
        ...

    async def export_markdown(self, session_id: str) -> str:
        """The active branch as Markdown; secrets redacted."""
        ...

    async def import_json(self, text: str) -> str:
        """Store an exported session; its id (a new one if that id is taken).

        Raises:
            UsageError: not an exported session; the message says where it is wrong.
        """
        ...

    async def spending_by_day(self, days: int = 30) -> list[DaySpending]:
        """The last `days` days, today last, days without requests included."""
        ...

    async def spending_by_model(self, *, since: float = 0.0) -> list[ModelSpending]:
        """Most expensive first."""
        ...

    async def totals(self, *, session_id: str = "", turn_id: str = "", since: float = 0.0) -> Totals: ...
