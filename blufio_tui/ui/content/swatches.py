"""What a theme looks like, in a few cells of its own colours."""

from textual.content import Content
from textual.theme import Theme

_TEXTS = ("muted", "ok", "warn", "bad", "info", "code")
_GROUNDS = ("selection", "line")
_ENOUGH = 256


def swatch(theme: Theme, colors: int | None = None) -> Content:
    """Text, a dot for each colour that text has, and blocks of what lies behind text; on the theme's background.

    Args:
        colors: how many the terminal has; None for no limit. Few cannot show a theme beside the one in use: words do.
    """
    if colors is not None and colors < _ENOUGH:
        return Content.styled(f"needs {_ENOUGH} colours", "$muted")
    ground = theme.background or "default"
    parts = [(" Aa ", f"{theme.foreground} on {ground}"), ("● ", f"{theme.primary} on {ground}")]
    parts += [("● ", f"{theme.variables[name]} on {ground}") for name in _TEXTS]
    blocks = [theme.panel or ground, *(theme.variables[name] for name in _GROUNDS)]
    parts += [("██", f"{block} on {ground}") for block in blocks]
    return Content.assemble(*parts, (" ", f"on {ground}"))


LEGEND = Content("\n").join(
    Content.assemble(("● ", style), meaning)
    for style, meaning in (
        ("$accent", "keys, links, where you are"),
        ("$ok", "allowed, done"),
        ("$warn", "waits for you, a warning"),
        ("$bad", "denied, failed"),
        ("$info", "running"),
        ("$code", "code in a sentence"),
        ("$muted", "less important text"),
    )
)
"""What the colours say, in those of the theme that is shown."""
