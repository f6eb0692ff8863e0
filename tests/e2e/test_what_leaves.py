"""The model is a host too: each request to it is a row before it leaves, and a file can be kept from every model."""

import json
from functools import partial
from typing import Any

import pytest

from blufio_tui.adapters.cage.program_side.probe import why_not
from blufio_tui.adapters.model.claude import Patience
from tests.e2e.in_process import Inside
from tests.fakes.messages_api import KEY, MessagesApi, Reply, Status, serving, text, tool_use

DONE = Reply(text("done"))
SECRET = "the plan is to sail in May"


def connect(inside: Inside, api: MessagesApi) -> None:
    inside.monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    inside.monkeypatch.setenv("ANTHROPIC_BASE_URL", api.url)


def rows(inside: Inside) -> list[dict[str, Any]]:
    return [row for row in inside("audit", "list", "--json", "--kind", "model").json if row["type"] == "decision"]


def test_each_request_is_a_row_that_names_what_is_new_in_it(inside: Inside) -> None:
    call = Reply(tool_use("r", "file", {"action": "read", "path": "README.md"}))
    with serving(call, DONE) as api:
        connect(inside, api)
        assert inside("ask", "look").code == 0
    first, second = rows(inside)
    assert first["resource"] == second["resource"] == api.url.removeprefix("http://")
    assert (first["actor"], first["decision"], first["outcome"]) == ("agent", "allow", "ok")
    assert "new: " in first["detail"] and "of yours" in first["detail"]
    assert second["detail"].endswith("new: 1 result: file read README.md")
    assert 500 < first["bytes"] < second["bytes"]
    assert [first["bytes"], second["bytes"]] == api.sizes
    assert not any("departure" in name.lower() for headers in api.headers for name in headers)
    said = inside("audit", "egress").out
    assert "2 requests" in said and "file read README.md" in said
    assert inside("audit", "egress", "--json").json["model"][0]["requests"] == 2
    assert inside("audit", "verify").code == 0


def test_a_request_that_failed_and_was_sent_again_is_two_rows(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Status(529, "overloaded_error", "busy"), DONE) as api:
        connect(inside, api)
        monkeypatch.setattr("blufio_tui.adapters.model.claude.Patience", partial(Patience, first_wait=0.01))
        inside("ask", "look")
    found = rows(inside)
    assert [row["outcome"] for row in found] == ["error: asked again", "ok"]


def test_what_cannot_be_written_down_is_not_sent(inside: Inside) -> None:
    from blufio_tui.adapters.audit.store import AuditStore
    from blufio_tui.core.errors import StorageError

    append = AuditStore.begin_append

    def refuse(self: AuditStore, entries: Any) -> Any:
        if any(entry.kind == "model" for entry in entries):
            raise StorageError("no space left")
        return append(self, entries)

    inside.monkeypatch.setattr(AuditStore, "begin_append", refuse)
    with serving(DONE) as api:
        connect(inside, api)
        done = inside("ask", "look", "--json")
    assert api.requests == [] and done.code != 0
    assert any(event["type"] == "error" and "no space left" in event["message"] for event in done.lines)


@pytest.fixture
def kept(inside: Inside) -> Inside:
    """A file of the project that no model may read."""
    (inside.world.project / "plan.txt").write_text(SECRET + "\n")
    rule = '[[policy.rules]]\ndeny = "model"\ntarget = "${PROJECT}/plan.txt"\n'
    inside.world.home.mkdir(exist_ok=True)
    (inside.world.home / "config.toml").write_text(f'{rule}[[policy.rules]]\nallow = "exec"\ntarget = "*"\n')
    return inside


WAYS = {
    "file": ("file", {"action": "read", "path": "plan.txt"}),
    "search": ("search", {"pattern": "sail"}),
    "bash": ("bash", {"command": "cat plan.txt"}),
    "bash by another way": ("bash", {"command": "python3 -c \"print(open('plan' + '.txt').read())\""}),
    "edit": ("edit", {"path": "plan.txt", "edits": [{"old": "sailing", "new": "x"}]}),
    "skill": ("text_stats", {"path": "plan.txt"}),
    "moved": ("bash", {"command": "mv plan.txt other.txt; cat other.txt"}),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_file_that_is_kept_from_models_reaches_none(kept: Inside, way: str) -> None:
    if way.startswith(("bash", "moved")) and why_not():
        pytest.skip("a command outside the cage is asked about whole")
    name, arguments = WAYS[way]
    find = Reply(tool_use("f", "find_tool", {"query": name}))
    with serving(find, Reply(tool_use("c", name, arguments)), DONE) as api:
        connect(kept, api)
        assert kept("ask", "look").code == 0
        sent = json.dumps(api.requests)
    assert len(api.requests) == 3 and "sail in May" not in sent


def test_a_file_that_is_attached_is_kept_too(kept: Inside) -> None:
    with serving(DONE) as api:
        connect(kept, api)
        kept("ask", "what does @plan.txt say")
        assert "sail in May" not in json.dumps(api.requests)


def test_a_skill_works_with_it_and_its_result_is_held_back(kept: Inside) -> None:
    find = Reply(tool_use("f", "find_tool", {"query": "text_stats"}))
    with serving(find, Reply(tool_use("c", "text_stats", {"path": "plan.txt"})), DONE) as api:
        connect(kept, api)
        kept("ask", "look")
        result = api.requests[-1]["messages"][-1]["content"][0]["content"]
    assert "WITHHELD: the skill ran" in str(result) and "deny model" in str(result)
    assert '"lines"' in kept("skill", "run", "text-stats", "--input", '{"path": "plan.txt"}').out


def test_a_rule_that_allows_the_model_something_makes_no_sense(inside: Inside) -> None:
    done = inside("rules", "add", "allow", "model", "~/x")
    assert done.code != 0 and "has no effect" in done.err
