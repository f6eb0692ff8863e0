"""What looks like a well-known key is not sent to a model: `sk-ant-[masked]` stands in its place.

A safeguard against accidents: a key that a file or a command's output happens to hold need not travel to a server. It
is no border, since whoever may run programs can spell a key in other ways. The table holds forms that nothing else has;
hashes, UUIDs, lock files and generated names must come through as they are. `redaction` looks for more, since what it
hides is only shown and logged.

Sources of the forms: what each service documents of its tokens, and the public rule sets of secret scanners.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

MARK = "[masked]"
ALL = "*"

_PEM_BODY = 40
"""Characters: less after a BEGIN line is a mention of one, not a key."""


@dataclass(frozen=True, slots=True)
class KeyForm:
    """
    Attributes:
        name: what a person calls it, and writes into `agent.keys_shown`.
        hints: without one of these the expression cannot match, which a plain search finds fast.
        expression: its first group stays, the rest is masked. Compiled when a hint was found: most texts hold none.
        accepts: a last look at what is masked.
    """

    name: str
    hints: tuple[str, ...]
    expression: str
    accepts: Callable[[str], bool] = bool

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(self.expression)


def _is_mixed(value: str) -> bool:
    """Digits among letters of both cases, as in a random key and in no name made of words."""
    digits = sum(char.isdigit() for char in value)
    return digits >= 3 and any(char.isupper() for char in value) and any(char.islower() for char in value)


def _is_random(value: str) -> bool:
    """Digits among letters, and neither words with hyphens nor the same character again and again."""
    return sum(char.isdigit() for char in value) >= 3 and len(set(value)) >= 10


def _is_cased(value: str) -> bool:
    """Letters of both cases, many different ones, and no words: keys of this kind may have no digit."""
    return len(set(value)) >= 12 and any(char.isupper() for char in value) and any(char.islower() for char in value)


def _form(name: str, hints: str, keep: str, rest: str, accepts: Callable[[str], bool] = _is_random) -> KeyForm:
    """A form that starts where a word does and ends where its characters do."""
    return KeyForm(name, tuple(hints.split()), rf"(?<![A-Za-z0-9_-])({keep}){rest}(?![A-Za-z0-9_-])", accepts)


FORMS = (
    _form("anthropic", "sk-ant-", "sk-ant-", r"[A-Za-z0-9_-]{20,}"),
    _form("openai", "sk-", r"sk-(?:proj-|svcacct-|admin-|or-v1-)?", r"(?!ant-)[A-Za-z0-9_-]{32,}"),
    _form("aws", "AKIA ASIA", "AKIA|ASIA", r"[A-Z2-7]{16}", lambda value: len(set(value)) >= 8),
    KeyForm(
        "aws",
        ("aws_secret", "AWS_SECRET", "secretAccessKey", "SecretAccessKey"),
        r"((?:aws_secret_access_key|AWS_SECRET_ACCESS_KEY|[sS]ecretAccessKey)[\"']?[ \t]{0,8}[=:][ \t]{0,8}[\"']?)"
        r"[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])",
        _is_mixed,
    ),
    _form("github", "ghp_ gho_ ghu_ ghs_ ghr_", "gh[pousr]_", r"[A-Za-z0-9]{36,}"),
    _form("github", "github_pat_", "github_pat_", r"[A-Za-z0-9]{20,}_[A-Za-z0-9]{40,}"),
    _form("gitlab", "glpat- gldt- glrt-", r"gl(?:pat|dt|rt)-", r"[A-Za-z0-9_-]{20,}"),
    _form("slack", "xox", "xox[abeoprs]-", r"[0-9A-Za-z]+-[A-Za-z0-9-]{16,}"),
    _form("slack", "xapp-", r"xapp-\d-", r"[A-Z0-9]+-\d+-[a-z0-9]{32,}"),
    KeyForm(
        "slack",
        ("hooks.slack.com/",),
        r"(hooks\.slack\.com/services/)T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{20,}",
    ),
    _form("stripe", "sk_live_ sk_test_ rk_live_ rk_test_", "[sr]k_(?:live|test)_", r"[A-Za-z0-9]{16,}"),
    _form("stripe", "whsec_", "whsec_", r"[A-Za-z0-9]{32,}"),
    _form("google", "AIza", "AIza", r"[A-Za-z0-9_-]{35}"),
    _form("google", "GOCSPX-", "GOCSPX-", r"[A-Za-z0-9_-]{28}"),
    _form("google", "ya29.", r"ya29\.", r"[A-Za-z0-9_-]{40,}"),
    _form("npm", "npm_", "npm_", r"[A-Za-z0-9]{36}"),
    _form("pypi", "pypi-AgE", "pypi-AgE", r"[A-Za-z0-9_-]{50,}"),
    _form("huggingface", "hf_", "hf_", r"[A-Za-z0-9]{34,40}", _is_cased),
    _form("sendgrid", "SG.", r"SG\.", r"[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    _form("digitalocean", "dop_v1_ doo_v1_ dor_v1_", "do[por]_v1_", r"[a-f0-9]{64}"),
    _form("shopify", "shpat_ shpca_ shppa_ shpss_", "shp(?:at|ca|pa|ss)_", r"[a-fA-F0-9]{32}"),
    _form("telegram", ":AA", r"(?:bot)?\d{8,10}:AA", r"[A-Za-z0-9_-]{33}", _is_mixed),
    _form("vault", "hvs. hvb.", r"hv[sb]\.", r"[A-Za-z0-9_-]{24,}", _is_mixed),
    _form("groq", "gsk_", "gsk_", r"[A-Za-z0-9]{48,}"),
    _form("xai", "xai-", "xai-", r"[A-Za-z0-9]{60,}"),
    _form("age", "AGE-SECRET-KEY-1", "AGE-SECRET-KEY-1", r"[0-9A-Z]{58}"),
    _form("azure", "AccountKey=", "AccountKey=", r"[A-Za-z0-9+/]{80,}={0,2}", _is_mixed),
    _form("jwt", "eyJ", "eyJ", r"[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}", _is_mixed),
)

_PEM = re.compile(
    r"(-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----)((?:(?!-----END)[A-Za-z0-9+/=\s\\,:.()-])*)"
)
PRIVATE_KEY = "private-key"

KINDS = (*dict.fromkeys(form.name for form in FORMS), PRIVATE_KEY)
"""What `agent.keys_shown` may name."""


def mask_keys(text: str, shown: Collection[str] = ()) -> str:
    """The text without what looks like a key; time grows with the text alone.

    Args:
        shown: kinds that stay as they are, `*` for all.
    """
    if ALL in shown:
        return text
    for form in FORMS:
        if form.name not in shown and any(hint in text for hint in form.hints):
            text = form.pattern.sub(lambda match, form=form: _masked(match, form), text)  # type: ignore[misc]
    if PRIVATE_KEY not in shown and "PRIVATE KEY" in text:
        text = _PEM.sub(_masked_pem, text)
    return text


def without_keys(text: str, shown: Collection[str] = ()) -> str:
    """The text with everything that `mask_keys` would mask left out."""
    while (found := find_key(text, shown)) is not None and found.value:
        text = text.replace(found.value, "")
    return text


@dataclass(frozen=True, slots=True)
class FoundKey:
    """
    Attributes:
        kind: one of `KINDS`.
        value: the key itself. Does not show in a repr.
    """

    kind: str
    value: str = field(repr=False)


def find_key(text: str, shown: Collection[str] = ()) -> FoundKey | None:
    """The first text that `mask_keys` would mask, None if it would leave all as it is."""
    if ALL in shown:
        return None
    for form in FORMS:
        if form.name not in shown and any(hint in text for hint in form.hints):
            for match in form.pattern.finditer(text):
                if form.accepts(match[0][len(match[1]) :]):
                    return FoundKey(form.name, match[0])
    if PRIVATE_KEY not in shown and "PRIVATE KEY" in text:
        for match in _PEM.finditer(text):
            if _masked_pem(match) != match[0]:
                return FoundKey(PRIVATE_KEY, match[0])
    return None


def _masked(match: re.Match[str], form: KeyForm) -> str:
    kept = match[1]
    return kept + MARK if form.accepts(match[0][len(kept) :]) else match[0]


def _masked_pem(match: re.Match[str]) -> str:
    """Line by line, so that what follows keeps its line numbers. Blanks and numbers of lines stay."""
    body = match[2]
    if len("".join(body.split())) < _PEM_BODY:
        return match[0]
    return match[1] + "\n".join(_masked_line(line) for line in body.split("\n"))


_NUMBERED = re.compile(r"(\s*(?:\d{1,7}\t)?\s*)(\S.*)")


def _masked_line(line: str) -> str:
    match = _NUMBERED.fullmatch(line)
    return line if match is None else match[1] + MARK
