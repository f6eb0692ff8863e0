"""What the configuration itself gives."""

from pathlib import Path

from blufio_tui.adapters.config.live_settings import LiveSettings
from blufio_tui.adapters.config.settings import keys_set, load_settings
from blufio_tui.adapters.config.trust import settings_trust


def test_a_setting_counts_as_set_only_when_the_file_gives_it_also_later(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    settings = LiveSettings(settings_trust(file, tmp_path / "keys"), load_settings(file))
    assert not settings.is_set("approval.timeout_secs")
    file.write_text("[approval]\ntimeout_secs = 120.0\n")
    assert settings.is_set("approval.timeout_secs")
    file.write_text("not toml at all [")
    assert keys_set(file) == frozenset()
