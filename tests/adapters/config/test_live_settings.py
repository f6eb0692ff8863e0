"""Rules of config.toml hold as soon as they are written there, unless another program wrote them to allow more."""

from pathlib import Path

import pytest

from blufio_tui.adapters.config.live_settings import LiveSettings
from blufio_tui.adapters.config.settings import load_settings, set_value
from blufio_tui.adapters.config.trust import settings_trust, trusted_settings
from blufio_tui.core.capability import Verdict

DENY = '[policy]\nrules = [{ deny = "net", target = "*" }]\n'
ALLOW = '[policy]\nrules = [{ allow = "exec", target = "*" }]\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def live_at(config: Path) -> LiveSettings:
    return LiveSettings(settings_trust(config, config.parent / "keys"), load_settings(config))


def verdicts(live: LiveSettings) -> list[Verdict]:
    return [rule.verdict for rule in live.now().policy.rules]


def test_a_denial_that_is_written_while_the_program_runs_holds_at_once_and_stays(config: Path) -> None:
    live = live_at(config)
    assert live.now().policy.rules == ()
    config.write_text(DENY)
    assert verdicts(live) == [Verdict.DENY]
    config.unlink()
    assert verdicts(live) == [Verdict.DENY]
    assert live.trust.held()


def test_a_denial_stays_that_was_written_while_something_else_waits(config: Path) -> None:
    live = live_at(config)
    config.write_text(waits := '[network]\nallow_private = ["10.0.0.1:80"]\n')
    assert live.now().policy.rules == ()
    config.write_text(waits + DENY)
    assert verdicts(live) == [Verdict.DENY]
    config.write_text(waits)
    assert verdicts(live) == [Verdict.DENY]
    assert (waiting := live.trust.held()) is not None
    assert "it drops the denial of net * to everyone" in waiting.gains
    config.write_text("")
    assert verdicts(live) == [Verdict.DENY]
    config.write_text(waits)
    live.now()
    assert live.trust.confirm(waiting)
    live.confirmed()
    assert live.now().policy.rules == ()


def test_a_file_that_becomes_unreadable_takes_no_rule_away(config: Path) -> None:
    config.write_text(DENY)
    live = live_at(config)
    config.write_text("[policy\n")
    assert len(live.now().policy.rules) == 1


def test_an_allowance_of_another_program_waits_for_a_person(config: Path) -> None:
    config.write_text(DENY)
    live = live_at(config)
    config.write_text(ALLOW)
    assert verdicts(live) == [Verdict.DENY]
    [change] = live.trust.news()
    assert change == live.trust.held()
    assert change.gains == ("it allows exec * to everyone", "it drops the denial of net * to everyone")
    assert live.trust.news() == []
    assert live.trust.confirm(change)
    live.confirmed()
    assert verdicts(live) == [Verdict.ALLOW]


def test_what_was_shown_and_changed_since_is_not_confirmed(config: Path) -> None:
    live = live_at(config)
    config.write_text(ALLOW)
    live.now()
    shown = live.trust.held()
    config.write_text(ALLOW.replace("*", "/bin/x"))
    live.now()
    assert shown is not None
    assert not live.trust.confirm(shown)
    assert verdicts(live) == []


def test_what_the_program_itself_writes_counts_but_does_not_carry_a_foreign_change_along(config: Path) -> None:
    live = live_at(config)
    set_value(config, "network.allow_private", '["127.0.0.1:1"]')
    assert live.in_file().network.allow_private == ("127.0.0.1:1",)
    assert live.trust.held() is None
    config.write_text(config.read_text() + ALLOW)
    set_value(config, "agent.max_skills_in_prompt", "3")
    assert verdicts(live) == []
    assert live.trust.held()


def test_an_end_of_the_program_does_not_make_a_foreign_change_count(config: Path) -> None:
    live = live_at(config)
    config.write_text('[network]\nallow_private = ["10.0.0.1:80"]\n' + ALLOW)
    live.now()
    keys = config.parent / "keys"
    again = live_at(config)
    assert verdicts(again) == []
    assert trusted_settings(config, keys).network.allow_private == ()
    [change] = again.trust.news()
    assert again.trust.confirm(change)
    assert trusted_settings(config, keys).network.allow_private == ("10.0.0.1:80",)


def test_a_change_while_nothing_runs_counts(config: Path) -> None:
    live_at(config)
    config.write_text(ALLOW)
    assert verdicts(live_at(config)) == [Verdict.ALLOW]


def test_a_change_that_is_taken_back_leaves_nothing_to_confirm(config: Path) -> None:
    config.write_text(DENY)
    live = live_at(config)
    config.write_text(ALLOW)
    live.now()
    config.write_text(DENY)
    assert verdicts(live) == [Verdict.DENY]
    assert live.trust.held() is None
    assert not list((config.parent / "keys").glob("trusted-*"))
