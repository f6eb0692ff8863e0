"""Calls that stand still until the client comes back, and clients that never do."""

import asyncio

from mcp_types import CallToolResult, ElicitResult, TextContent

from blufio_tui.mcp_server.calls import MAX_STANDING, Asked, Call, StandingCalls


def result(text: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=text)])


def asking(call: Call, *, patience: float | None = None) -> Call:
    """The call runs: it asks once, and returns what it heard."""

    async def run() -> CallToolResult:
        try:
            async with asyncio.timeout(patience):
                return result((await call.put("May I?")).action)
        except TimeoutError:
            return result("nobody")

    call.task = asyncio.create_task(run())
    return call


async def test_a_call_goes_on_with_the_answer_and_is_found_once() -> None:
    calls, call = StandingCalls(), asking(Call("tool", {"a": 1}))
    assert isinstance(await call.result_or_question(), Asked)
    state = calls.keep(call)
    assert calls.take(state, "other", {"a": 1}) is None
    assert calls.take(state, "tool", {"a": 2}) is None
    assert calls.take("guess", "tool", {"a": 1}) is None
    assert calls.take(state, "tool", {"a": 1}) is call
    assert calls.take(state, "tool", {"a": 1}) is None
    call.hear(ElicitResult(action="accept"))
    assert await call.result_or_question() == result("accept")


async def test_coming_back_without_an_answer_is_no_answer() -> None:
    call = asking(Call("tool", {}))
    await call.result_or_question()
    call.hear(None)
    assert await call.result_or_question() == result("cancel")


async def test_a_question_that_ended_before_it_was_put_is_not_put() -> None:
    call = asking(Call("tool", {}), patience=0.0)
    assert await call.result_or_question() == result("nobody")


async def test_an_answer_that_comes_too_late_changes_nothing() -> None:
    call = asking(Call("tool", {}), patience=0.01)
    assert isinstance(await call.result_or_question(), Asked)
    assert call.task is not None
    await call.task
    call.hear(ElicitResult(action="accept"))
    assert await call.result_or_question() == result("nobody")


async def test_a_cancelled_wait_ends_the_call() -> None:
    call = Call("tool", {})
    call.task = asyncio.create_task(asyncio.Event().wait())  # type: ignore[arg-type]
    waiting = asyncio.create_task(call.result_or_question())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting, call.task})
    assert waiting.cancelled()
    assert call.task.cancelled()


async def test_a_client_that_never_comes_back_cannot_fill_the_memory() -> None:
    calls, kept = StandingCalls(), []
    for number in range(MAX_STANDING + 3):
        call = asking(Call("tool", {"n": number}))
        await call.result_or_question()
        kept.append((calls.keep(call), call))
    gone = [call.task for state, call in kept if calls.take(state, call.tool, call.arguments) is None]
    assert len(gone) == 3
    await asyncio.wait({task for task in gone if task is not None})
    assert all(task is not None and task.cancelled() for task in gone)
    for _, call in kept:
        call.hear(None)
    await asyncio.gather(*(call.task for _, call in kept[3:] if call.task is not None))
