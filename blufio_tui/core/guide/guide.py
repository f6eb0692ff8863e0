"""Match a plain sentence against the examples of tools and skills: what the offline guide understands.

Pure text work. `{placeholders}` in an example's sentence match what the person wrote there; case,
punctuation at the ends, articles and politeness do not matter; the most literal match wins.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from blufio_tui.core.manifest.manifest import Example
from blufio_tui.core.text.json_types import Json, JsonObject

_IGNORED = frozenset(["a", "an", "the", "my", "please", "can", "could", "you", "would", "me"])
_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_TOKEN = re.compile(r'"[^"]*"|“[^”]*”|`[^`]*`|«[^»]*»|\S+')
_EDGE = ".,;:!?\"'`“”‘’«»()[]"
_QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "‘": "’", "«": "»"}
_EXACT = "command"
_PATH = "path"
_ENDING = re.compile(r"\.\w{1,8}(?=$|[\s\"'])|^\.")
"""Of a file's name, or the dot before it."""
_NEARLY = 0.5
_MAX_WORDS = 200
_MAX_PARTS = 40
_MAX_PLACEHOLDERS = 4
_POLITE_END = re.compile(r",?\s+please[.!]?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ToolExamples:
    """The example sentences of one tool."""

    tool: str
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """The call that matches a sentence. `literal_words`: how many words matched literally."""

    tool: str
    input: JsonObject
    literal_words: int


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a sentence: as compared, and where it stands. An `optional` one may be there or not."""

    plain: str
    start: int = 0
    end: int = 0

    @property
    def optional(self) -> bool:
        return not self.plain or self.plain in _IGNORED


@dataclass(frozen=True, slots=True)
class _Placeholder:
    name: str


_Template = tuple[_Word | _Placeholder, ...]


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    words: tuple[_Word, ...]


def find_call(sentence: str, catalogue: Iterable[ToolExamples]) -> Match | None:
    """The call that matches the sentence; None if no example matches.

    If several match, the one with most literal words wins, then the one with fewest placeholders, then the first.
    """
    said = _Sentence(sentence, _words(sentence))
    best: tuple[tuple[int, int], Match] | None = None
    for tool, example in _all(catalogue):
        template = _template(example.say)
        literal_words = len(_literals(template))
        values = _fit(template, said, 0, set()) if literal_words else None
        if values is None:
            continue
        rank = (literal_words, -len(values))
        if best is None or rank > best[0]:
            best = (rank, Match(tool, _filled(example.input, values), literal_words))
    return best[1] if best else None


def suggestions(sentence: str, catalogue: Iterable[ToolExamples], limit: int = 3) -> list[str]:
    """Examples that share words with the sentence, the nearest first."""
    said = {word.plain for word in _words(sentence)}
    scored: list[tuple[float, str]] = []
    for _, example in _all(catalogue):
        literal = _literals(_template(example.say))
        share = len(literal & said) / len(literal) if literal else 0.0
        if share >= _NEARLY:
            scored.append((share, example.say))
    scored.sort(key=lambda pair: -pair[0])
    return list(dict.fromkeys(say for _, say in scored))[:limit]


def _all(catalogue: Iterable[ToolExamples]) -> Iterator[tuple[str, Example]]:
    for entry in catalogue:
        for example in entry.examples:
            yield entry.tool, example


def _words(text: str) -> tuple[_Word, ...]:
    """The words of a text; a quoted part is one word, so that a value may hold anything.

    What goes beyond the limit belongs to the last word: a value may be a long text.
    """
    words = [_Word(_plain(match[0]), match.start(), match.end()) for match in _TOKEN.finditer(text)]
    if len(words) > _MAX_WORDS:
        words[_MAX_WORDS - 1 :] = [_Word(words[-1].plain, words[_MAX_WORDS - 1].start, words[-1].end)]
    return tuple(words)


def _plain(raw: str) -> str:
    return raw.strip(_EDGE).casefold()


@lru_cache(maxsize=1024)
def _template(say: str) -> _Template:
    parts: list[_Word | _Placeholder] = []
    for raw in _TOKEN.findall(say):
        if placeholder := _PLACEHOLDER.fullmatch(raw.strip(_EDGE)):
            parts.append(_Placeholder(placeholder[1]))
        elif _PLACEHOLDER.search(raw):
            return ()  # a placeholder inside a word cannot be distinguished from the word
        else:
            parts.append(_Word(_plain(raw)))
    return tuple(parts) if _is_modest(parts) else ()


def _is_modest(parts: list[_Word | _Placeholder]) -> bool:
    """Whether an example is short enough to match quickly; authors are not trusted."""
    placeholders = sum(isinstance(part, _Placeholder) for part in parts)
    return len(parts) <= _MAX_PARTS and placeholders <= _MAX_PLACEHOLDERS


def _literals(template: _Template) -> set[str]:
    return {part.plain for part in template if isinstance(part, _Word) and not part.optional}


def _fit(template: _Template, said: _Sentence, at: int, failed: set[tuple[int, int]]) -> dict[str, str] | None:
    """The value of each placeholder if the words from `at` on match the template; None otherwise.

    `failed` remembers which rests of the template, by length, did not match at which word.
    """
    words = said.words
    for index, part in enumerate(template):
        if isinstance(part, _Placeholder):
            return _fit_value(part, template[index + 1 :], said, at, failed)
        if part.optional:
            at += at < len(words) and words[at].plain == part.plain
            continue
        while at < len(words) and words[at].optional and words[at].plain != part.plain:
            at += 1
        if at >= len(words) or words[at].plain != part.plain:
            return None
        at += 1
    return {} if all(word.optional for word in words[at:]) else None


def _fit_value(
    placeholder: _Placeholder, rest: _Template, said: _Sentence, at: int, failed: set[tuple[int, int]]
) -> dict[str, str] | None:
    """Match a value: one word or more, as many as the rest of the template allows."""
    for end in range(len(said.words), at, -1):
        if (len(rest), end) in failed or not _may_be(placeholder.name, said, at, end):
            continue
        values = _fit(rest, said, end, failed)
        if values is not None:
            return {placeholder.name: _value(placeholder.name, said, at, end)} | values
        failed.add((len(rest), end))
    return None


def _may_be(name: str, said: _Sentence, start: int, end: int) -> bool:
    """Whether these words may be the value: several words are a path only if something in them looks like one."""
    if name != _PATH or sum(not word.optional for word in said.words[start:end]) < 2:
        return True
    value = _value(name, said, start, end)
    if said.text[said.words[start].start] in _QUOTES:
        return True
    return "/" in value or "\\" in value or _ENDING.search(value) is not None


def _value(name: str, said: _Sentence, start: int, end: int) -> str:
    """The person's own characters, blanks included. A command is taken exactly as it was typed."""
    first, last = said.words[start], said.words[end - 1]
    if name == _EXACT:
        return said.text[first.start : last.end]
    if end - start > 1 and first.optional:
        without_article = _bare(said.text[said.words[start + 1].start : last.end])
        if not without_article.split()[1:]:
            return without_article
    return _bare(said.text[first.start : last.end])


def _bare(value: str) -> str:
    """Without the quotes around it, the full stop that ended the sentence, and a "please"."""
    value = _POLITE_END.sub("", value) or value
    if len(value) > 1 and value[-1] in ".!?,;" and (value[-2].isalnum() or value[-2] in "\"'`”’»)/"):
        value = value[:-1]
    if len(value) > 2 and _QUOTES.get(value[0]) == value[-1]:
        return value[1:-1]
    return value


def _filled(template: Mapping[str, Json], values: Mapping[str, str]) -> JsonObject:
    """The example's input with its values replaced by what the person wrote.

    A placeholder fills every `{name}` in the input and, if there is none, the field of its own name.
    """
    filled = {key: _substituted(value, values) for key, value in template.items()}
    for name, value in values.items():
        if not _mentions(template, name):
            filled[name] = _like(template.get(name), value)
    return filled


def _mentions(value: Json | Mapping[str, Json], name: str) -> bool:
    return "{" + name + "}" in str(value)


def _substituted(value: Json, values: Mapping[str, str]) -> Json:
    match value:
        case str():
            return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), value)
        case list():
            return [_substituted(item, values) for item in value]
        case dict():
            return {key: _substituted(item, values) for key, item in value.items()}
        case _:
            return value


def _like(example: Json, text: str) -> Json:
    """`text` converted to the type of the example's value."""
    if isinstance(example, bool):
        return text.casefold() in ("true", "yes", "on", "1")
    for kind in (int, float):
        if isinstance(example, kind):
            try:
                return kind(text)
            except ValueError:
                return text
    return text
