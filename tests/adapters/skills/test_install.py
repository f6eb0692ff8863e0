"""Installing, updating and removing skills, by friends and by attackers."""

import os
import sqlite3
import tarfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from blufio_tui.adapters.skills.signing import make_key, sign
from blufio_tui.core.audit.rows import RowType
from blufio_tui.core.capability import ActorKind, Kind, Verdict
from blufio_tui.core.effects import EffectResult, Fetch
from blufio_tui.core.errors import ManifestError, SkillError, StorageError
from blufio_tui.core.policy.approval import Lifetime, Scope
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.skills.skill import Skill, SkillKind, SkillStatus
from tests.fakes.skill_folders import MODULE, Bench, make_bench, make_instructions, make_skill

NET = '[capabilities.network]\ndomains = ["example.com"]\n'


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = make_bench(tmp_path / "home")
    yield made
    made.database.close()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "source"


def grant_for(skill: Skill, verdict: Verdict = Verdict.ALLOW, grant_id: str = "g1") -> Grant:
    return Grant(
        grant_id,
        verdict,
        ActorKind.SKILL,
        skill.name,
        skill.publisher,
        skill.content_hash,
        Kind.NET,
        Scope.EXACT,
        "GET https://x.example",
        Lifetime.FOREVER,
    )


async def test_a_folder_is_copied_into_the_data_folder_and_listed(bench: Bench, source: Path) -> None:
    skill = await bench.install(make_skill(source, files={"docs/a.md": b"x"}))
    assert skill.folder == bench.home / "skills" / "greeter"
    assert (skill.folder / "docs" / "a.md").read_bytes() == b"x"
    assert [(found.name, found.status, found.kind) for found in bench.registry.skills()] == [
        ("greeter", SkillStatus.UNSIGNED, SkillKind.WASM)
    ]
    assert bench.registry.differences(skill) == ()


async def test_what_is_asked_for_is_said_in_words_before_anything_is_installed(bench: Bench, source: Path) -> None:
    candidate = await bench.installer.prepare(str(make_skill(source, more=NET)))
    assert candidate.asks == ("send any request to example.com and its subdomains",)
    assert bench.registry.skills() == []
    await bench.installer.discard(candidate)
    assert list((bench.home / "skills").iterdir()) == []


async def test_installing_updating_and_removing_leave_rows_in_the_audit_log(bench: Bench, source: Path) -> None:
    await bench.install(make_skill(source))
    await bench.install(make_skill(source, version="1.1.0"))
    await bench.installer.remove("greeter")
    assert [(entry.row_type, entry.resource, entry.outcome, entry.about_seq) for entry in bench.audit.entries] == [
        (RowType.INSTALL, "greeter 1.0.0", "", 0),
        (RowType.OUTCOME, "greeter 1.0.0", "ok", 1),
        (RowType.UPDATE, "greeter 1.1.0", "", 0),
        (RowType.OUTCOME, "greeter 1.1.0", "ok", 3),
        (RowType.REMOVE, "greeter 1.1.0", "", 0),
        (RowType.OUTCOME, "greeter 1.1.0", "ok", 5),
    ]
    decided = [(entry.decision, entry.decided_by) for entry in bench.audit.entries if not entry.about_seq]
    assert decided == [("allow", "user")] * 3
    assert bench.registry.skills() == []
    assert list((bench.home / "skills").iterdir()) == []


