"""Which proxy of the environment a request goes through."""

import pytest

from blufio_tui.core.errors import ConfigError
from blufio_tui.core.guards.proxies import proxy_for, shown_proxy

PROXY = "http://proxy.example:3128"


@pytest.mark.parametrize(
    ("url", "no_proxy", "direct"),
    [
        ("https://api.example.com", "", False),
        ("https://api.example.com", "*", True),
        ("https://api.example.com", "example.com", True),
        ("https://api.example.com", ".example.com", True),
        ("https://api.example.com", "*.example.com", True),
        ("https://api.example.com", "other.org, API.EXAMPLE.COM.", True),
        ("https://api.example.com", "other.org api.example.com", True),
        ("https://myexample.com", "example.com", False),
        ("https://api.example.com", "example", False),
        ("https://api.example.com", "api.example.com:443", True),
        ("https://api.example.com", "api.example.com:8443", False),
        ("https://api.example.com:8443", "api.example.com:8443", True),
        ("https://api.example.com", "https://api.example.com", True),
        ("https://api.example.com", "http://api.example.com", False),
        ("http://10.1.2.3:8080", "10.0.0.0/8", True),
        ("http://10.1.2.3:8080", "10.1.2.3", True),
        ("http://11.1.2.3:8080", "10.0.0.0/8", False),
        ("http://[fd00::1]:8080", "fd00::/8", True),
        ("http://[fd00::1]:8080", "[fd00::]/8", True),
        ("http://[fd00::1]:8080", "fd00:0::1", True),
        ("http://[fd00::1]:8080", "[fd00::1]", True),
        ("http://[fd00::1]:8080", "[fd00::1]:8080", True),
        ("http://[fd00::1]:8080", "[fd00::1]:80", False),
        ("http://[fe80::1]:8080", "[::1]", False),
        ("https://bücher.example", "bücher.example", True),
        ("https://bücher.example", "xn--bcher-kva.example", True),
        ("https://xn--bcher-kva.example", "BÜCHER.example", True),
        ("https://api.example.com", "http://[,[,[::1,::::,1.2.3.4/99,:,/,-,ünï", False),
        ("https://my_host.example", "my_host.example", True),
    ],
)
def test_no_proxy_is_read_as_curl_and_go_read_it(url: str, no_proxy: str, direct: bool) -> None:
    assert proxy_for(url, {"http": PROXY, "https": PROXY, "no": no_proxy}) == ("" if direct else PROXY)


@pytest.mark.parametrize(
    ("url", "proxies", "proxy"),
    [
        ("https://a.example", {}, ""),
        ("https://a.example", {"http": PROXY}, ""),
        ("http://a.example", {"http": PROXY}, PROXY),
        ("https://a.example", {"all": PROXY}, PROXY),
        ("https://a.example", {"all": PROXY, "https": "http://b:1"}, "http://b:1"),
        ("https://a.example", {"https": "proxy:3128"}, "http://proxy:3128"),
        ("https://a.example", {"all": "socks5://proxy:1080"}, "socks5://proxy:1080"),
        ("https://a.example", {"all": "socks5h://me:pw@proxy:1080"}, "socks5h://me:pw@proxy:1080"),
        ("https://a.example", {"all": "ftp://proxy", "no": "a.example"}, ""),
    ],
)
def test_the_schemes_own_proxy_comes_before_the_one_for_all(url: str, proxies: dict[str, str], proxy: str) -> None:
    assert proxy_for(url, proxies) == proxy


@pytest.mark.parametrize(
    "proxy",
    [
        "ftp://me:pw@proxy:21",
        "socks4://me:pw@proxy",
        "http://me:pw@proxy:bad",
        "http://me:pw@proxy:99999",
        "http://me:pw@",
        "http://me:pw@[::1",
        "http://me:pw@a b",
        "http://me:pw@a\x1b[31m",
    ],
)
def test_a_proxy_that_cannot_be_used_is_named_without_its_password(proxy: str) -> None:
    with pytest.raises(ConfigError, match="^ALL_PROXY ") as raised:
        proxy_for("https://a.example", {"all": proxy})
    assert "pw" not in str(raised.value)


def test_a_proxy_is_shown_without_its_password() -> None:
    assert shown_proxy("http://me:p@w@proxy:3128/") == "http://proxy:3128"
    assert shown_proxy("") == ""
