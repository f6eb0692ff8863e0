"""Files named in a prompt as `@path`: finding them in the text, and the content blocks that are sent for them."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from blufio_tui.core.conversation import ImageBlock, TextBlock
from blufio_tui.core.pictures import image_block, image_type

MAX_TEXT_BYTES = 100_000

ATTACHED_HEAD = "\n\nAttached: "
"""Begins each text that is attached."""

_MENTION = re.compile(r'(?<![\w@/."])@(?:"(?P<quoted>[^"\n]*)"?|(?P<plain>[^\s"@][^\s"]*)?)')
_TRAILING = ".,;:!?)]}'"


@dataclass(frozen=True, slots=True)
class Mention:
    """`path` as written, without the `@` and quotes; the mention is `text[start:end]`."""

    path: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Attachment:
    """The result of one mention. `block` is None if it could not be attached; `note` says why, or what was left out."""

    path: str
    block: TextBlock | ImageBlock | None
    note: str = ""


def mentions(text: str) -> list[Mention]:
    """Each `@path` and `@"path with spaces"`, not e-mail addresses; punctuation after a path is not part of it."""
    found = (_mention(match, trim=True) for match in _MENTION.finditer(text))
    return [mention for mention in found if mention.path]


def mention_at(text: str, cursor: int) -> Mention | None:
    """The mention that the cursor is in or directly behind, even an empty one."""
    for match in _MENTION.finditer(text):
        mention = _mention(match, trim=False)
        if mention.start < cursor <= mention.end:
            return mention
    return None


def _mention(match: re.Match[str], *, trim: bool) -> Mention:
    if match["quoted"] is not None:
        return Mention(match["quoted"], match.start(), match.end())
    path = match["plain"] or ""
    kept = path.rstrip(_TRAILING) if trim else path
    return Mention(kept, match.start(), match.end() - (len(path) - len(kept)))


def quoted(path: str) -> str:
    """The mention that stands for a path."""
    plain = not re.search(r'[\s"]', path) and path == path.rstrip(_TRAILING)
    return f"@{path}" if plain else f'@"{path}"'


def pasted_path(text: str) -> str:
    """The path that a pasted line is, as terminals write one for a file that is dropped on them: bare, in quotes, with
    escaped spaces, or as a file: address. "" for any other text."""
    line = text.strip()
    if not line or "\n" in line or len(line) > 4096:
        return ""
    if line.startswith("file://"):
        parts = urlsplit(line)
        return unquote(parts.path) if parts.netloc in ("", "localhost") else ""
    is_quoted = line[0] == line[-1] and line[0] in "'\"" and len(line) > 2
    line = line[1:-1] if is_quoted else re.sub(r"\\(.)", r"\1", line)
    return line if line.startswith(("/", "~/")) else ""


def content_attachment(path: str, data: bytes) -> Attachment:
    """The content of a file as a block: an image if its bytes say so, whatever its name; otherwise UTF-8 text."""
    if image_type(data):
        return _image(path, data)
    if b"\0" in data[:8192]:
        return Attachment(
            path, None, f"{path} is neither text nor an image that a model accepts (PNG, JPEG, GIF, WebP)."
        )
    cut = data[:MAX_TEXT_BYTES]
    try:
        text = cut.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if len(data) <= MAX_TEXT_BYTES or error.start < len(cut) - 4:
            return Attachment(path, None, f"{path} is not UTF-8 text (byte {error.start}).")
        text = cut[: error.start].decode("utf-8-sig")
    left_out = len(data) - len(cut)
    note = f"Only the first {len(cut):,} bytes of {path} are attached; {left_out:,} are left out." if left_out else ""
    return Attachment(path, TextBlock(_framed(path, text, note)), note)


def _image(path: str, data: bytes) -> Attachment:
    try:
        return Attachment(path, image_block(data))
    except ValueError as error:
        return Attachment(path, None, f"{path}: {error}")


def folder_attachment(path: str, names: list[str]) -> Attachment:
    shown = "\n".join(names[:500])
    note = f"Only 500 of the {len(names)} entries of {path} are attached." if len(names) > 500 else ""
    return Attachment(path, TextBlock(_framed(path, shown, note)), note)


def _framed(path: str, text: str, note: str) -> str:
    """The text in a fence that it cannot close itself, below a line that says where it is from."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    name = path.replace("\n", " ")
    return f"{ATTACHED_HEAD}{name}{f' ({note})' if note else ''}\n{fence}\n{text.rstrip(chr(10))}\n{fence}\n"
