"""Reads the files that a prompt names, through the same gate as every other effect."""

import asyncio
import json
from pathlib import Path

from blufio_tui.core.agent.attach import (
    Attachment,
    content_attachment,
    folder_attachment,
    mentions,
    pasted_path,
    quoted,
)
from blufio_tui.core.effects import ListDir, Perform, ReadFile
from blufio_tui.core.errors import CapabilityDenied, HostError

MAX_ATTACHMENTS = 20


async def attach(text: str, root: Path, perform: Perform) -> list[Attachment]:
    """The attachments for the prompt's `@path` mentions, each path once, in order.

    A mention that names nothing and does not look like a path (`@bob`, `@decorator(…)`) is text and left
    out. A refused or unreadable file becomes an `Attachment` without a block, never an exception.
    """
    found: list[Attachment] = []
    for path in dict.fromkeys(mention.path for mention in mentions(text)):
        place = root / Path(path).expanduser()
        kind = await asyncio.to_thread(_kind, place)
        if kind == "nothing" and not _looks_like_path(path):
            continue
        if len(found) == MAX_ATTACHMENTS:
            found.append(
                Attachment(
                    path, None, f"Only {MAX_ATTACHMENTS} files can be attached to one prompt; {path} is left out."
                )
            )
            break
        found.append(await _attach_one(path, place, kind, perform))
    return found


def pasted_mention(text: str) -> str:
    """The `@path` for a file that was dropped on the terminal; "" if what was pasted is not the path of a file."""
    path = pasted_path(text)
    return quoted(path) if path and _kind(Path(path).expanduser()) == "file" else ""


async def _attach_one(path: str, place: Path, kind: str, perform: Perform) -> Attachment:
    try:
        if kind == "folder":
            listing = await perform(ListDir(str(place)))
            return folder_attachment(path, _names(listing.data))
        content = await perform(ReadFile(str(place)))
    except CapabilityDenied as denied:
        return Attachment(path, None, f"{path} is not attached: {denied}")
    except HostError as error:
        return Attachment(path, None, f"{path} is not attached: {error}")
    return await asyncio.to_thread(content_attachment, path, content.data)


def _kind(place: Path) -> str:
    try:
        if place.is_dir():
            return "folder"
        return "file" if place.exists() else "nothing"
    except (OSError, ValueError):
        return "nothing"


def _looks_like_path(path: str) -> bool:
    return ("/" in path or "." in path) and not any(character in path for character in "()<>{}=")


def _names(data: bytes) -> list[str]:
    return [entry["name"] + ("/" if entry["type"] == "dir" else "") for entry in json.loads(data)]
