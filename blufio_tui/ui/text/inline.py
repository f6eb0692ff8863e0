"""Inline Markdown to styled text. Nothing from the model is ever read as Textual markup."""

from markdown_it.tree import SyntaxTreeNode
from textual.content import Content

from blufio_tui.core.text.display import steady, visible
from blufio_tui.ui.text.links import linked, with_links

_STYLES = {"em": "italic", "strong": "bold", "s": "strike"}


def inline_content(node: SyntaxTreeNode) -> Content:
    """The text of a paragraph, heading or table cell."""
    return Content("").join([_piece(child) for child in node.children])


def _piece(node: SyntaxTreeNode) -> Content:
    match node.type:
        case "softbreak":
            return Content(" ")
        case "hardbreak":
            return Content("\n")
        case "code_inline":
            return with_links(Content.styled(visible(steady(node.content)), "$code on $panel"))
        case "em" | "strong" | "s":
            return inline_content(node).stylize(_STYLES[node.type])
        case "link":
            return _link(node)
        case "image":
            return Content.assemble(
                ("image ", "$muted"), visible(steady(node.content)), _target(str(node.attrs.get("src", "")))
            )
        case _ if node.children:
            return inline_content(node)
        case _:
            return with_links(Content(visible(steady(node.content))))


def _link(node: SyntaxTreeNode) -> Content:
    """A link shows where it leads, unless its text says so already."""
    text, target = inline_content(node), str(node.attrs.get("href", ""))
    styled = linked(text.stylize("underline"), target)
    return styled if text.plain == visible(steady(target)) else Content.assemble(styled, _target(target))


def _target(url: str) -> Content:
    return Content.styled(f" ({visible(url)})", "$muted")
