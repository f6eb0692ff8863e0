"""The network guard: spellings that hide where a URL leads are refused, ordinary URLs are not."""

import ipaddress
from urllib.parse import urlsplit

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blufio_tui.core.errors import NeverRule
from blufio_tui.core.guards.addresses import address_class, parse_address
from blufio_tui.core.guards.domains import canonical_host, host_matches
from blufio_tui.core.guards.network import (
    AllowedPrivate,
    WebUrl,
    canonical_method,
    parse_url,
    refuse_never,
    resolve_location,
)
from tests.core.guards.url_spellings import ORDINARY, REFUSED

NOTHING = AllowedPrivate()


def is_refused(url: str) -> bool:
    try:
        refuse_never(parse_url(url), NOTHING)
    except NeverRule:
        return True
    return False


def test_none_of_more_than_four_hundred_hostile_spellings_passes() -> None:
    assert len(set(REFUSED)) > 400
    assert [url for url in REFUSED if not is_refused(url)] == []


def test_every_ordinary_url_passes_and_has_one_canonical_form() -> None:
    assert [url for url, _ in ORDINARY if is_refused(url)] == []
    assert [(url, parse_url(url).text) for url, _ in ORDINARY] == ORDINARY
    assert [parse_url(canonical).text for _, canonical in ORDINARY] == [canonical for _, canonical in ORDINARY]


@given(st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_text_either_is_refused_or_has_a_stable_harmless_form(text: str) -> None:
    for candidate in (text, f"http://{text}", f"http://{text}/x", f"http://example.com/{text}"):
        try:
            parsed = parse_url(candidate)
        except NeverRule:
            continue
        assert parse_url(parsed.text) == parsed
        assert parsed.text.isascii() and parsed.text.isprintable() and " " not in parsed.text


@given(st.text("aA1.:@/?#[]%-_0x\u3002", min_size=1, max_size=25))
@settings(max_examples=300, deadline=None)
def test_other_parsers_read_the_canonical_form_the_same_way(text: str) -> None:
    """Whoever parses the recorded URL again, a person's browser included, lands at the host that was decided on."""
    for candidate in (f"http://{text}", f"https://a.bc/{text}", f"https://a.bc:81{text}"):
        try:
            parsed = parse_url(candidate)
        except NeverRule:
            continue
        split, http = urlsplit(parsed.text), httpx2.URL(parsed.text)
        assert (split.scheme, split.hostname) == (http.scheme, http.host) == (parsed.scheme, parsed.host)
        assert (split.port or {"http": 80, "https": 443}[parsed.scheme]) == parsed.port


@given(st.text("019.:afx%٣²/", max_size=16) | st.ip_addresses().map(str))
@settings(max_examples=300, deadline=None)
def test_an_address_is_what_python_takes_for_one(text: str) -> None:
    try:
        expected = ipaddress.ip_address(text)
    except ValueError:
        expected = None
    assert parse_address(text) == (None if "%" in text else expected)


@given(st.ip_addresses())
@settings(max_examples=150, deadline=None)
def test_no_address_that_python_calls_private_passes(address: object) -> None:
    parsed = parse_address(str(address))
    assert parsed is not None
    if not parsed.is_global or parsed.is_multicast or parsed.is_reserved:
        # Python calls a few registry addresses global or not depending on its version; none of them is ours to allow.
        known_exceptions = ("192.31.196.", "192.52.193.", "192.175.48.", "2620:4f:8000:")
        assert address_class(parsed) or str(parsed).startswith(known_exceptions)


def test_the_reason_names_the_configuration_key_that_would_allow_it() -> None:
    with pytest.raises(NeverRule, match=r'127\.0\.0\.1 is a loopback address.*allow_private.*"127\.0\.0\.1:8080"'):
        refuse_never(parse_url("http://127.0.0.1:8080/"), NOTHING)


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080/"),
        ("localhost:3000", "http://LOCALHOST:3000/"),
        ("[::1]:8080", "http://[::1]:8080/"),
        ("192.168.1.10:443", "https://192.168.1.10/"),
        ("100.64.1.1:80", "http://100.64.1.1/"),
        ("[fd12::1]:80", "http://[fd12::1]/"),
        ("127.0.0.1:22", "http://127.0.0.1:22/"),
    ],
)
def test_a_listed_private_address_is_open_on_that_port_only(entry: str, url: str) -> None:
    parsed = parse_url(url)
    refuse_never(parsed, AllowedPrivate([entry]))
    with pytest.raises(NeverRule):
        refuse_never(WebUrl(parsed.scheme, parsed.host, 9999, "/"), AllowedPrivate([entry]))


