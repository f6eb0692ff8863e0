"""Pure rules about paths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.core.errors import NeverRule
from blufio_tui.core.guards.paths import Places, Protected, absolute, covers, lookalikes, refuse_special

PLACES = Places("/home/ann", "/work/shop")


@pytest.mark.parametrize(
    ("written", "meaning"),
    [
        ("notes.txt", "/work/shop/notes.txt"),
        ("./a/b", "/work/shop/./a/b"),
        ("../x", "/work/shop/../x"),
        ("/etc/hosts", "/etc/hosts"),
        ("~", "/home/ann"),
        ("~/x", "/home/ann/x"),
        ("${PROJECT}", "/work/shop"),
        ("${PROJECT}/x", "/work/shop/x"),
        ("~root/x", "/work/shop/~root/x"),
        ("${HOME}/x", "/work/shop/${HOME}/x"),
        ("${PROJECT}x", "/work/shop/${PROJECT}x"),
        ("$PROJECT/x", "/work/shop/$PROJECT/x"),
        ("a/~/x", "/work/shop/a/~/x"),
        ("%2e%2e/%2e%2e/etc/passwd", "/work/shop/%2e%2e/%2e%2e/etc/passwd"),
        ("..\\..\\etc", "/work/shop/..\\..\\etc"),
        ("file:///etc/passwd", "/work/shop/file:///etc/passwd"),
        (" /etc/passwd", "/work/shop/ /etc/passwd"),
    ],
)
def test_a_written_path_means_one_thing(written: str, meaning: str) -> None:
    assert absolute(written, PLACES) == meaning


@pytest.mark.parametrize(
    "written", ["", "\0", "a\0b", "/etc/passwd\0.txt", "\ud800", "a" * 256, "a/" * 2100, "é" * 128]
)
def test_a_path_that_no_system_could_hold_is_refused(written: str) -> None:
    with pytest.raises(NeverRule, match="malformed path"):
        absolute(written, PLACES)


@pytest.mark.parametrize(
    ("folder", "path", "covered"),
    [
        ("/a", "/a", True),
        ("/a", "/a/b", True),
        ("/a/", "/a/b", True),
        ("/a", "/ab", False),
        ("/a", "/a-evil/x", False),
        ("/a", "/a.", False),
        ("/a/b", "/a", False),
        ("/a", "/A/b", False),
        ("/", "/anything", True),
        ("/caf\u00e9", "/cafe\u0301/x", False),
    ],
)
def test_a_folder_covers_what_is_below_it_name_by_name(folder: str, path: str, covered: bool) -> None:
    assert covers(folder, path) is covered


@given(st.text("ab/.", max_size=12), st.text("ab/.", max_size=12))
def test_covering_never_crosses_a_name(folder: str, rest: str) -> None:
    folder = "/" + folder.strip("/")
    if covers(folder, folder + rest) and folder != "/":
        assert rest == "" or rest.startswith("/")


@pytest.mark.parametrize("path", ["/proc", "/proc/self/environ", "/sys/kernel", "/dev/null", "/dev/stdin", "/dev"])
def test_views_of_the_system_are_closed(path: str) -> None:
    with pytest.raises(NeverRule):
        refuse_special(path)


@pytest.mark.parametrize("path", ["/process/x", "/home/proc/x", "/device", "/system", "/srv/dev/null"])
def test_names_that_only_look_like_views_are_open(path: str) -> None:
    refuse_special(path)


@pytest.mark.parametrize(
    "path",
    [
        "/home/ann/.blufio/blufio.db",
        "/home/ann/.blufio/keys",
        "/home/ann/.blufio/keys/audit.key",
        "/home/ann/.BLUFIO/Blufio.DB",
        "/HOME/ann/.blufio/KEYS/x",
        "/home/ann/.blufio/\uff4beys/x",
    ],
)
def test_own_files_are_closed_whatever_the_case(path: str) -> None:
    with pytest.raises(NeverRule, match="own files"):
        Protected(["/home/ann/.blufio/blufio.db", "/home/ann/.blufio/keys"]).refuse(path, "read")


def test_a_folder_above_own_files_can_be_listed_but_not_moved_or_removed() -> None:
    protected = Protected(["/home/ann/.blufio/blufio.db"])
    protected.refuse("/home/ann/.blufio", "list")
    protected.refuse("/home/ann/.blufio/blufio.db.txt", "write")
    for operation in ("rename", "remove", "rmdir", "unlink", "link", "symlink"):
        with pytest.raises(NeverRule):
            protected.refuse("/home/ann", operation)


def test_names_that_differ_in_case_or_unicode_form_only_are_shown() -> None:
    assert lookalikes("README.md", ["README.md", "Readme.md", "readme.MD", "READ.md"]) == ("Readme.md", "readme.MD")
    assert lookalikes("caf\u00e9", ["cafe\u0301", "cafe"]) == ("cafe\u0301",)
