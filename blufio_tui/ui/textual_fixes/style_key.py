"""Whether a widget still looks as it did: Textual works its colours out anew for each painting, from all around it."""

from textual.widget import Widget


def style_key(widget: Widget) -> tuple[int, ...]:
    """Another one after any style of the widget, or of what it is in, has changed."""
    return tuple(node.styles._cache_key for node in widget.ancestors_with_self)
