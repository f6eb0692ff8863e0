"""What an editor sends as a prompt: text, images, links and pieces of files."""

import base64
import binascii
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from acp.schema import (
    AudioContentBlock,
    BlobResourceContents,
    EmbeddedResourceContentBlock,
    ImageContentBlock,
    ResourceContentBlock,
    TextContentBlock,
    TextResourceContents,
)

from blufio_tui.core.agent.attach import Attachment, content_attachment, quoted
from blufio_tui.core.conversation import Block
from blufio_tui.core.pictures import image_block
from blufio_tui.core.text.unicode import well_formed

PromptBlock = (
    TextContentBlock | ImageContentBlock | AudioContentBlock | ResourceContentBlock | EmbeddedResourceContentBlock
)

MAX_BLOCKS = 100
"""Parts of one prompt that carry something with them."""


@dataclass(slots=True)
class Prompt:
    """
    Attributes:
        text: what the person wrote; a link to a file stands in it as `@path`, which is attached through the gate.
        attachments: what the editor itself sent along.
        notes: a sentence for each part that could not be taken, or not whole.
    """

    text: str = ""
    attachments: list[Block] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def prompt_of(blocks: Sequence[PromptBlock], project: str) -> Prompt:
    """
    Args:
        project: paths below it are written relative to it.
    """
    prompt, pieces = Prompt(), list[str]()
    for block in blocks:
        if isinstance(block, TextContentBlock):
            pieces.append(block.text)
            continue
        if len(prompt.attachments) >= MAX_BLOCKS:
            prompt.notes.append(f"Only {MAX_BLOCKS} parts can go with one prompt; the others are left out.")
            break
        match block:
            case ImageContentBlock():
                _add_image(prompt, block)
            case ResourceContentBlock():
                pieces.append(linked(block.uri, project))
            case EmbeddedResourceContentBlock():
                pieces.append(_add_resource(prompt, block.resource, project))
            case AudioContentBlock():
                prompt.notes.append("Sound is not supported; it is left out.")
    prompt.text = well_formed("".join(pieces))
    return prompt


def file_path(uri: str) -> str:
    """The path of a `file:` address of this machine, without what it says of lines; "" for any other."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return ""
    path = unquote(parts.path)
    is_file = parts.scheme == "file" and parts.netloc in ("", "localhost") and path.startswith("/")
    return "" if not is_file or "\0" in path or "\n" in path or '"' in path else path


def name_of(uri: str, project: str) -> str:
    """How a resource is called: its path in the project, else its path, else its address."""
    path = file_path(uri)
    if not path:
        return uri
    below = os.path.relpath(path, project)
    return path if below.startswith("..") else below


def linked(uri: str, project: str) -> str:
    """How a link stands in the prompt: a file as a mention, which is attached like one that was typed."""
    return f" {quoted(name_of(uri, project))} " if file_path(uri) else f" {uri} "


def _add_image(prompt: Prompt, block: ImageContentBlock) -> None:
    data = _decoded(block.data)
    if data is None:
        prompt.notes.append("An image is left out: it is not base64.")
        return
    try:
        prompt.attachments.append(image_block(data))
    except ValueError as error:
        prompt.notes.append(f"An image is left out. {error}")


def _add_resource(prompt: Prompt, resource: TextResourceContents | BlobResourceContents, project: str) -> str:
    """What stands for it in the prompt: its name. It is the editor's text, saved or not; nothing is read here."""
    name = " ".join(name_of(resource.uri, project).split())
    match resource:
        case TextResourceContents():
            data: bytes | None = well_formed(resource.text).encode()
        case BlobResourceContents():
            data = _decoded(resource.blob)
    found = Attachment(name, None, f"{name} is left out: it is not base64.") if data is None else None
    found = found or content_attachment(name, data or b"")
    if found.block is not None:
        prompt.attachments.append(found.block)
    if found.note:
        prompt.notes.append(found.note)
    return f" {name} "


def _decoded(data: str) -> bytes | None:
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return None
