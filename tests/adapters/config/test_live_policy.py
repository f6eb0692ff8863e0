"""Rules of config.toml hold as soon as they are written there."""

from pathlib import Path

from blufio_tui.adapters.config.live_policy import LivePolicy
from blufio_tui.adapters.config.settings import load_settings

DENY = '[policy]\nrules = [{ deny = "net", target = "*" }]\n'


def test_a_rule_that_is_written_while_the_program_runs_holds_at_once(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    live = LivePolicy(config, load_settings(config))
    assert live.settings().policy.rules == ()
    config.write_text(DENY)
    assert len(live.settings().policy.rules) == 1
    config.unlink()
    assert live.settings().policy.rules == ()


def test_a_file_that_becomes_unreadable_takes_no_rule_away(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(DENY)
    live = LivePolicy(config, load_settings(config))
    config.write_text("[policy\n")
    assert len(live.settings().policy.rules) == 1
