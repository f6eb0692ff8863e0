"""Waiting until the app has nothing left to do, on a quick machine and on a slow one alike."""

import asyncio

FRAME_SECS = 0.02
"""What is due within so long belongs to what was begun: a screen that is updated with the next frame."""


async def until_quiet(*_: float) -> None:
    """
    Until the event loop would only wait: nothing is ready to run, and what was due within a frame has run.

    Textual takes a process that used little time in the last 20 ms for quiet. One that shares its processor uses
    little while it has much to do.
    """
    loop = asyncio.get_running_loop()
    frame = loop.time() + FRAME_SECS
    while True:
        await asyncio.sleep(0)
        if loop._ready:
            continue
        due = min((handle.when() for handle in loop._scheduled if not handle.cancelled()), default=frame)
        if due >= frame:
            return
        await asyncio.sleep(max(due - loop.time(), 0))
