"""From a file of native code to a module: copied first, then checked, then loaded from the very copy."""

import hashlib
import hmac
import mmap
import os

from wasmtime import Engine, Module, WasmtimeError

_MAX_MAPPED = 48 * 1024 * 1024
"""Larger code does not fit the room that a locked-down worker has for files in memory."""


class StaleModule(Exception):
    """The compiled bytes are not those that were announced, or not for this engine."""


def module_from(engine: Engine, descriptor: int, sha256: str) -> Module:
    """The module in an open file, if its content has this hash. Whoever can still write to that file changes nothing.

    Raises:
        StaleModule: it must not be used.
    """
    size = os.fstat(descriptor).st_size
    try:
        if hasattr(os, "memfd_create") and 0 < size <= _MAX_MAPPED:
            return _mapped(engine, descriptor, size, sha256)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read()
        _check(data, sha256)
        return Module.deserialize(engine, data)
    except (WasmtimeError, OSError) as error:
        raise StaleModule(str(error)) from error


def _mapped(engine: Engine, descriptor: int, size: int, sha256: str) -> Module:
    """By way of a file in memory, which the engine maps rather than copies if this process may open it by name."""
    copy = os.memfd_create("module", os.MFD_CLOEXEC)
    try:
        done = 0
        while done < size and (sent := os.sendfile(copy, descriptor, done, size - done)):
            done += sent
        with mmap.mmap(copy, size, prot=mmap.PROT_READ) as content:
            _check(content, sha256)
            if not _can_open(name := f"/proc/self/fd/{copy}"):
                return Module.deserialize(engine, content[:])
        return Module.deserialize_file(engine, name)
    finally:
        os.close(copy)


def _can_open(name: str) -> bool:
    try:
        os.close(os.open(name, os.O_RDONLY | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def _check(data: bytes | mmap.mmap, sha256: str) -> None:
    if not hmac.compare_digest(hashlib.sha256(data).hexdigest(), sha256):
        raise StaleModule("the compiled module does not have the hash that was announced")
