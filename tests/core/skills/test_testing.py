"""What `skill test` says of a run, and the JSON of `skill run`."""

import pytest

from blufio_tui.core.capability import DecidedBy, Kind, Verdict
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.events import CallUsage, ErrorInfo, HostCallFinished, LogLine
from blufio_tui.core.manifest.manifest import Example
from blufio_tui.core.skills.report import HostCallCollector, invalid_manifest, run_report
from blufio_tui.core.skills.testing import Result, judge
from blufio_tui.core.tools import ToolOutcome

DENIED = HostCallFinished(
    "t",
    "c",
    "h",
    Kind.NET,
    "https://x.example/",
    Verdict.DENY,
    DecidedBy.MODE,
    "denied by mode deny",
    "denied",
    1.23456,
    7,
)
FAILED = ToolOutcome("boom", is_error=True, error=ErrorInfo(ErrorKind.TRAP, "boom"))
REFUSED = ToolOutcome("no", is_error=True, error=ErrorInfo(ErrorKind.CAPABILITY_DENIED, "no"))


@pytest.mark.parametrize(
    ("example", "outcome", "result"),
    [
        (Example("s", {}), ToolOutcome("x"), Result.PASSED),
        (Example("s", {}), FAILED, Result.FAILED),
        (Example("s", {}, output="x"), ToolOutcome("x"), Result.PASSED),
        (Example("s", {}, output="x"), ToolOutcome("xy"), Result.FAILED),
        (Example("s", {}, output_contains="x"), ToolOutcome("axb"), Result.PASSED),
        (Example("s", {}, output_contains="x"), ToolOutcome("ab"), Result.FAILED),
        (Example("s", {}, output=""), ToolOutcome("x"), Result.FAILED),
        (Example("s", {}, denied="net"), ToolOutcome("x"), Result.FAILED),
        (Example("s", {}, denied="fs.read"), REFUSED, Result.FAILED),
    ],
)
def test_an_example_is_judged_by_what_it_expects(example: Example, outcome: ToolOutcome, result: Result) -> None:
    judgement = judge(example, outcome, ())
    assert judgement.result is result
    assert bool(judgement.why) is (result is not Result.PASSED)


def test_an_expected_denial_counts_when_it_is_of_the_kind_expected() -> None:
    assert judge(Example("s", {}, denied="net"), REFUSED, [DENIED]).result is Result.PASSED
    assert judge(Example("s", {}, denied="env"), REFUSED, [DENIED]).result is Result.FAILED


def test_an_example_that_needs_the_network_is_skipped_and_says_so() -> None:
    judgement = judge(Example("s", {}), FAILED, (), ["https://x.example/"])
    assert judgement.result is Result.SKIPPED
    assert "https://x.example/ is not recorded" in judgement.why


def test_the_report_has_the_shape_of_the_contract() -> None:
    outcome = ToolOutcome("no", True, REFUSED.error, CallUsage(1, 2, 3.0, 4.0, 5), (LogLine("info", "hi"),))
    collector = HostCallCollector()
    collector.take(DENIED)
    report = run_report("x", "0.1.0", "call_1", outcome, collector.finished)
    assert report["error"] == {"kind": "capability_denied", "message": "no"}
    assert report["usage"] == {
        "fuel": 1, "memory_peak_bytes": 2, "wall_ms": 3.0, "host_ms": 4.0, "host_calls": 5
    }  # fmt: skip
    assert report["logs"] == [{"level": "info", "message": "hi"}]
    assert report["logs_dropped"] == 0
    assert report["audit"] == [
        {
            "seq": 7,
            "kind": "net",
            "resource": "https://x.example/",
            "decision": "deny",
            "decided_by": "mode",
            "outcome": "denied",
            "rule": "denied by mode deny",
            "duration_ms": 1.235,
            "bytes": 0,
        }
    ]
    assert {"skill", "version", "call_id", "is_error", "content"} <= report.keys()


def test_an_invalid_manifest_is_an_error_of_its_own_kind() -> None:
    report = run_report("x", "", "call_1", invalid_manifest("skill.toml:1: no"), [])
    assert report["error"] == {"kind": "invalid_manifest", "message": "skill.toml:1: no"}
