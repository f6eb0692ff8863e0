"""What a skill may do: as symbols in one cell each, and in plain words."""

from textual.content import Content

from blufio_tui.core.capability import Kind
from blufio_tui.core.manifest.manifest import Capabilities, FilesystemCapability
from blufio_tui.core.policy.wording import KIND_SYMBOLS, capability_lines
from blufio_tui.core.text.display import visible

_SECRETS_SYMBOL = "✱"
_STYLES = {Kind.FS_READ: "$info", Kind.FS_WRITE: "bold $warn", Kind.NET: "$accent", Kind.ENV: "$warn"}
SYMBOLS_WIDTH = 5

Part = tuple[str, str, Capabilities]


def _parts(capabilities: Capabilities) -> list[Part]:
    """Symbol, style and the capabilities of each kind, each kind alone."""
    files = capabilities.filesystem
    return [
        (KIND_SYMBOLS[Kind.FS_READ], _STYLES[Kind.FS_READ], Capabilities(filesystem=FilesystemCapability(files.read))),
        (
            KIND_SYMBOLS[Kind.FS_WRITE],
            _STYLES[Kind.FS_WRITE],
            Capabilities(filesystem=FilesystemCapability((), files.write)),
        ),
        (KIND_SYMBOLS[Kind.NET], _STYLES[Kind.NET], Capabilities(network=capabilities.network)),
        (KIND_SYMBOLS[Kind.ENV], _STYLES[Kind.ENV], Capabilities(env=capabilities.env)),
        (_SECRETS_SYMBOL, "bold $warn", Capabilities(secrets=capabilities.secrets)),
    ]


def capability_symbols(capabilities: Capabilities) -> Content:
    """Each kind has its own cell, so that a column shows which skills may do what."""
    return Content.assemble(
        *((symbol, style) if capability_lines(part) else ("·", "$line") for symbol, style, part in _parts(capabilities))
    )


def capability_sentences(capabilities: Capabilities, width: int) -> list[Content]:
    """Everything the manifest asks for, a sentence each behind the symbol of its kind; empty when nothing."""
    lines: list[Content] = []
    for symbol, style, part in _parts(capabilities):
        for sentence in capability_lines(part):
            lines += bulleted(Content.styled(symbol, style), sentence, width)
    return lines


def bulleted(mark: Content, text: str, width: int, style: str = "") -> list[Content]:
    """A mark, and the text beside it, wrapped."""
    first, *rest = Content.styled(visible(text), style).wrap(max(width - 2, 10)) or [Content("")]
    return [Content.assemble(mark, " ", first), *(Content.assemble("  ", line) for line in rest)]
