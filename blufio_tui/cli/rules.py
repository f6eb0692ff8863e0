"""`blufio-tui rules`: your own standing rules in config.toml, and what they would have answered."""

import argparse
from typing import TYPE_CHECKING, Any

from blufio_tui.adapters.config.paths import Paths
from blufio_tui.cli.actions import add_action
from blufio_tui.cli.audit import tell_doubt
from blufio_tui.cli.commands import COMMANDS
from blufio_tui.cli.start import start_options
from blufio_tui.cli.waiting import notes_what_waits
from blufio_tui.core.capability import Kind, Verdict
from blufio_tui.core.errors import NotThere, UsageError
from blufio_tui.core.interrupts import run_to_end
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_text import json_text

if TYPE_CHECKING:
    from blufio_tui.core.policy.back_test import BackTest
    from blufio_tui.core.policy.rule_report import RuleReport
    from blufio_tui.core.policy.rules import UserRule
    from blufio_tui.core.text.json_types import Json, JsonObject

_KINDS = [kind.value for kind in Kind]


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("rules", help=COMMANDS["rules"])
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

    one = add_action(actions, "list", "list each rule in words, what it decided so far, and what is odd about it")
    one.set_defaults(run=_list)

    one = add_action(actions, "add", "add a rule; comments in config.toml are kept")
    _rule_arguments(one)
    one.set_defaults(run=_add)

    one = add_action(actions, "remove", "remove a rule")
    one.add_argument("number", metavar="NUMBER", type=int, help="as `rules list` shows it")
    one.set_defaults(run=_remove)

    one = add_action(actions, "test", "show what a rule would have answered to past questions in the log")
    _rule_arguments(one)
    one.set_defaults(run=_test)


def _rule_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("verdict", choices=[verdict.value for verdict in Verdict])
    parser.add_argument("kind", choices=_KINDS)
    parser.add_argument("target", metavar="TARGET", help="a path, [METHOD ]host[:port], a variable, or a command")
    parser.add_argument("--actor", default="*", metavar="NAME", help="only for this tool or skill")


def _rule(args: argparse.Namespace) -> "UserRule":
    from blufio_tui.core.policy.rule_targets import target_problem
    from blufio_tui.core.policy.rules import UserRule

    rule = UserRule(Verdict(args.verdict), Kind(args.kind), args.target, args.actor)
    if problem := target_problem(rule.verdict, rule.kind, rule.target):
        raise UsageError(f"the target {visible_line(rule.target)!r} {problem}")
    return rule


def _list(args: argparse.Namespace) -> int:
    from blufio_tui.features.policy import rules

    found, doubt = run_to_end(rules.rule_reports(start_options(args).project))
    tell_doubt(doubt)
    if args.json:
        print(json_text([_report_json(report) for report in found]))
        return 0
    for report in found:
        answered = f"answered {report.answered:,}" if report.answered else "never matched"
        print(visible_line(f"{report.number:>3}  {report.sentence}  ({answered})"))
        for problem in report.problems:
            print(visible_line(f"     ! {problem}"))
    if not found:
        print("there are no rules; `blufio-tui rules add` adds one")
    return 0


def _add(args: argparse.Namespace) -> int:
    from blufio_tui.core.policy.rule_report import rule_sentence
    from blufio_tui.features.policy import rules

    rule = _rule(args)
    with notes_what_waits(Paths.from_environment().config_file):
        number = rules.add_rule(rule)
    if args.json:
        print(json_text({"number": number, **rule_json(rule), "sentence": rule_sentence(rule)}))
    else:
        print(visible_line(f"{number}  {rule_sentence(rule)}"))
    return 0


def _remove(args: argparse.Namespace) -> int:
    from blufio_tui.core.policy.rule_report import rule_sentence
    from blufio_tui.features.policy import rules

    with notes_what_waits(Paths.from_environment().config_file):
        removed = rules.remove_rule(args.number)
    if removed is None:
        raise NotThere(f"there is no rule {args.number}; `blufio-tui rules list` shows them")
    if args.json:
        print(json_text(rule_json(removed)))
    else:
        print(visible_line(f"removed: {rule_sentence(removed)}"))
    return 0


def _test(args: argparse.Namespace) -> int:
    from blufio_tui.core.policy.rule_report import rule_sentence
    from blufio_tui.features.policy import rules

    rule = _rule(args)
    result = run_to_end(rules.test_rule(rule, start_options(args).project))
    tell_doubt(result.doubt)
    if args.json:
        print(json_text({**rule_json(rule), "sentence": rule_sentence(rule), **_result_json(result)}))
        return 0
    print(visible_line(rule_sentence(rule)))
    print(f"It {result.sentence(rule.verdict)}.")
    for question in result.examples:
        said = "allowed" if question.allowed else "denied"
        times = f" ({question.count} times)" if question.count > 1 else ""
        print(visible_line(f"  you {said:<8} {question.resource}{times}"))
    return 0


def rule_json(rule: "UserRule") -> "JsonObject":
    return {"verdict": rule.verdict.value, "kind": rule.kind.value, "target": rule.target, "actor": rule.actor}


def _report_json(report: "RuleReport") -> "JsonObject":
    problems: list[Json] = list(report.problems)
    return {
        "number": report.number,
        **rule_json(report.rule),
        "sentence": report.sentence,
        "answered": report.answered,
        "problems": problems,
    }


def _result_json(result: "BackTest") -> "JsonObject":
    examples: list[Json] = [
        {"resource": one.resource, "allowed": one.allowed, "count": one.count, "seq": one.last_seq}
        for one in result.examples
    ]
    return {
        "would_answer": result.answered,
        "against": result.against,
        "complete": result.is_whole,
        "examples": examples,
    }