async def test_a_program_killed_between_the_files_and_their_row_leaves_the_old_version_whole(
    bench: Bench, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(Exception):
        pass

    async def killed(action: Callable[[sqlite3.Connection], None]) -> None:
        def run(connection: sqlite3.Connection) -> None:
            action(connection)
            raise KilledError

        bench.database.write_sync(run)

    for version, before in (("1.0.0", []), ("2.0.0", ["1.0.0"]), ("3.0.0", ["2.0.0"])):
        folder = make_skill(source, version=version)
        candidate = await bench.installer.prepare(str(folder))
        with monkeypatch.context() as patch, pytest.raises(KilledError):
            patch.setattr(bench.database, "write", killed)
            await bench.installer.commit(candidate)
        listed = bench.registry.refresh()
        assert [(skill.version, skill.status) for skill in listed] == [(one, SkillStatus.UNSIGNED) for one in before]
        skill = await bench.install(folder)
        assert bench.registry.differences(skill) == ()
    assert [path for path in (bench.home / "skills").iterdir() if not path.name.startswith(".")] == [skill.folder]


async def test_nothing_is_installed_when_the_audit_log_cannot_be_written(bench: Bench, source: Path) -> None:
    candidate = await bench.installer.prepare(str(make_skill(source)))
    bench.audit.broken = True
    with pytest.raises(StorageError):
        await bench.installer.commit(candidate)
    assert bench.registry.skills() == []


async def test_changes_of_the_source_after_the_question_are_not_installed(bench: Bench, source: Path) -> None:
    folder = make_skill(source)
    candidate = await bench.installer.prepare(str(folder))
    (folder / "skill.toml").write_text((folder / "skill.toml").read_text() + NET)
    skill = await bench.installer.commit(candidate)
    assert skill.manifest is not None
    assert skill.manifest.capabilities.network is None
    assert "example.com" not in (skill.folder / "skill.toml").read_text()


async def test_an_update_asks_only_for_what_widens(bench: Bench, source: Path) -> None:
    await bench.install(make_skill(source, more=NET))
    more = NET + '[capabilities.filesystem]\nread = ["~/notes"]\n'
    candidate = await bench.installer.prepare_update("greeter", str(make_skill(source, version="2.0.0", more=more)))
    assert candidate.asks == ("read ~/notes and everything below it",)
    assert candidate.change is not None
    assert candidate.change.files == ("changed: skill.toml",)


async def test_an_update_from_where_it_came_from_needs_no_source(bench: Bench, source: Path) -> None:
    await bench.install(make_skill(source, more=NET))
    make_skill(source, version="1.0.1")
    candidate = await bench.installer.prepare_update("greeter")
    assert candidate.asks == ()
    assert candidate.change is not None
    assert candidate.change.narrows == ("send any request to example.com and its subdomains",)
    assert (await bench.installer.commit(candidate)).version == "1.0.1"


async def test_an_update_keeps_the_date_of_installing_and_whether_it_is_enabled(bench: Bench, source: Path) -> None:
    first = await bench.install(make_skill(source))
    await bench.registry.set_enabled("greeter", False)
    bench.clock.pass_seconds(60)
    second = await bench.install(make_skill(source, version="2.0.0"))
    assert (second.installed, second.updated, second.enabled) == (first.installed, first.installed + 60, False)


async def test_another_skill_in_the_source_is_no_update(bench: Bench, source: Path) -> None:
    await bench.install(make_skill(source))
    with pytest.raises(SkillError, match='holds the skill "other", not "greeter"'):
        await bench.installer.prepare_update("greeter", str(make_skill(source, "other")))
    assert [path.name for path in (bench.home / "skills").iterdir()] == ["greeter"]


async def test_the_same_again_is_noticed_unless_the_installed_one_is_damaged(bench: Bench, source: Path) -> None:
    folder = make_skill(source)
    skill = await bench.install(folder)
    assert (await bench.installer.prepare(str(folder))).is_unchanged
    (skill.folder / "skill.wasm").write_bytes(b"swapped")
    candidate = await bench.installer.prepare(str(folder))
    assert not candidate.is_unchanged
    assert bench.registry.differences(await bench.installer.commit(candidate)) == ()


# ── publishers ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    ours, theirs = tmp_path / "ours.pem", tmp_path / "theirs.pem"
    make_key(ours)
    make_key(theirs)
    return ours, theirs


def signed(source: Path, key: Path, **values: str) -> Path:
    folder = make_skill(source, **values)
    sign(folder, key)
    return folder


async def test_a_signed_skill_is_verified_and_its_key_remembered(
    bench: Bench, source: Path, keys: tuple[Path, Path]
) -> None:
    candidate = await bench.installer.prepare(str(signed(source, keys[0])))
    assert "a publisher you have not met before" in candidate.notes[-1]
    skill = await bench.installer.commit(candidate)
    assert skill.status is SkillStatus.VERIFIED
    other = await bench.installer.prepare(str(signed(source, keys[0], name="other")))
    assert "whose skills you have installed before" in other.notes[-1]


async def test_an_update_by_another_publisher_is_refused_with_the_way_out(
    bench: Bench, source: Path, keys: tuple[Path, Path]
) -> None:
    await bench.install(signed(source, keys[0]))
    with pytest.raises(SkillError, match=r"another publisher\..*blufio-tui skill remove greeter"):
        await bench.installer.prepare(str(signed(source, keys[1], version="2.0.0")))
    await bench.installer.remove("greeter")
    assert (await bench.install(signed(source, keys[1]))).status is SkillStatus.VERIFIED


async def test_a_signed_skill_turned_unsigned_is_refused(bench: Bench, source: Path, keys: tuple[Path, Path]) -> None:
    folder = signed(source, keys[0])
    await bench.install(folder)
    (folder / "skill.sig").unlink()
    with pytest.raises(SkillError, match="but this version is not signed"):
        await bench.installer.prepare(str(folder))


async def test_a_broken_signature_is_refused_at_once(bench: Bench, source: Path, keys: tuple[Path, Path]) -> None:
    folder = signed(source, keys[0])
    (folder / "skill.wasm").write_bytes(MODULE + b"\0\2\1x")
    with pytest.raises(SkillError, match="does not match the files"):
        await bench.installer.prepare(str(folder))
    assert list((bench.home / "skills").iterdir()) == []


async def test_a_signed_update_that_widens_nothing_keeps_its_grants(
    bench: Bench, source: Path, keys: tuple[Path, Path]
) -> None:
    first = await bench.install(signed(source, keys[0]))
    await bench.grants.add(grant_for(first))
    second = await bench.install(signed(source, keys[0], version="1.1.0"))
    assert [grant.content_hash for grant in bench.grants.grants()] == [second.content_hash]


async def test_any_other_update_starts_over_with_grants(bench: Bench, source: Path, keys: tuple[Path, Path]) -> None:
    first = await bench.install(signed(source, keys[0]))
    await bench.grants.add(grant_for(first))
    await bench.install(signed(source, keys[0], version="1.1.0", more=NET))
    assert [grant.content_hash for grant in bench.grants.grants()] == [first.content_hash]


async def test_removing_revokes_what_was_allowed_and_keeps_what_was_denied(bench: Bench, source: Path) -> None:
    skill = await bench.install(make_skill(source))
    await bench.grants.add(grant_for(skill))
    await bench.grants.add(grant_for(skill, Verdict.DENY, "g2"))
    assert await bench.installer.remove("greeter") == 1
    assert list(bench.grants.stored) == ["g2"]


# ── attacks ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("link", ["file", "folder", "module"])
async def test_a_link_in_the_folder_is_refused(bench: Bench, source: Path, link: str) -> None:
    folder = make_skill(source)
    if link == "module":
        (folder / "skill.wasm").unlink()
    name = {"file": "secret.txt", "folder": "etc", "module": "skill.wasm"}[link]
    os.symlink("/etc" if link == "folder" else "/etc/passwd", folder / name)
    with pytest.raises(SkillError, match="a link or a special file"):
        await bench.installer.prepare(str(folder))


async def test_a_pipe_in_the_folder_does_not_hang_the_installer(bench: Bench, source: Path) -> None:
    folder = make_skill(source)
    os.mkfifo(folder / "pipe")
    with pytest.raises(SkillError, match="a link or a special file"):
        await bench.installer.prepare(str(folder))


@pytest.mark.parametrize("entry", ["other.wasm", "../skill.wasm", "/etc/passwd.wasm", "target/skill.wasm"])
async def test_a_manifest_that_lies_about_its_entry_is_refused(bench: Bench, source: Path, entry: str) -> None:
    folder = make_skill(source, more=f'[wasm]\nentry = "{entry}"\n', files={"target/skill.wasm": b"x"})
    with pytest.raises(ManifestError, match=r"wasm\.entry"):
        await bench.installer.prepare(str(folder))


async def test_two_skills_with_one_tool_name_are_not_installed(bench: Bench, source: Path) -> None:
    await bench.install(make_skill(source, "text-tool"))
    for twin in ("text_tool", "Text-Tool"):
        with pytest.raises(SkillError, match='which is the installed skill "text-tool"'):
            await bench.installer.prepare(str(make_skill(source, twin)))


async def test_a_name_that_looks_like_an_installed_one_is_pointed_out(bench: Bench, source: Path) -> None:
    await bench.install(make_skill(source, "text-tool"))
    candidate = await bench.installer.prepare(str(make_skill(source, "text-t00l")))
    assert 'looks like that of "text-tool"' in candidate.notes[0]


async def test_a_look_alike_letter_cannot_be_in_a_name(bench: Bench, source: Path) -> None:
    with pytest.raises(ManifestError, match="CYRILLIC"):
        await bench.installer.prepare(str(make_skill(source, "gr\u0435eter")))


async def test_a_skill_cannot_pose_as_a_bundled_one(tmp_path: Path, source: Path) -> None:
    from blufio_tui.adapters.skills.bundled import bundled_folder

    bench = make_bench(tmp_path / "home", bundled=bundled_folder())
    try:
        for name in ("text-stats", "text_stats"):
            with pytest.raises(SkillError, match='"text-stats" is a bundled skill'):
                await bench.installer.prepare(str(make_skill(source, name)))
        with pytest.raises(SkillError, match="it can be disabled"):
            await bench.installer.remove("text-stats")
    finally:
        bench.database.close()


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("load-skill", "built-in tool"),
        ("File", "built-in tool"),
        ("bash", "built-in tool"),
        ("user", "the log"),
        ("Blufio-TUI", "the log"),
        ("model", "the log"),
    ],
)
async def test_a_name_of_what_is_no_skill_is_refused(bench: Bench, source: Path, name: str, problem: str) -> None:
    with pytest.raises(SkillError, match=f"{problem}.*give the skill another name"):
        await bench.installer.prepare(str(make_skill(source, name)))


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"SKILL.md": b"x" * 300_000}, "SKILL.md is larger than 256 KiB"),
        ({"SKILL.md": b"\xff\xfe"}, "not UTF-8"),
        ({"skill.toml": b"x" * 300_000}, "skill.toml is larger than 256 KiB"),
        ({"skill.toml": b"\xff"}, "not UTF-8"),
        ({"README": b"", "readme": b""}, "are one file on some systems"),
    ],
)
async def test_oversized_or_unreadable_files_are_refused(
    bench: Bench, source: Path, files: dict[str, bytes], error: str
) -> None:
    with pytest.raises((SkillError, ManifestError), match=error):
        await bench.installer.prepare(str(make_skill(source, files=files)))


