"""File operations of WASI modules, on the side that has the files: what must be decided, and how it is done."""

from blufio_tui.adapters.files.wasi.handles import HandleTable
from blufio_tui.adapters.files.wasi.open_handle import OpenHandle
from blufio_tui.adapters.files.wasi.operation import PartlyDecided, PreparedFileOperation, prepare

__all__ = ["HandleTable", "OpenHandle", "PartlyDecided", "PreparedFileOperation", "prepare"]
