"""Wider answers and rules, tried on what was asked before."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.capability import Actor, ActorKind, CapabilityRequest, Kind, Mode, Verdict
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion, Lifetime, Scope
from blufio_tui.core.policy.back_test import (
    BackTest,
    PastQuestion,
    QuestionFilter,
    back_test,
    filter_for_grant,
    grants_cover,
    rule_covers,
)
from blufio_tui.core.policy.decide import NeedsApproval, PolicyView, decide
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.policy.rule_report import reports, rule_sentence
from blufio_tui.core.policy.rules import UserRule
from blufio_tui.core.shell.command_line import exec_target
from blufio_tui.features.policy.rules import InformedApprover
from blufio_tui.features.stored import stores

PLACES = Places("/home/p", "/home/p/work")


def grant(kind: Kind, pattern: str, actor: str, cwd: str = "") -> Grant:
    return Grant(
        "g", Verdict.ALLOW, ActorKind.TOOL, actor, "", "", kind, Scope.DECLARED, pattern, Lifetime.SESSION, cwd=cwd
    )


def asked(
    kind: Kind, resource: str, actor: str, detail: str = "", allowed: bool = True, count: int = 1
) -> PastQuestion:
    return PastQuestion(kind, resource, actor, detail, allowed, count)


COMMANDS = [
    asked(Kind.EXEC, "pytest -x", "bash", "in /p", count=30),
    asked(Kind.EXEC, "pytest tests/a.py", "bash", "in /p, with CI exported before", count=9),
    asked(Kind.EXEC, "pytest tests/slow", "bash", "in /p", allowed=False, count=2),
    asked(Kind.EXEC, "pytest tests", "bash", "in /elsewhere"),
    asked(Kind.EXEC, "pytest /evil", "bash", "in /p", allowed=False),
    asked(Kind.EXEC, "pytest; rm -rf x", "bash", "in /p"),
]


def test_a_family_says_how_many_questions_it_would_have_answered_and_how_many_against_the_answer() -> None:
    covers = grants_cover([grant(Kind.EXEC, "pytest *", "bash", "/p")], PLACES)
    result = back_test(covers, COMMANDS)
    assert (result.answered, result.against) == (41, 2)
    assert result.sentence() == "would have answered 41 past questions, 2 of which you denied"
    assert result.examples[0].resource == "pytest tests/slow"


@pytest.mark.parametrize(
    ("rule", "question", "covered"),
    [
        (UserRule(Verdict.ALLOW, Kind.FS_READ, "~/notes"), asked(Kind.FS_READ, "/home/p/notes/a", "file"), True),
        (UserRule(Verdict.ALLOW, Kind.FS_READ, "~/notes"), asked(Kind.FS_READ, "/home/p/notesx", "file"), False),
        (
            UserRule(Verdict.ALLOW, Kind.NET, "GET example.org"),
            asked(Kind.NET, "https://a.example.org/x", "http", "GET, 0 bytes sent"),
            True,
        ),
        (
            UserRule(Verdict.ALLOW, Kind.NET, "GET example.org"),
            asked(Kind.NET, "https://a.example.org/x", "http", "POST, 9 bytes sent"),
            False,
        ),
        (UserRule(Verdict.ALLOW, Kind.EXEC, "make *"), asked(Kind.EXEC, "make a && make b", "bash", "in /p"), True),
        (UserRule(Verdict.ALLOW, Kind.EXEC, "make *"), asked(Kind.EXEC, "make a && rm b", "bash", "in /p"), False),
        (UserRule(Verdict.DENY, Kind.EXEC, "git push"), asked(Kind.EXEC, "git -C x push", "bash", "in /p"), True),
        (UserRule(Verdict.ALLOW, Kind.ENV, "AWS_*"), asked(Kind.ENV, "AWS_REGION", "weather"), True),
        (UserRule(Verdict.ALLOW, Kind.EXEC, "make *", "other"), asked(Kind.EXEC, "make a", "bash", "in /p"), False),
    ],
)
def test_a_rule_is_tried_on_what_was_asked(rule: UserRule, question: PastQuestion, covered: bool) -> None:
    assert back_test(rule_covers(rule, PLACES), [question], rule.verdict).answered == covered


def test_rows_that_do_not_say_enough_are_not_guessed_at() -> None:
    everything = rule_covers(UserRule(Verdict.ALLOW, Kind.NET, "*"), PLACES)
    odd = [asked(Kind.NET, "https://x/", "http", ""), asked(Kind.NET, "gopher://x", "http", "GET, 0 bytes sent")]
    assert back_test(everything, odd) == BackTest()


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://h6.example.org/a?b=http://other.org/", "h6.example.org"),
        ("https://h6.example.org", "h6.example.org"),
        ("https://h6.example.org?q=1", "h6.example.org"),
        ("https://h6.example.org:8443/x", "h6.example.org"),
        ("https://[2606:4700:4700::1111]:443/x", "2606:4700:4700::1111"),
        ("https://other.org/h6.example.org", "other.org"),
    ],
)
def test_the_host_of_a_past_request_is_that_of_its_url(url: str, host: str) -> None:
    question = asked(Kind.NET, url, "http", "GET, 0 bytes sent")
    for rule in ("h6.example.org", "other.org", "2606:4700:4700::1111"):
        covers = rule_covers(UserRule(Verdict.ALLOW, Kind.NET, rule), PLACES)
        assert back_test(covers, [question]).answered == (rule == host)


@pytest.mark.parametrize("url", ["https://", "https:///x", "https://h:port/", "//h/", "h", "https://[/", "?https://h/"])
def test_what_has_no_host_is_no_past_request(url: str) -> None:
    everything = rule_covers(UserRule(Verdict.ALLOW, Kind.NET, "*"), PLACES)
    assert back_test(everything, [asked(Kind.NET, url, "http", "GET, 0 bytes sent")]) == BackTest()


async def test_a_damaged_row_hides_no_other_past_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path))
    with stores.open_audit() as audit:
        await audit.append_many([_row(1), _row(2)])
        damage = "UPDATE audit SET resource = CAST(x'2f702fff' AS TEXT) WHERE seq = 1"
        await audit._database.write(lambda connection: connection.execute(damage))
        found = await audit.past_questions(QuestionFilter(Kind.FS_READ))
    assert [one.resource for one in found] == ["/p/2", "/p/\ufffd"]


def test_a_hundred_thousand_rows_take_no_time_to_notice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path))
    with stores.open_audit() as audit:
        audit.append_sync(_row(0))
        database = audit._database
        columns = (
            "row_type kind resource actor actor_version actor_hash session_id turn_id call_id host_call_id decision"
        )
        names = [*columns.split(), "decided_by", "rule", "outcome", "about_seq", "body_sha256", "body_bytes"]
        sql = (
            f"INSERT INTO audit (seq, ts_us, {', '.join(names)}, duration_us, detail, row_hash) "
            f"SELECT n, n, 'decision', CASE n % 3 WHEN 0 THEN 'exec' ELSE 'fs.write' END, "
            "CASE n % 3 WHEN 0 THEN 'pytest tests/test_' || (n % 700) || '.py' ELSE "
            "'/home/p/work/src/module_' || (n % 5000) || '.py' END, "
            "CASE n % 3 WHEN 0 THEN 'bash' ELSE 'file' END, '', '', 's', 't', 'c', 'h', "
            "CASE n % 50 WHEN 0 THEN 'deny' ELSE 'allow' END, 'user', 'allowed by you', '', 0, '', 0, 1, "
            "CASE n % 3 WHEN 0 THEN 'in /home/p/work' ELSE '' END, x'00' FROM numbers"
        )
        counted = "WITH RECURSIVE numbers(n) AS (SELECT 10 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100009) "
        database.write_sync(lambda connection: connection.execute(sql.replace("INSERT", f"{counted}INSERT", 1)))
        import asyncio

        asyncio.run(_tried(audit, grant(Kind.EXEC, "pytest *", "bash", "/home/p/work"), 33_333))
        asyncio.run(_tried(audit, grant(Kind.FS_WRITE, "${PROJECT}", "file"), 66_667))


async def _tried(audit: object, wider: Grant, expected: int) -> None:
    best = 9.0
    for _ in range(2):
        began = time.process_time()
        questions = await audit.past_questions(filter_for_grant(wider, PLACES))  # type: ignore[attr-defined]
        result = back_test(grants_cover([wider], PLACES), questions)
        best = min(best, time.process_time() - began)
        assert abs(result.answered - expected) <= 2 and result.against > 0
    print(f"{wider.pattern}: {1000 * best:.0f} ms")
    assert best < 1.0, "0.3 s of a processor on a quiet machine"


def _row(number: int) -> AuditEntry:
    return AuditEntry(RowType.DECISION, "fs.read", f"/p/{number}", actor="file", decision="allow", decided_by="user")


async def test_what_was_typed_or_withdrawn_was_no_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path))
    rows = [
        AuditEntry(RowType.DECISION, "exec", "make", actor="bash", decision="allow", decided_by="user", detail="in /p"),
        AuditEntry(RowType.DECISION, "exec", "make", actor="user", decision="allow", decided_by="user", detail="in /p"),
        AuditEntry(
            RowType.DECISION, "exec", "make", actor="bash", decision="deny", decided_by="user", outcome="cancelled"
        ),
        AuditEntry(
            RowType.DECISION, "exec", "make", actor="bash", decision="allow", decided_by="grant", detail="in /p"
        ),
    ]
    with stores.open_audit() as audit:
        await audit.append_many(rows)
        found = await audit.past_questions(filter_for_grant(grant(Kind.EXEC, "make *", "bash"), PLACES))
    assert [(one.resource, one.count, one.allowed) for one in found] == [("make", 1, True)]


RULES = (
    UserRule(Verdict.ALLOW, Kind.EXEC, "git log **"),
    UserRule(Verdict.ALLOW, Kind.EXEC, "git log --oneline"),
    UserRule(Verdict.DENY, Kind.EXEC, "git push"),
    UserRule(Verdict.ALLOW, Kind.EXEC, "git push origin *"),
    UserRule(Verdict.ALLOW, Kind.FS_READ, "~/notes/a"),
    UserRule(Verdict.DENY, Kind.FS_READ, "~/notes"),
    UserRule(Verdict.ALLOW, Kind.NET, "api.example.org"),
    UserRule(Verdict.ALLOW, Kind.NET, "example.org", "http"),
)


def test_conflicts_and_rules_that_never_matched_are_pointed_out() -> None:
    counts = {
        "allowed by your rules: `git log -p`, `git log --oneline`": 3,
        "denied by your rule: deny fs.read ~/notes": 2,
    }
    found = reports(RULES, counts, PLACES)
    assert [report.answered for report in found] == [3, 3, 0, 0, 0, 2, 0, 0]
    assert found[1].problems == ("adds nothing: rule 1 covers it already",)
    assert found[3].problems == ("has no effect: rule 3 denies all of it, and denials come first",)
    assert found[4].problems == ("has no effect: rule 6 denies all of it, and denials come first",)
    assert [bool(report.problems) for report in found] == [False, True, False, True, True, False, False, False]


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (RULES[0], "Every tool and skill may run `git log` with any arguments, options included."),
        (RULES[2], "No tool or skill may run `git push`, whatever its arguments."),
        (RULES[3], "Every tool and skill may run `git push origin` with any arguments that are not options."),
        (RULES[5], "No tool or skill may read ~/notes or anything below it."),
        (RULES[7], "http may send requests to example.org and its subdomains."),
        (
            UserRule(Verdict.ALLOW, Kind.NET, "get *.example.org"),
            "Every tool and skill may send requests to the subdomains of example.org, by GET only.",
        ),
        (UserRule(Verdict.ALLOW, Kind.FS_READ, "*", "file"), "file may read every file."),
    ],
)
def test_a_rule_is_told_in_plain_words(rule: UserRule, sentence: str) -> None:
    assert rule_sentence(rule) == sentence


class _Person:
    """Takes the question as it is shown."""

    def __init__(self) -> None:
        self.shown: list[ApprovalQuestion] = []

    async def ask(self, question: ApprovalQuestion) -> ApprovalAnswer | None:
        self.shown.append(question)
        return None


async def test_beside_a_wider_answer_stands_what_it_would_have_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path))
    request = CapabilityRequest(Actor(ActorKind.TOOL, "bash"), exec_target("pytest -q", "/p"))
    needed = decide(request, PolicyView(Mode.ASK, PLACES, 0.0))
    assert isinstance(needed, NeedsApproval)
    question = ApprovalQuestion("q", "c", request, needed.why, "", "", needed.offers, 0)
    person = _Person()
    with stores.open_audit() as audit:
        for command, decision in (("pytest -x", "allow"), ("pytest tests", "deny"), ("rm x", "allow")):
            row = AuditEntry(RowType.DECISION, "exec", command, actor="bash", decision=decision, detail="in /p")
            await audit.append(replace(row, decided_by="user"))
        await InformedApprover(person, audit, PLACES).ask(question)
    past = {offer.letter: offer.past for offer in person.shown[0].offers}
    assert past["p"] == past["t"] == "would have answered 2 past questions, 1 of which you denied"
    assert past["y"] == past["s"] == ""