async def test_too_many_files_are_refused(bench: Bench, source: Path) -> None:
    folder = make_skill(source, files={f"f{number}": b"" for number in range(1_001)})
    with pytest.raises(SkillError, match="the folder holds more than 1000 files"):
        await bench.installer.prepare(str(folder))


async def test_a_skill_that_another_program_changed_meanwhile_is_not_overwritten(bench: Bench, source: Path) -> None:
    folder = make_skill(source)
    candidate = await bench.installer.prepare(str(folder))
    await bench.install(make_skill(source, version="3.0.0"))
    with pytest.raises(SkillError, match="changed by another program"):
        await bench.installer.commit(candidate)
    assert bench.registry.get("greeter").version == "3.0.0"
    assert bench.audit.entries[-1].outcome.startswith("error: ")
    assert bench.registry.differences(bench.registry.get("greeter")) == ()


async def test_copies_left_by_a_killed_program_are_swept_up_a_day_later(bench: Bench, source: Path) -> None:
    old, fresh = bench.home / "skills" / ".staging-old", bench.home / "skills" / ".staging-fresh"
    old.mkdir(parents=True)
    fresh.mkdir()
    os.utime(old, (0, 0))
    await bench.install(make_skill(source))
    assert sorted(path.name for path in (bench.home / "skills").iterdir()) == [".staging-fresh", "greeter"]


