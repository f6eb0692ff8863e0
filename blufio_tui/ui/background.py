"""Work that goes on while the screen stays alive."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, ParamSpec

from textual.dom import DOMNode
from textual.worker import Worker

P = ParamSpec("P")


def in_background(
    node: DOMNode, group: str, work: Callable[P, Awaitable[object]], *args: P.args, **kwargs: P.kwargs
) -> Worker[Any]:
    """Begin work that belongs to `node`; what of the same group is still going on there is given up.

    The coroutine is made when the work begins, so that work given up before that leaves nothing behind.
    """
    begin: Callable[[], Any] = partial(work, *args, **kwargs)
    return node.run_worker(begin, group=group, exclusive=True, exit_on_error=False)
