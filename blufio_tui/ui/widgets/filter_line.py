"""The line in which the words of a filter are typed."""

from textual.widgets import Input


class FilterLine(Input, inherit_bindings=False):
    """Leaves Enter to the screen, which acts on what the whole line finds. A key with priority there would come before
    the letters that were typed ahead of it in one burst: those are still on their way to this line."""

    BINDINGS = [binding for binding in Input.BINDINGS if getattr(binding, "key", "") != "enter"]  # noqa: RUF012