# ── other sources ──────────────────────────────────────────────────────────────────────────────────


def packed(folder: Path, archive: Path) -> Path:
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder, folder.name)
    return archive


async def test_an_archive_with_the_skill_in_a_folder_is_installed(bench: Bench, source: Path, tmp_path: Path) -> None:
    skill = await bench.install(packed(make_skill(source), tmp_path / "greeter-1.0.0.tar.gz"))
    assert sorted(path.name for path in skill.folder.iterdir()) == ["skill.toml", "skill.wasm"]


async def test_an_archive_without_a_skill_says_so(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "a.txt").write_text("a")
    with pytest.raises(SkillError, match="holds neither"):
        await bench.installer.prepare(str(packed(tmp_path / "x", tmp_path / "x.tar.gz")))


async def test_an_address_is_fetched_through_what_it_is_given(tmp_path: Path, source: Path) -> None:
    data = packed(make_skill(source), tmp_path / "g.tar.gz").read_bytes()
    asked: list[str] = []

    async def download(effect: Fetch) -> EffectResult:
        asked.append(effect.url)
        return EffectResult(200 if "good" in effect.url else 404, data)

    bench = make_bench(tmp_path / "home", download=download)
    try:
        assert (await bench.install("https://good.example/g.tar.gz")).name == "greeter"
        with pytest.raises(SkillError, match="answered with status 404"):
            await bench.installer.prepare("https://bad.example/g.zip")
        with pytest.raises(SkillError, match=r"must end in \.tar\.gz or \.zip"):
            await bench.installer.prepare("https://good.example/page")
    finally:
        bench.database.close()
    assert asked == ["https://good.example/g.tar.gz", "https://bad.example/g.zip"]


