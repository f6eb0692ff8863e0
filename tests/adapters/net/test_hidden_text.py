"""What a page does not show is not passed on."""

import pytest

from blufio_tui.adapters.net.hidden_text import HidingRules, hides
from blufio_tui.adapters.net.readable import readable


@pytest.mark.parametrize(
    "style",
    [
        "display:none",
        "color: red; DISPLAY : None !important",
        "display/* x */:/**/none",
        "d\\69splay:none",
        "visibility: hidden",
        "visibility:collapse",
        "font-size:0",
        "font-size: 0.1em",
        "font-size:1px",
        "font-size:.5pt",
        "opacity:0",
        "opacity: 0.01",
        "opacity:1%",
        "position:absolute;left:-9999px",
        "text-indent:-9999px",
        "clip: rect(0, 0, 0, 0)",
        "clip-path: inset(100%)",
        "transform: scale(0)",
        "color: transparent",
    ],
)
def test_styles_that_hide(style: str) -> None:
    assert hides(style)
    assert "secret" not in readable(f"<body><p>seen</p><p style='{style}'>secret</p></body>")


@pytest.mark.parametrize(
    "style",
    [
        "",
        "display:block",
        "color:red;font-size:12px",
        "font-size:0.8em",
        "font-size:small",
        "opacity:.5",
        "opacity:1",
        "left:-5px",
        "text-indent:2em",
        "x-display:none",
        "content:'display'",
        "clip:auto",
        "visibility:visible",
    ],
)
def test_styles_that_do_not(style: str) -> None:
    assert not hides(style)


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>secret</p>",
        "<div aria-hidden=TRUE>secret <p>secret</p></div>",
        "<span class='a gone'>secret</span>",
        "<span id=out>secret</span>",
        "<x-note>secret</x-note>",
        "<div style='display&#58;none'>secret<div>secret</div>secret</div>",
        "<template>secret</template>",
    ],
)
def test_hidden_elements_are_left_out_with_all_that_is_in_them(hidden: str) -> None:
    sheet = "<style>/* .seen{ */ p{margin:0} .gone, #out, x-note { display: none } .seen { color: red }</style>"
    text = readable(f"<html><head>{sheet}</head><body><p class=seen>before</p>{hidden}<p>after</p></body></html>")
    assert "secret" not in text and text.split() == ["before", "after"]


def test_a_sheet_with_many_rules_takes_bounded_room() -> None:
    rules = HidingRules()
    rules.learn("".join(f".c{number}{{display:none}}" for number in range(10_000)))
    assert len(rules.classes) == 512
    assert rules.hide("p", "", ["c3"]) and not rules.hide("p", "", ["c9999"])
