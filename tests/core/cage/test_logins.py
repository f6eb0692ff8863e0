"""Which settings of tools hold a login, by their content: a table."""

from time import process_time

import pytest

from blufio_tui.core.cage.logins import MAX_LOOKED_AT, why_private

_LOGINS = r"""
//registry.npmjs.org/:_authToken=npm_0123456789
//registry.npmjs.org/:_authToken = abc
_auth=dXNlcjpwYXNz
_auth = "dXNlcjpwYXNz"
//host/:_password=cGFzcw==
;//host/:_password=cGFzcw==
# _authToken=abc
//host/:always-auth=true _auth=x
email=a@b.c\n//host/:_authToken=abc
proxy=http://user:hunter2@proxy:8080
npmAuthToken: "abc"
npmAuthIdent: user:pass
[global]\nindex-url = https://user:hunter2@pypi.example.org/simple
[global]\nindex-url =\n    https://user:hunter2@pypi.example.org/simple
[global]\nindex-url = https://0123456789abcdef0123@pypi.example.org/simple
[distutils]\npassword = hunter2
[pypi]\npassword =\n    hunter2
[registries.mine]\ntoken = "abc"
[registry]\ntoken = 'abc'
[http]\n\textraheader = AUTHORIZATION: basic abc
[url "https://user:hunter2@github.com/"]\n\tinsteadOf = https://github.com/
[github]\n\ttoken = abc
[sendemail]\n\tsmtpPass = hunter2
[credential]\n\thelper = "!f() { echo username=me; echo password=hunter2; }; f"
<server><username>me</username><password>hunter2</password></server>
<password>\n  hunter2</password>
<password>{COQLCE6DU6GtcS5P=}</password>
<passphrase>a</passphrase>
mavenPassword=hunter2
signing.password = hunter2
sonatypeToken=abc
systemProp.http.proxyPassword=hunter2
gpr.key=ghp_0123456789012345678901234567
aws_secret_access_key = abc
{"auths": {"host": {"auth": "dXNlcjpwYXNz"}}}
{"auths": {"host": {"identitytoken": "abc"}}}
channels:\n  - https://conda.anaconda.org/t/aa-01234567-0123/x\nanaconda_token: abc
GOPROXY=https://user:hunter2@proxy.example.org
default-header: Authorization: Bearer 0123456789abcdef
machine host login me password hunter2
:rubygems_api_key: rubygems_abc
BUNDLE_CREDENTIALS: "user:pass"
-----BEGIN OPENSSH PRIVATE KEY-----\nabc
password: ${X}abc
PASSWORD=HUNTER2
""".strip().split("\n")

_FREE = r"""
registry=https://registry.npmjs.org/
//registry.npmjs.org/:_authToken=${NPM_TOKEN}
//registry.npmjs.org/:_authToken="${NPM_TOKEN}"
//host/:_password=${P}\nemail=a@b.c
always-auth=true
auth-type=legacy
_auth=
fund=false\naudit=false\nsave-exact=true
[global]\nindex-url = https://pypi.example.org/simple\ntrusted-host = pypi.example.org
[global]\nindex-url = https://user:${PASSWORD}@pypi.example.org/simple
[user]\n\tname = A B\n\temail = a@b.c\n\tsigningkey = 0123456789ABCDEF
[credential]\n\thelper = store
[credential "https://github.com"]\n\thelper = !gh auth git-credential
[credential]\n\thelper = "!f() { echo username=me; echo password=$TOKEN; }; f"
[url "git@github.com:"]\n\tinsteadOf = https://github.com/
[url "ssh://git@github.com/"]\n\tinsteadOf = https://github.com/
[registry]\nglobal-credential-providers = ["cargo:token"]
[net]\ngit-fetch-with-cli = true
[build]\nrustflags = ["-C", "target-cpu=native"]
org.gradle.jvmargs=-Xmx4g\norg.gradle.parallel=true
<settings><localRepository>/x</localRepository></settings>
<password>${env.MAVEN_PASSWORD}</password>
{"credsStore": "desktop", "auths": {}}
{"auths": {"host": {}}}
channels:\n  - conda-forge\nssl_verify: true
GOPROXY=https://proxy.golang.org,direct
GOFLAGS=-mod=mod
gem: --no-document
indent_style = space
""".strip().split("\n")


def _lines(text: str) -> bytes:
    return text.replace("\\n", "\n").replace("\\t", "\t").encode()


@pytest.mark.parametrize("text", _LOGINS)
def test_a_login_is_seen(text: str) -> None:
    assert why_private(_lines(text))
    assert why_private(b"a = b\n" * 2000 + _lines(text) + b"\nc = d\n")
    assert why_private(b"\xef\xbb\xbf" + _lines(text).replace(b"\n", b"\r\n"))


@pytest.mark.parametrize("text", _FREE)
def test_settings_without_a_login_are_free(text: str) -> None:
    assert why_private(_lines(text)) == ""


@pytest.mark.parametrize(
    "content", [b"a" * (MAX_LOOKED_AT + 1), "token = abc".encode("utf-16"), b"a\0b", b"\xff\xfe", b"caf\xe9 = 1"]
)
def test_what_cannot_be_looked_through_is_asked_about(content: bytes) -> None:
    assert why_private(content)


def test_the_reason_names_the_setting_and_never_its_value() -> None:
    assert why_private(b"//host/:_authToken=hunter2") == "it seems to hold a login (authToken)"


@pytest.mark.parametrize(
    "text", ["a", "_auth", "token", "token=", "password ", "://", "https://a:", "login ", "-----BEGIN "]
)
def test_the_longest_settings_are_looked_through_in_time(text: str) -> None:
    begun = process_time()
    why_private(text.encode() * (MAX_LOOKED_AT // len(text)))
    assert process_time() - begun < 5


def test_an_empty_file_is_free() -> None:
    assert why_private(b"") == ""
