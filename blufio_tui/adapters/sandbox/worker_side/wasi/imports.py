"""Every function of `wasi_snapshot_preview1`: its name, its type, and what carries it out."""

from collections.abc import Callable

from blufio_tui.adapters.sandbox.worker_side.wasi import attributes, paths, poll, process, streams
from blufio_tui.adapters.sandbox.worker_side.wasi.context import WasiContext
from blufio_tui.core.wasi.errno import Errno, WasiError

MODULE = "wasi_snapshot_preview1"
WasiFunction = Callable[..., None]

FUNCTIONS: dict[str, tuple[str, WasiFunction]] = {
    "args_get": ("ii", process.args_get),
    "args_sizes_get": ("ii", process.args_sizes_get),
    "clock_res_get": ("ii", process.clock_res_get),
    "clock_time_get": ("iIi", process.clock_time_get),
    "environ_get": ("ii", process.environ_get),
    "environ_sizes_get": ("ii", process.environ_sizes_get),
    "fd_advise": ("iIIi", streams.fd_advise),
    "fd_allocate": ("iII", streams.fd_allocate),
    "fd_close": ("i", attributes.fd_close),
    "fd_datasync": ("i", streams.fd_datasync),
    "fd_fdstat_get": ("ii", attributes.fd_fdstat_get),
    "fd_fdstat_set_flags": ("ii", attributes.fd_fdstat_set_flags),
    "fd_fdstat_set_rights": ("iII", attributes.fd_fdstat_set_rights),
    "fd_filestat_get": ("ii", attributes.fd_filestat_get),
    "fd_filestat_set_size": ("iI", attributes.fd_filestat_set_size),
    "fd_filestat_set_times": ("iIIi", attributes.fd_filestat_set_times),
    "fd_pread": ("iiiIi", streams.fd_pread),
    "fd_prestat_dir_name": ("iii", attributes.fd_prestat_dir_name),
    "fd_prestat_get": ("ii", attributes.fd_prestat_get),
    "fd_pwrite": ("iiiIi", streams.fd_pwrite),
    "fd_read": ("iiii", streams.fd_read),
    "fd_readdir": ("iiiIi", attributes.fd_readdir),
    "fd_renumber": ("ii", attributes.fd_renumber),
    "fd_seek": ("iIii", streams.fd_seek),
    "fd_sync": ("i", streams.fd_sync),
    "fd_tell": ("ii", streams.fd_tell),
    "fd_write": ("iiii", streams.fd_write),
    "path_create_directory": ("iii", paths.path_create_directory),
    "path_filestat_get": ("iiiii", paths.path_filestat_get),
    "path_filestat_set_times": ("iiiiIIi", paths.path_filestat_set_times),
    "path_link": ("iiiiiii", paths.path_link),
    "path_open": ("iiiiiIIii", paths.path_open),
    "path_readlink": ("iiiiii", paths.path_readlink),
    "path_remove_directory": ("iii", paths.path_remove_directory),
    "path_rename": ("iiiiii", paths.path_rename),
    "path_symlink": ("iiiii", paths.path_symlink),
    "path_unlink_file": ("iii", paths.path_unlink_file),
    "poll_oneoff": ("iiii", poll.poll_oneoff),
    "proc_exit": ("i", process.proc_exit),
    "proc_raise": ("i", process.proc_raise),
    "random_get": ("ii", process.random_get),
    "sched_yield": ("", process.sched_yield),
    "sock_accept": ("iii", process.no_sockets),
    "sock_recv": ("iiiiii", process.no_sockets),
    "sock_send": ("iiiii", process.no_sockets),
    "sock_shutdown": ("ii", process.no_sockets),
}
"""`i` is an i32 and `I` an i64 parameter. All return an errno, except `proc_exit`, which returns nothing."""

_MASKS = {"i": 0xFFFFFFFF, "I": 0xFFFFFFFFFFFFFFFF}
WITHOUT_RESULT = frozenset({"proc_exit"})


def bind(name: str) -> Callable[..., int | None]:
    """The host function for an import: takes a context and integers of either sign, returns the errno."""
    signature, function = FUNCTIONS[name]
    masks = [_MASKS[letter] for letter in signature]

    def call(context: WasiContext, *arguments: int) -> int | None:
        try:
            function(context, *[value & mask for value, mask in zip(arguments, masks, strict=True)])
        except WasiError as error:
            return int(error.errno)
        return int(Errno.SUCCESS)

    return call
