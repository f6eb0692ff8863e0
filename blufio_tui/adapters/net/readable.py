"""The text of a web page as Markdown, for a model to read."""

MAX_HTML = 1024 * 1024
"""Characters; parsing a longer page would take seconds of CPU."""

_LEFT_OUT = ("script", "style", "noscript", "template", "svg", "iframe", "head", "form", "button")


def readable(html: str) -> str:
    """A page as Markdown, without scripts, styles and forms; "" when it is too large or too deeply nested."""
    if len(html) > MAX_HTML:
        return ""
    from bs4 import BeautifulSoup
    from markdownify import MarkdownConverter

    try:
        soup = BeautifulSoup(html, "html.parser")
        title = soup.title.get_text(" ", strip=True) if soup.title else ""
        for tag in soup(_LEFT_OUT):
            tag.decompose()
        text = MarkdownConverter(heading_style="ATX", strip=["img"]).convert_soup(soup)
    except RecursionError:
        return ""
    lines = [line.rstrip() for line in text.splitlines()]
    body = "\n".join(line for index, line in enumerate(lines) if line or (index and lines[index - 1])).strip()
    return f"{title}\n\n{body}" if title and title not in body[:200] else body
