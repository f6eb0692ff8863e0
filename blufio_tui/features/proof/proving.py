"""Proofs for others: from rows of the log, its checkpoint and the skills to one signed file."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from blufio_tui import __version__
from blufio_tui.adapters.audit import proving
from blufio_tui.adapters.audit.checkpoints import Checkpoints, Signed
from blufio_tui.adapters.audit.proving import Chosen, RawRow
from blufio_tui.adapters.audit.signing_key import PublicKey, SigningKey
from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.config.paths import Paths
from blufio_tui.adapters.config.settings import load_settings
from blufio_tui.adapters.skills.folder import scan
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.audit.checkpoint import KEY_REPLACED
from blufio_tui.core.audit.dsse import Unproved
from blufio_tui.core.audit.leaf import shown_fields
from blufio_tui.core.audit.merkle import Tree
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.errors import BlufioError, StorageError, UsageError
from blufio_tui.core.interrupts import run_to_end
from blufio_tui.core.proof.proof import MAX_ROWS, Proof, ProvedRow, ProvedSkill, check_proof, sign_proof
from blufio_tui.core.skills.files import MANIFEST_FILE, content_hash
from blufio_tui.core.skills.skill import Skill
from blufio_tui.core.tasks import aside
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.features.stored.stores import audit_on, checkpoints_on, open_database, registry_on, working_folder

_HIDES_SKILLS = frozenset(("actor", "actor_version", "actor_hash"))
"""Who leaves out one of these would show it anyway by the skills in the file."""


def public_key() -> PublicKey:
    """The key that others check with; made if there is none yet."""
    return SigningKey(Paths.from_environment().audit_signing_key).public()


def replace_key() -> PublicKey:
    """Make another key; a row says so."""
    paths = Paths.from_environment()
    signing = SigningKey(paths.audit_signing_key)
    before = ""
    with suppress(StorageError):
        before = signing.public().line if signing.exists() else ""
    with open_database(paths) as database:
        signing.make(replace=True)
        public = signing.public()
        audit_on(database, paths).append_sync(
            AuditEntry(
                RowType.CHANGE,
                "change",
                str(paths.audit_signing_key),
                actor="user",
                rule=KEY_REPLACED,
                outcome="ok",
                detail=f"now {public.line}, before {before or 'unknown'}",
            )
        )
    return public


def prove(names: Sequence[str], redacted: Sequence[str], project: Path | None) -> tuple[JsonObject, Proof]:
    """The signed file for the rows that are named, and what it proves.

    Raises:
        NotThere: a name is no row, call or session.
        UsageError: the rows are too many for one file.
        StorageError: the log cannot be read, or is not what was written.
    """
    paths = Paths.from_environment()
    with open_database(paths) as database:
        folders = load_settings(paths.config_file).skills.folders
        skills = registry_on(database, folders, project or working_folder()).skills
        return run_to_end(prove_on(database, checkpoints_on(database, paths), names, redacted, skills))


async def prove_on(
    database: Database,
    checkpoints: Checkpoints,
    names: Sequence[str],
    redacted: Sequence[str],
    skills: Callable[[], Sequence[Skill]],
) -> tuple[JsonObject, Proof]:
    """As `prove`, on a database that is open; `skills` gives those that are there now."""
    signed = await checkpoints.make()
    chosen = await database.read(partial(proving.choose, names=names))
    if len(chosen.rows) > MAX_ROWS:
        raise UsageError(
            f"{len(chosen.rows)} rows are more than the limit of {MAX_ROWS} for one file; name calls or rows"
        )
    assert signed is not None, "there are rows"
    hidden = frozenset(redacted)
    proof = Proof(
        checkpoint=signed.checkpoint,
        rows=(),
        asked=chosen.asked,
        redacted=tuple(redacted),
        skills=() if hidden & _HIDES_SKILLS else _skills(chosen, skills()),
        program=f"blufio-tui {__version__}",
        made=round(SystemClock().now()),
    )
    try:
        return await _signed(checkpoints, signed, chosen, proof)
    except (Unproved, IndexError):  # what is stored of the tree was changed: make it again from the rows
        again = await checkpoints.make(anew=True)
        assert again is not None, "there are rows"
        return await _signed(checkpoints, again, chosen, replace(proof, checkpoint=again.checkpoint))


async def _signed(checkpoints: Checkpoints, signed: Signed, chosen: Chosen, proof: Proof) -> tuple[JsonObject, Proof]:
    tree = await checkpoints.tree(signed)
    rows = await asyncio.to_thread(_rows, tree, chosen.rows, checkpoints.salt_key(), proof.redacted)
    public = checkpoints.signing.public()
    whole = replace(proof, rows=rows)
    envelope = await aside(lambda: sign_proof(whole, signed.envelope, public.key_id, checkpoints.signing.sign))
    return envelope, await asyncio.to_thread(check_proof, envelope, public.key_id, public.verify)


def _rows(tree: Tree, rows: Sequence[RawRow], secret: bytes, redacted: Sequence[str]) -> tuple[ProvedRow, ...]:
    try:
        return tuple(
            ProvedRow(
                proving.seq_of(row),
                shown_fields(secret, row[:-1], row[-1] if isinstance(row[-1], bytes) else b"", redacted),
                tree.path(proving.seq_of(row) - 1),
            )
            for row in rows
        )
    except ValueError as error:
        raise StorageError(f"the audit log was changed: {error}; see `blufio-tui audit verify`") from None


def _skills(chosen: Chosen, known: Sequence[Skill]) -> tuple[ProvedSkill, ...]:
    """Each skill that acted in the rows, with its files where they are still what they were."""
    names = dict.fromkeys(
        (proving.text_of(row, "actor"), proving.text_of(row, "actor_version"), proving.text_of(row, "actor_hash"))
        for row in chosen.rows
        if proving.text_of(row, "actor_hash")
    )
    by_hash = {skill.content_hash: skill for skill in known}
    return tuple(_skill(ProvedSkill(*name), by_hash.get(name[2])) for name in names)


def _skill(named: ProvedSkill, skill: Skill | None) -> ProvedSkill:
    if skill is None:
        return named
    try:
        files = scan(skill.folder)
        manifest = (Path(skill.folder) / MANIFEST_FILE).read_bytes().decode("utf-8")
    except (BlufioError, OSError, UnicodeDecodeError):
        return named  # the file says that they were not kept
    if content_hash(files) != named.content_hash:
        return named
    return replace(named, module_sha256=skill.module_sha256, files=files, manifest=manifest)
