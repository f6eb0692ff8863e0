"""A picture that a tool reads: to the model, into the log and the export, and back after a resume."""

import base64

from tests.e2e.in_process import Inside
from tests.fakes.messages_api import KEY, Reply, serving, text, tool_use
from tests.fakes.pictures import pdf, png


def test_a_picture_and_a_pdf_are_read_sent_stored_and_sent_again(inside: Inside) -> None:
    (inside.world.project / "plan.dat").write_bytes(png(30, 20))
    (inside.world.project / "spec.pdf").write_bytes(pdf("Paint it green"))
    look = tool_use("t1", "file", {"action": "read", "path": "plan.dat"})
    read = tool_use("t2", "file", {"action": "read", "path": "spec.pdf"})
    with serving(Reply(look, read), Reply(text("done")), Reply(text("again"))) as api:
        inside.monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        inside.monkeypatch.setenv("ANTHROPIC_BASE_URL", api.url)
        session = inside("ask", "look", "--json").lines[-1]["session_id"]
        inside("ask", "and now?", "--resume", session)
    (shown, document) = api.requests[1]["messages"][-1]["content"]
    words, picture = shown["content"]
    assert words["text"].startswith("plan.dat, a PNG picture, 30 × 20, ")
    assert picture["source"] == {
        "type": "base64", "media_type": "image/png", "data": base64.b64encode(png(30, 20)).decode(),
    }  # fmt: skip
    assert document["content"].startswith("spec.pdf, pages 1-1 of 1, text only\n[page 1]\nPaint it green")
    assert api.requests[2]["messages"][2]["content"][0]["content"] == shown["content"]
    rows = inside("audit", "list", "--json").json
    details = [row["detail"] for row in rows if row["kind"] == "model"]
    assert any("file read plan.dat with 1 picture" in detail for detail in details), details
    assert "(image: image/png" in inside("session", "export", session).out
