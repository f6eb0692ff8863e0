"""Detects text that a page hides. Invisible text is meant for machines and is not passed on.

Inline styles, the attributes `hidden` and `aria-hidden`, and rules of the page's own style sheets whose selector is one
class, id or element. What scripts hide later, or sheets from elsewhere, is not known here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?|\\(.)", re.DOTALL)
_RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
_SELECTOR = re.compile(r"([.#]?)([\w-]+)")
_LENGTH = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(px|pt|em|rem|%|vw|vh)?")
_HIDING = (
    "display:none",
    "visibility:hidden",
    "visibility:collapse",
    "content-visibility:hidden",
    "color:transparent",
    "transform:scale(0)",
    "clip:rect(0",
    "clip:rect(1px",
    "clip-path:inset(50%",
    "clip-path:inset(100%",
)
_MOVED = ("left", "top", "right", "bottom", "text-indent", "margin-left", "margin-top")
_FAR_AWAY, _SMALLEST, _FAINTEST = -500.0, 2.0, 0.05
_MOST_RULES = 512


def hides(style: str) -> bool:
    """Whether declarations such as `color: red; display: none` hide what they are about."""
    return any(_declaration_hides(one) for one in _plain(style).split(";"))


def _plain(style: str) -> str:
    """Small letters without blanks, comments and escapes."""
    spelled = _ESCAPE.sub(_unescaped, _COMMENT.sub("", style))
    return "".join(spelled.split()).lower()


def _unescaped(match: re.Match[str]) -> str:
    code = int(match[1], 16) if match[1] else 0
    return chr(code) if 0 < code < 0x110000 else match[2] or ""


def _declaration_hides(declaration: str) -> bool:
    name, _, value = declaration.partition(":")
    if declaration.startswith(_HIDING):
        return True
    if name == "font-size":
        return _pixels(value) < _SMALLEST
    if name == "opacity":
        return _pixels(value, percent=0.01) < _FAINTEST
    return name in _MOVED and _pixels(value) < _FAR_AWAY


def _pixels(value: str, percent: float = 0.16) -> float:
    match = _LENGTH.match(value)
    if match is None:
        return float("inf")
    factor = {"em": 16.0, "rem": 16.0, "%": percent, "vw": 10.0, "vh": 10.0}.get(match[2] or "", 1.0)
    return float(match[1]) * factor


@dataclass(slots=True)
class HidingRules:
    """Names that the page's own style sheets hide."""

    classes: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    elements: set[str] = field(default_factory=set)

    def learn(self, sheet: str) -> None:
        for selectors, declarations in _RULE.findall(_COMMENT.sub("", sheet)):
            if hides(declarations):
                for selector in selectors.split(","):
                    self._add(selector.strip())

    def _add(self, selector: str) -> None:
        match = _SELECTOR.fullmatch(selector)
        if match and len(self.classes) + len(self.ids) + len(self.elements) < _MOST_RULES:
            kind = {".": self.classes, "#": self.ids}.get(match[1], self.elements)
            kind.add(match[2] if match[1] else match[2].lower())

    def hide(self, name: str, identifier: str, classes: Iterable[str]) -> bool:
        return name in self.elements or identifier in self.ids or not self.classes.isdisjoint(classes)
