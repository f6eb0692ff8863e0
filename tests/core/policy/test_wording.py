"""Capabilities and requests in plain words."""

from blufio_tui.core.capability import (
    Actor,
    ActorKind,
    CapabilityRequest,
    EnvTarget,
    ExecTarget,
    FileTarget,
    Kind,
    NetTarget,
)
from blufio_tui.core.manifest.manifest import Capabilities, FilesystemCapability, NetworkCapability
from blufio_tui.core.policy.wording import KIND_SYMBOLS, action, capability_lines, declared_in_words

ALL = Capabilities(
    network=NetworkCapability(("api.weather.com", "*.example.org"), ("GET", "HEAD")),
    filesystem=FilesystemCapability(read=("~/notes",), write=("~/out",)),
    env=("KEY",),
    secrets={"TOKEN": ("api.github.com",)},
)


def test_everything_a_manifest_asks_for_has_a_sentence() -> None:
    assert capability_lines(ALL) == (
        "read ~/notes and everything below it",
        "change ~/out and everything below it",
        "send GET and HEAD requests to api.weather.com and its subdomains",
        "send GET and HEAD requests to subdomains of example.org",
        "see the value of the environment variable KEY",
        "use the secret TOKEN in requests to api.github.com, without seeing it",
    )
    assert capability_lines(Capabilities()) == ()


def test_a_kind_can_be_summed_up() -> None:
    words = {kind: declared_in_words(ALL, kind) for kind in Kind if kind not in (Kind.UNIX, Kind.MODEL)}
    assert words == {
        Kind.FS_READ: "read ~/notes",
        Kind.FS_WRITE: "write ~/out",
        Kind.NET: "GET and HEAD to api.weather.com and *.example.org",
        Kind.ENV: "env KEY",
        Kind.EXEC: "",
    }


def test_a_request_is_a_sentence() -> None:
    actor = Actor(ActorKind.TOOL, "x")
    targets = {
        FileTarget(Kind.FS_READ, "/a", "a", "read"): "read /a",
        NetTarget("POST", "https", "e.com", 443, "https://e.com/"): "POST https://e.com/",
        EnvTarget("KEY"): "read the environment variable KEY",
        ExecTarget("ls", ("ls",), "/"): "run `ls`",
    }
    assert {target: action(CapabilityRequest(actor, target)) for target in targets} == targets


def test_every_kind_has_a_symbol_of_one_cell() -> None:
    assert {len(KIND_SYMBOLS[kind]) for kind in Kind} == {1}
    assert len(set(KIND_SYMBOLS.values())) == len(Kind)


def test_no_method_is_not_any_method() -> None:
    network = Capabilities(network=NetworkCapability(("example.org",), ()))
    assert declared_in_words(network, Kind.NET) == "no method to example.org"
    assert capability_lines(network) == ("send no requests to example.org and its subdomains",)
