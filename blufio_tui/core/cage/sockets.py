"""What connecting to a Unix socket means, by its name."""

import re

_TABLE: tuple[tuple[str, str], ...] = (
    (r"/(docker|podman|containerd|crio|buildkitd)(/.*)?\.sock$", "whoever reaches it can do anything on this machine"),
    (r"/(ssh-[^/]*/agent\.\d+|.*ssh-agent.*|keyring/ssh|S\.gpg-agent\.ssh)$", "your SSH keys sign what it asks for"),
    (r"/S\.(gpg-agent|dirmngr|scdaemon|keyboxd)[^/]*$", "your GnuPG keys sign and decrypt what it asks for"),
    (r"/(dbus-[^/]*|system_bus_socket|bus)$", "it can ask programs of your desktop and system to act"),
    (r"/\.X11-unix/|/wayland-\d+$", "it can see your screen and type into other windows"),
    (r"/(pulse|pipewire)[-/]|/pipewire-\d+$", "it can hear and record what your microphone hears"),
    (r"/keyring/|/kwallet", "it can ask for your stored passwords"),
    (r"/tmux-\d+/|/screen/|/vscode-ipc", "it can type into your other terminals"),
    (r"/systemd/", "it can start and stop services as you"),
    (r"/(postgresql|mysqld?)/|\.s\.PGSQL", "it can read and change your databases"),
)
_COMPILED = tuple((re.compile(pattern), words) for pattern, words in _TABLE)
SILENT = ("/run/nscd/socket", "/var/run/nscd/socket", "/run/systemd/resolve/io.systemd.Resolve", "/dev/log")
"""Asked by every program that looks up a name; refused without a question, since the cage has a resolver of its own."""


def meaning(path: str) -> str:
    """What saying yes means, for the question."""
    words = next((words for pattern, words in _COMPILED if pattern.search(path)), "")
    return words or "the program behind it acts outside the cage"
