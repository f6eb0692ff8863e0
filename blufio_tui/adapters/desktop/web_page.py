"""The page for the browser; everything on it comes from this machine."""

from dataclasses import dataclass
from html import escape

TITLE = "blufio-tui"


@dataclass(frozen=True, slots=True)
class PageColors:
    """Those of the app's theme, as hexadecimal numbers: the page shows at the edges of the app, before and after it."""

    background: str = "#12161d"
    text: str = "#d7dde5"
    accent: str = "#7cb7ff"


ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#12161d"/>'
    '<path d="M8 9l7 7-7 7" fill="none" stroke="#7cb7ff" stroke-width="3.4" stroke-linecap="round" '
    'stroke-linejoin="round"/><path d="M17 24h8" stroke="#7cb7ff" stroke-width="3.4" stroke-linecap="round"/></svg>'
)


def _style(colors: PageColors) -> str:
    # textual-serve's script gives the body these classes: `-first-byte` when the app draws, `-closed` when it ended.
    return f"""
@font-face {{ font-family: "Roboto Mono"; font-weight: 100 700;
  src: url("/static/fonts/RobotoMono-VariableFont_wght.ttf"); }}
@font-face {{ font-family: "Roboto Mono"; font-weight: 100 700; font-style: italic;
  src: url("/static/fonts/RobotoMono-Italic-VariableFont_wght.ttf"); }}
html, body {{ margin: 0; height: 100%; overflow: hidden; background: {colors.background}; color: {colors.text};
  font: 16px "Roboto Mono", monospace; }}
#terminal {{ position: absolute; inset: 0; opacity: 0; }}
body.-first-byte #terminal {{ opacity: 1; }}
.xterm .xterm-viewport {{ overflow: hidden; scrollbar-width: none; background-color: {colors.background} !important; }}
.said {{ position: absolute; inset: 0; z-index: 10; display: flex; flex-direction: column; gap: 1em;
  align-items: center; justify-content: center; background: {colors.background}; }}
.said b {{ color: {colors.accent}; font-size: 28px; }}
body.-first-byte #opening, #ended {{ display: none; }}
body.-closed #ended {{ display: flex; }}
button {{ font: inherit; padding: .6em 1.4em; border: 0; border-radius: 4px; background: {colors.accent};
  color: {colors.background}; }}
button:focus-visible {{ outline: 2px solid {colors.text}; outline-offset: 2px; }}
"""


_SCRIPT = """
const typeHere = () => document.querySelector(".xterm-helper-textarea")?.focus();
document.querySelector("#again").addEventListener("click", () => window.location.assign("/"));
const has = name => document.body.classList.contains(name);
new MutationObserver(() => {
  if (has("-closed")) { document.querySelector("#again").focus(); } else if (has("-first-byte")) { typeHere(); }
}).observe(document.body, { attributes: true, attributeFilter: ["class"] });
window.addEventListener("focus", () => { if (has("-first-byte") && !has("-closed")) { typeHere(); } });
"""


def page(websocket_url: str, font_size: int, nonce: str, colors: PageColors) -> str:
    """
    Args:
        nonce: what the headers of the same answer allow to run.
    """
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{TITLE}</title>
<link rel="icon" type="image/svg+xml" href="/icon.svg">
<link rel="stylesheet" href="/static/css/xterm.css">
<style nonce="{nonce}">{_style(colors)}</style>
<script src="/static/js/textual.js"></script>
</head>
<body>
<div id="opening" class="said" role="status"><b>blufio</b><span>Opening…</span></div>
<div id="ended" class="said" role="status"><b>blufio</b><span>The session has ended. Everything is stored.</span>
<button type="button" id="again">Open again</button></div>
<div id="terminal" class="textual-terminal" data-session-websocket-url="{escape(websocket_url)}"
 data-font-size="{font_size}"></div>
<script nonce="{nonce}">{_SCRIPT}</script>
</body>
</html>
"""


def headers(nonce: str, port: int) -> dict[str, str]:
    """What the browser is told to refuse, for every answer. xterm sets styles itself, which needs `unsafe-inline`."""
    sockets = f"ws://127.0.0.1:{port} ws://localhost:{port}"
    policy = (
        "default-src 'none'",
        f"script-src 'self' 'nonce-{nonce}'",
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self'",
        "img-src 'self' data:",
        f"connect-src 'self' {sockets}",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