@pytest.mark.parametrize("name", ["missing", "plain.txt"])
async def test_a_source_that_is_nothing_to_install_says_so(bench: Bench, tmp_path: Path, name: str) -> None:
    (tmp_path / "plain.txt").write_text("x")
    with pytest.raises(SkillError):
        await bench.installer.prepare(str(tmp_path / name))


async def test_an_agent_skills_folder_is_installed_as_it_is(bench: Bench, source: Path) -> None:
    folder = make_instructions(source, "pdf-forms", fields="allowed-tools: Read http\nlicense: MIT\n")
    (folder / "references").mkdir()
    (folder / "references" / "a.md").write_text("x")
    candidate = await bench.installer.prepare(str(folder))
    assert candidate.asks == ("give the model its instructions when the model asks for them",)
    skill = await bench.installer.commit(candidate)
    assert (skill.kind, skill.allowed_tools) == (SkillKind.INSTRUCTIONS, ("Read", "http"))
    assert bench.registry.get("pdf-forms").allowed_tools == ("Read", "http")


async def test_an_agent_skill_in_a_folder_of_another_name_is_pointed_out(bench: Bench, source: Path) -> None:
    folder = make_instructions(source, "pdf-forms")
    candidate = await bench.installer.prepare(str(folder.rename(source / "other")))
    assert 'its name is "pdf-forms", but its folder is called "other"' in candidate.notes[0]
    assert (await bench.installer.commit(candidate)).folder.name == "pdf-forms"


async def test_a_folder_that_is_no_skill_is_refused_before_anything_is_copied(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(SkillError, match=r"holds neither skill\.toml nor SKILL\.md"):
        await bench.installer.prepare(str(tmp_path))
    assert list((bench.home / "skills").iterdir()) == []


async def test_a_folder_that_holds_the_installed_skills_is_refused(bench: Bench, tmp_path: Path) -> None:
    folder = make_skill(tmp_path.parent, tmp_path.name)
    with pytest.raises(SkillError, match="where skills are installed"):
        await bench.installer.prepare(str(folder))
