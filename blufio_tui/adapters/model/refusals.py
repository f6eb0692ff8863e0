"""Reads a server's refusal: the size of the window, and which picture was refused.

The words are those of Anthropic's API, vLLM, llama.cpp, LM Studio and Ollama. A number that is not understood is not
guessed: 0.
"""

import re
from collections.abc import Mapping

_LEAST_WINDOW = 256
_MOST_WINDOW = 100_000_000

_NUMBER = r"(\d[\d,_]*)"
_SENTENCES = (
    re.compile(rf"tokens\s*>\s*{_NUMBER}\s*maximum"),  # prompt is too long: 215000 tokens > 200000 maximum
    re.compile(rf"context limit:\s*\d[\d,_]*\s*\+\s*\d[\d,_]*\s*>\s*{_NUMBER}"),
    re.compile(rf"maximum (?:context|model) length (?:is|of)\s*{_NUMBER}"),
    re.compile(rf"(?:available )?context (?:size|window)(?: of)?\s*\(?{_NUMBER}\s*tokens"),
    re.compile(rf"context length of (?:only )?{_NUMBER}"),
    re.compile(rf"max(?:_model_len|imum context length|_context_length)\W{{1,4}}{_NUMBER}"),
    re.compile(rf"\bn_ctx\W{{1,4}}{_NUMBER}"),
)
_FIELDS = ("n_ctx", "max_model_len", "max_context_length", "context_length", "context_window")
_PLACE = re.compile(r"messages\.(\d+)\.content\.(\d+)")
_IMAGE = re.compile(r"\b(?:image|picture|photo)s?\b|image_url|media_type")
_DEEPEST = 6


def window_in(text: str, body: object = None) -> int:
    """The window in tokens that a refusal names, in a field of its body or in its sentence; 0 for none."""
    field = _field(body, _DEEPEST)
    return field or next((n for sentence in _SENTENCES if (n := _number(sentence.search(text.lower())))), 0)


def is_about_image(text: str) -> bool:
    """Whether a refusal names a picture."""
    return _IMAGE.search(text.lower()) is not None


def place_in(text: str) -> tuple[int, int] | None:
    """The message and the block that a refusal names, counted from 0; None if it names none."""
    match = _PLACE.search(text)
    return (int(match[1][:9]), int(match[2][:9])) if match else None


def plausible_window(value: object) -> int:
    """A window in tokens as servers list or report it; 0 for what cannot be one."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and isinstance(value, int) and _LEAST_WINDOW <= value <= _MOST_WINDOW else 0


def _number(match: re.Match[str] | None) -> int:
    digits = re.sub(r"\D", "", match[1])[:12] if match else ""
    return plausible_window(int(digits)) if digits else 0


def _field(body: object, depth: int) -> int:
    if not isinstance(body, Mapping) or depth == 0:
        return 0
    named = next((n for name in _FIELDS if (n := plausible_window(body.get(name)))), 0)
    return named or next((n for value in body.values() if (n := _field(value, depth - 1))), 0)
