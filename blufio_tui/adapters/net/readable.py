"""The text of a web page as Markdown, for a model to read: what a person would see of it."""

from typing import TYPE_CHECKING

from blufio_tui.adapters.net.hidden_text import HidingRules, hides

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

MAX_HTML = 1024 * 1024
"""Characters; parsing a longer page would take seconds of CPU."""

_LEFT_OUT = ("script", "style", "noscript", "template", "svg", "iframe", "head", "form", "button")


def readable(html: str) -> str | None:
    """A page as Markdown, without scripts, forms and hidden text; None if it is too large or nested too deeply."""
    if len(html) > MAX_HTML:
        return None
    from bs4 import BeautifulSoup
    from markdownify import MarkdownConverter

    try:
        soup = BeautifulSoup(html, "html.parser")
        title = soup.title.get_text(" ", strip=True) if soup.title else ""
        rules = HidingRules()
        for sheet in soup("style"):
            rules.learn(sheet.get_text())
        for tag in soup(_LEFT_OUT):
            tag.decompose()
        _remove_hidden(soup, rules)
        text = MarkdownConverter(heading_style="ATX", strip=["img"]).convert_soup(soup)
    except RecursionError:
        return None
    lines = [line.rstrip() for line in text.splitlines()]
    body = "\n".join(line for index, line in enumerate(lines) if line or (index and lines[index - 1])).strip()
    return f"{title}\n\n{body}" if title and title not in body[:200] else body


def _remove_hidden(soup: "BeautifulSoup", rules: HidingRules) -> None:
    for tag in soup.find_all(True):
        # The property `decomposed` of a tag that is not would look through all that is in it.
        if "_decomposed" not in vars(tag) and tag.name not in ("html", "body") and _is_hidden(tag, rules):
            tag.decompose()


def _is_hidden(tag: "Tag", rules: HidingRules) -> bool:
    if tag.has_attr("hidden") or str(tag.get("aria-hidden", "")).strip().lower() == "true":
        return True
    classes = tag.get("class") or ()
    names = classes.split() if isinstance(classes, str) else classes
    return hides(str(tag.get("style", ""))) or rules.hide(tag.name, str(tag.get("id", "")), names)
