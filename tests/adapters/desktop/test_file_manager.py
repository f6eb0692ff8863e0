from pathlib import Path

from blufio_tui.adapters.desktop.file_manager import open_folder


def test_without_a_desktop_it_says_so(tmp_path: Path) -> None:
    assert "no desktop" in open_folder(tmp_path, {"PATH": "/usr/bin"})


def test_the_file_manager_is_started_with_the_folder_and_not_waited_for(tmp_path: Path) -> None:
    opener, told = tmp_path / "xdg-open", tmp_path / "told"
    opener.write_text(f'#!/bin/sh\necho "$1" > {told}.part && mv {told}.part {told}\n')
    opener.chmod(0o755)
    assert open_folder(tmp_path, {"PATH": f"{tmp_path}:/usr/bin:/bin", "DISPLAY": ":0"}) == ""
