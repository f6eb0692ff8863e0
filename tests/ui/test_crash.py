"""A crash of the app is told to whoever started it."""

from blufio_tui.ui.app import BlufioApp, _exit_code
from tests.fakes.ui_services import Fakes


async def test_a_crash_ends_with_a_status_that_is_not_zero() -> None:
    app = BlufioApp(Fakes().services())
    try:
        async with app.run_test():
            app.call_later(lambda: 1 // 0)
    except ZeroDivisionError:
        pass
    assert _exit_code(app, None) == 1


def test_a_normal_end_is_zero_and_an_asked_for_code_is_kept() -> None:
    app = BlufioApp(Fakes().services())
    assert (_exit_code(app, None), _exit_code(app, 3)) == (0, 3)
