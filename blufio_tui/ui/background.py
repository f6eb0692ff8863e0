"""Work that continues while the screen stays alive."""

from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec

from textual.css.query import NoMatches
from textual.dom import DOMNode
from textual.worker import Worker

from blufio_tui.core.errors import BlufioError

P = ParamSpec("P")


def in_background(
    node: DOMNode, group: str, work: Callable[P, Awaitable[object]], *args: P.args, **kwargs: P.kwargs
) -> Worker[Any]:
    """Begin work that belongs to `node`; what of the same group is still going on there is given up.

    A `BlufioError` is shown to the person; the end of the program may find it at work. The coroutine is made when the
    work begins, so that work given up before that leaves nothing behind.
    """

    async def begin() -> None:
        try:
            await work(*args, **kwargs)
        except BlufioError as error:
            node.app.notify(str(error), severity="error", markup=False, timeout=8)
        except NoMatches:  # what it wanted to change went with the screen
            if node.app.return_code is None:
                raise

    start: Callable[[], Any] = begin
    return node.run_worker(start, group=group, exclusive=True)
