"""What a stranger's manifest or package cannot slip through with."""

import time

import pytest

from blufio_tui.core.capability import Kind, Verdict
from blufio_tui.core.manifest.rules import canonical_domain, name_problem
from blufio_tui.core.policy.rule_targets import target_problem
from blufio_tui.core.skills.update import is_older
from blufio_tui.core.text.public_suffix import is_public_suffix
from blufio_tui.core.text.toml_lines import MAX_KEY_PARTS, line_with_long_key


@pytest.mark.parametrize(
    ("host", "public"),
    [
        ("com", True),
        ("co.uk", True),
        ("github.io", True),
        ("s3.amazonaws.com", True),
        ("anything.ck", True),
        ("www.ck", False),
        ("xn--55qx5d.cn", True),
        ("example.co.uk", False),
        ("me.github.io", False),
        ("api.weather.com", False),
        ("localhost", False),
        ("printer.lan", False),
    ],
)
def test_a_name_under_which_strangers_register_is_no_domain_of_anybody(host: str, public: bool) -> None:
    assert is_public_suffix(host) is public
    if host != "com" and "." in host:
        assert bool(canonical_domain(host)[1]) is public
        assert bool(canonical_domain(f"*.{host.upper()}.")[1]) is public
        assert bool(target_problem(Verdict.ALLOW, Kind.NET, f"GET {host}:443")) is public
    assert not target_problem(Verdict.DENY, Kind.NET, host)


@pytest.mark.parametrize(
    ("name", "fits"), [("-rf", False), ("--yes", False), ("-", False), ("a-b", True), ("_x", True)]
)
def test_a_name_that_a_program_would_take_for_an_option_is_refused(name: str, fits: bool) -> None:
    assert (name_problem(name) == "") is fits


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a" + ".a" * 20_000 + " = 1", 1),
        ("x = 1\n[a" + " . a" * 20_000 + "]", 2),
        ("x = { a" + ".a" * 20_000 + " = 1 }", 1),
        ("a" + '."=".b' * 20_000 + " = 1", 1),
        ("x = 1 # '''\na" + ".a" * 20_000 + " = 1 # '''", 2),
        ('x = { y = """\n""", a' + ".a" * 20_000 + ' = "x" }', 2),
        ("a.b.c = 'd" + "." * 20_000 + "'", 0),
        ("x = '''\n" + "." * 20_000 + "\n'''", 0),
        ("a" + ".a" * (MAX_KEY_PARTS - 1) + " = 1", 0),
        ("n = [" + "1.5, " * 20_000 + "]", 0),
    ],
)
def test_a_key_with_too_many_parts_is_found_in_no_time(text: str, line: int) -> None:
    start = time.perf_counter()
    assert line_with_long_key(text) == line
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    ("version", "than", "older"),
    [
        ("1.0.0", "1.0.1", True),
        ("1.9.0", "1.10.0", True),
        ("1.0.0-rc.1", "1.0.0", True),
        ("1.0.0-alpha", "1.0.0-alpha.1", True),
        ("1.0.0-2", "1.0.0-10", True),
        ("1.0.0-9", "1.0.0-a", True),
        ("1.0.0+1", "1.0.0+2", False),
        ("1.0.0", "1.0.0", False),
        ("2.0.0", "1.0.0", False),
        ("x", "1.0.0", False),
    ],
)
def test_versions_are_compared_as_semver_says(version: str, than: str, older: bool) -> None:
    assert is_older(version, than) is older
