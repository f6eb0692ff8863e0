"""Bytes of the same shape as others: what a program reads the same way, and what says something else.

Length, spaces, punctuation and keys stay; letters become other letters, digits other digits.
"""

import json
import re

_KEEP_BINARY = 16
"""First bytes of what is not text: they mostly say what it is."""
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?')
_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{4}|\\.")
_KEY = re.compile(r"\s*(?:export\s+)?[\w.-]+\s*[=:]")
_SEPARATORS = ",;\t"


def canary(data: bytes, shift: int) -> bytes:
    """Other bytes of the same shape and length. Differs for each `shift`, and from `data` wherever that can be."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return data[:_KEEP_BINARY] + bytes(byte ^ shift for byte in data[_KEEP_BINARY:])
    if _is_json(text):
        return _json_canary(text, shift).encode()
    return _text_canary(text, shift).encode()


def longer(data: bytes) -> bytes:
    """More of the same: JSON texts twice as long, lines of a text twice."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return data + data[_KEEP_BINARY:]
    if _is_json(text):
        return _JSON_TOKEN.sub(lambda match: _doubled(match[0]) if not match[1] else match[0], text).encode()
    return (text if text.endswith("\n") or "\n" not in text else text + "\n").encode() + data


def _is_json(text: str) -> bool:
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _json_canary(text: str, shift: int) -> str:
    """Values become others; keys, true, false and null stay."""

    def other(match: re.Match[str]) -> str:
        token = match[0]
        if match[1]:
            return token
        return _shifted_text(token, shift) if token.startswith('"') else _shifted_number(token, shift)

    return _JSON_TOKEN.sub(other, text)


def _shifted_text(token: str, shift: int) -> str:
    parts = _ESCAPE.split(token)
    escapes = [*_ESCAPE.findall(token), ""]
    return "".join(_shifted(part, shift) + escape for part, escape in zip(parts, escapes, strict=True))


def _shifted_number(token: str, shift: int) -> str:
    mantissa = re.match(r"[-\d.]+", token)
    end = mantissa.end() if mantissa else len(token)
    return _shifted(token[:end], shift) + token[end:]


def _doubled(token: str) -> str:
    return f'"{token[1:-1] * 2}"' if token.startswith('"') else token


def _text_canary(text: str, shift: int) -> str:
    lines = text.splitlines(keepends=True)
    head = 1 if _is_table(lines) else 0
    return "".join((*lines[:head], *(_shifted_line(line, shift) for line in lines[head:])))


def _shifted_line(line: str, shift: int) -> str:
    """`NAME=value` keeps its name."""
    key = _KEY.match(line)
    start = key.end() if key else 0
    return line[:start] + _shifted(line[start:], shift)


def _is_table(lines: list[str]) -> bool:
    """Whether the first line looks like the names of columns."""
    if len(lines) < 2:
        return False
    return any(
        lines[0].count(mark) and all(line.count(mark) == lines[0].count(mark) for line in lines if line.strip())
        for mark in _SEPARATORS
    )


def _shifted(text: str, shift: int) -> str:
    return "".join(_other(char, shift) for char in text)


def _other(char: str, shift: int) -> str:
    if "a" <= char <= "z":
        return chr((ord(char) - 97 + shift) % 26 + 97)
    if "A" <= char <= "Z":
        return chr((ord(char) - 65 + shift) % 26 + 65)
    if "1" <= char <= "9":
        return chr((ord(char) - 49 + shift) % 9 + 49)
    return char
