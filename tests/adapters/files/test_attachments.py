"""Files named in a prompt are read through the gate, and what is refused is said."""

import json
from pathlib import Path

from blufio_tui.adapters.files.attachments import attach, pasted_mention
from blufio_tui.core.conversation import ImageBlock, TextBlock
from blufio_tui.core.effects import Effect, EffectResult, ListDir, ReadFile
from blufio_tui.core.errors import CapabilityDenied, HostError


class Gate:
    """Reads real files below one folder and refuses everything else; remembers what was asked."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.asked: list[Effect] = []

    async def perform(self, effect: Effect) -> EffectResult:
        self.asked.append(effect)
        assert isinstance(effect, ReadFile | ListDir)
        path = Path(effect.path)
        if not path.is_relative_to(self.root):
            raise CapabilityDenied("fs.read", effect.path, "outside the project")
        if isinstance(effect, ListDir):
            entries = [
                {"name": one.name, "type": "dir" if one.is_dir() else "file", "size": 0}
                for one in sorted(path.iterdir())
            ]
            return EffectResult(len(entries), json.dumps(entries).encode())
        if not path.exists():
            raise HostError(f"no such file: {path}")
        return EffectResult(0, path.read_bytes())


async def test_text_images_and_folders_are_attached_each_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")
    (tmp_path / "pic.png").write_bytes(b"\x89PNG\r\n\x1a\n....")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.txt").write_text("b")
    gate = Gate(tmp_path)
    found = await attach("see @a.txt @pic.png @sub/ and @a.txt again", tmp_path, gate.perform)
    assert [one.path for one in found] == ["a.txt", "pic.png", "sub/"]
    text, image, folder = (one.block for one in found)
    assert isinstance(text, TextBlock)
    assert "hello" in text.text
    assert isinstance(image, ImageBlock)
    assert isinstance(folder, TextBlock)
    assert "b.txt" in folder.text
    assert [type(effect) for effect in gate.asked] == [ReadFile, ReadFile, ListDir]


async def test_what_the_policy_refuses_is_a_note_and_no_content(tmp_path: Path) -> None:
    gate = Gate(tmp_path / "project")
    (tmp_path / "secret").write_text("s")
    [one] = await attach(f"@{tmp_path}/secret", tmp_path / "project", gate.perform)
    assert one.block is None
    assert "capability not permitted: fs.read" in one.note


async def test_a_path_that_is_not_there_is_said_and_a_name_is_left_alone(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    found = await attach("ask @bob about @src/gone.py and @app.route('/x')", tmp_path, gate.perform)
    assert [one.path for one in found] == ["src/gone.py"]
    assert "no such file" in found[0].note


async def test_only_so_many_files_go_with_one_prompt(tmp_path: Path) -> None:
    for number in range(25):
        (tmp_path / f"{number}.txt").write_text("x")
    found = await attach(" ".join(f"@{number}.txt" for number in range(25)), tmp_path, Gate(tmp_path).perform)
    assert len([one for one in found if one.block]) == 20
    assert "Only 20 files" in found[-1].note


def test_a_dropped_file_becomes_a_mention_and_other_text_does_not(tmp_path: Path) -> None:
    (tmp_path / "my shot.png").write_bytes(b"x")
    assert pasted_mention(f"'{tmp_path}/my shot.png'") == f'@"{tmp_path}/my shot.png"'
    assert pasted_mention(f"{tmp_path}/gone.png") == ""
    assert pasted_mention("plain words") == ""