@pytest.mark.parametrize(
    "host",
    ["169.254.169.254", "100.100.100.200", "[fd00:ec2::254]", "metadata.google.internal", "0.0.0.0", "224.0.0.1"],
)
def test_metadata_and_meaningless_addresses_cannot_be_listed(host: str) -> None:
    with pytest.raises(NeverRule):
        refuse_never(parse_url(f"http://{host}/"), AllowedPrivate([f"{host}:80"]))


def test_listing_an_address_does_not_open_a_name_that_means_it() -> None:
    with pytest.raises(NeverRule):
        refuse_never(parse_url("http://localhost:8080/"), AllowedPrivate(["127.0.0.1:8080"]))


@pytest.mark.parametrize(
    ("pattern", "host", "covered"),
    [
        ("example.com", "example.com", True),
        ("example.com", "www.example.com", True),
        ("example.com", "a.b.example.com", True),
        ("example.com", "notexample.com", False),
        ("example.com", "example.com.evil.net", False),
        ("example.com", "example.org", False),
        ("example.com", "com", False),
        ("EXAMPLE.com.", "www.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "www.example.com", True),
        ("*.example.com", "a.b.example.com", True),
        ("*.example.com", "evilexample.com", False),
        ("bücher.example", "xn--bcher-kva.example", True),
        ("*.bücher.example", "shop.xn--bcher-kva.example", True),
        ("1.1.1.1", "1.1.1.1", True),
        ("1.1.1.1", "a.1.1.1.1", False),
        ("*.1.1.1.1", "1.1.1.1", False),
        ("[2606:4700:4700::1111]", "2606:4700:4700::1111", True),
        ("1.1.1", "1.1.1.1", False),
        ("", "example.com", False),
        ("*", "example.com", False),
        ("*.", "example.com", False),
        ("exa*mple.com", "example.com", False),
        ("https://example.com", "example.com", False),
    ],
)
def test_domains_match_label_by_label(pattern: str, host: str, covered: bool) -> None:
    assert host_matches(pattern, host) is covered


def test_methods_are_normalised_and_dangerous_ones_refused() -> None:
    assert canonical_method("get") == "GET"
    for method in ("CONNECT", "TRACE", "TRACK", "GET /x HTTP/1.1\r\nX:", "", "PRI", "get\u0131"):
        with pytest.raises(NeverRule):
            canonical_method(method)


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/b", "https://example.com/b"),
        ("c?d", "https://example.com/a/c?d"),
        ("../x", "https://example.com/x"),
        ("?q=1", "https://example.com/a/b?q=1"),
        ("//other.org/x", "https://other.org/x"),
        ("https://other.org", "https://other.org/"),
        ("#top", "https://example.com/a/b"),
    ],
)
def test_a_redirect_is_resolved_against_the_request(location: str, target: str) -> None:
    assert resolve_location(parse_url("https://example.com/a/b"), location).text == target


@pytest.mark.parametrize(
    "location",
    [
        "http://example.com/",
        "ftp://example.com/",
        "javascript:x",
        "//user@evil.com",
        "\\\\evil.com\\",
        "/\r\nx",
        "//[::1",
        "https://2130706433/",
        "http:/x",
        "https://ⓔvil.com/",
    ],
)
def test_a_redirect_that_hides_or_downgrades_is_refused(location: str) -> None:
    with pytest.raises(NeverRule):
        refuse_never(resolve_location(parse_url("https://example.com/a/b"), location), NOTHING)


def test_canonical_hosts_are_fixed_points() -> None:
    for host in ("example.com", "xn--bcher-kva.example", "1.1.1.1", "my_bucket.example"):
        assert canonical_host(host) == host
