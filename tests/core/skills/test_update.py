"""What an update widens."""

import pytest

from blufio_tui.core.manifest.manifest import Capabilities, FilesystemCapability, Limits, Manifest, NetworkCapability
from blufio_tui.core.skills.update import capabilities_beyond, domain_covers, narrowings, widenings
from tests.fakes.skills import a_skill

NONE = Capabilities()


def net(*domains: str, methods: tuple[str, ...] | None = None) -> Capabilities:
    return Capabilities(network=NetworkCapability(domains, methods))


def read(*paths: str) -> Capabilities:
    return Capabilities(filesystem=FilesystemCapability(read=paths))


@pytest.mark.parametrize(
    ("approved", "wanted"),
    [
        (NONE, NONE),
        (net("a.com"), net("a.com")),
        (net("a.com"), net("b.a.com")),
        (net("a.com"), net("*.a.com")),
        (net("*.a.com"), net("*.b.a.com")),
        (net("a.com"), net("a.com", methods=("GET",))),
        (net("a.com"), NONE),
        (read("~/x"), read("~/x/y", "~/x/")),
        (read("/"), read("/etc")),
        (Capabilities(env=("A", "B")), Capabilities(env=("B",))),
        (Capabilities(secrets={"T": ("a.com",)}), Capabilities(secrets={"T": ("b.a.com",)})),
    ],
)
def test_what_was_approved_is_not_asked_again(approved: Capabilities, wanted: Capabilities) -> None:
    assert capabilities_beyond(approved, wanted) == NONE


@pytest.mark.parametrize(
    ("approved", "wanted", "beyond"),
    [
        (NONE, net("a.com"), net("a.com")),
        (net("a.com"), net("a.com", "b.com"), net("b.com")),
        (net("a.com"), net("aa.com"), net("aa.com")),
        (net("*.a.com"), net("a.com"), net("a.com")),
        (net("b.a.com"), net("a.com"), net("a.com")),
        (net("a.com", methods=("GET",)), net("a.com"), net("a.com")),
        (net("a.com", methods=("GET",)), net("a.com", methods=("GET", "POST")), net("a.com", methods=("POST",))),
        (read("~/x"), read("~/xy"), read("~/xy")),
        (read("~/x/y"), read("~/x"), read("~/x")),
        (read("~/x"), Capabilities(filesystem=FilesystemCapability(write=("~/x",))), None),
        (Capabilities(env=("A",)), Capabilities(env=("A", "B")), Capabilities(env=("B",))),
        (
            Capabilities(secrets={"T": ("a.com",)}),
            Capabilities(secrets={"T": ("a.com", "b.com")}),
            Capabilities(secrets={"T": ("b.com",)}),
        ),
    ],
)
def test_what_goes_beyond_is_found(approved: Capabilities, wanted: Capabilities, beyond: Capabilities | None) -> None:
    assert capabilities_beyond(approved, wanted) == (beyond or wanted)


def test_domains_cover_by_label() -> None:
    assert domain_covers("a.com", "x.a.com")
    assert not domain_covers("a.com", "xa.com")
    assert not domain_covers("*.a.com", "a.com")


def test_raised_limits_are_named_with_their_old_value() -> None:
    old = a_skill(manifest=Manifest("x", "1.0.0", "d"))
    new = a_skill(manifest=Manifest("x", "1.1.0", "d", limits=Limits(memory_mb=64, fuel=5)))
    assert widenings(old, new) == ("use up to 64 MiB of memory (before: 16)",)


def test_instructions_that_become_code_widen() -> None:
    new = a_skill(manifest=Manifest("x", "1.0.0", "d", capabilities=net("a.com")))
    assert widenings(a_skill(manifest=None), new) == (
        "run code (it was instructions only)",
        "send any request to a.com and its subdomains",
    )


@pytest.mark.parametrize(
    ("old", "new", "widened"),
    [
        (("Read",), ("Read",), False),
        (("Read",), ("Read", "Bash"), True),
        (("Read",), None, True),
        (None, ("Read",), False),
    ],
)
def test_instructions_widen_by_the_tools_they_allow(
    old: tuple[str, ...] | None, new: tuple[str, ...] | None, widened: bool
) -> None:
    before, after = a_skill(manifest=None, allowed_tools=old), a_skill(manifest=None, allowed_tools=new)
    assert bool(widenings(before, after)) is widened


def test_what_is_given_up_is_named() -> None:
    old = a_skill(manifest=Manifest("x", "1.0.0", "d", capabilities=read("~/x")))
    assert narrowings(old, a_skill(manifest=Manifest("x", "1.0.0", "d"))) == ("read ~/x and everything below it",)
