"""Proofs: some rows of the audit log in one file, which anybody checks who has the public key.

The file is an in-toto Statement in a DSSE envelope. It holds the rows, for each a path to the root of a signed
checkpoint, and the skills that the rows name by their hash. What allowed each effect is in its row: the rule, or the
line of the manifest; rows of the grant, of the mode and of the installation come with it.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from blufio_tui.core.audit.checkpoint import Checkpoint, open_checkpoint
from blufio_tui.core.audit.dsse import Sign, Unproved, Verify, hex_bytes, opened, signed, statement
from blufio_tui.core.audit.leaf import FIELDS, SALT_BYTES, Field, Hidden, Shown, leaf_of_fields
from blufio_tui.core.audit.merkle import HASH_BYTES, root_from
from blufio_tui.core.errors import SkillError
from blufio_tui.core.skills.files import MANIFEST_FILE, FileEntry, content_hash
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_types import Json, JsonObject

PREDICATE_TYPE = "urn:blufio-tui:audit-proof:1"
ALWAYS_SHOWN = ("seq",)
REDACTABLE = tuple(name for name in FIELDS if name not in ALWAYS_SHOWN)
MAX_ROWS = 10_000

_PREDICATE = ("asked", "checkpoint", "log", "made", "program", "redacted", "rows", "skills")
_NUMBERS = frozenset(("seq", "ts_us", "about_seq", "body_bytes", "duration_us"))
_WORDS = frozenset(("row_type", "kind", "actor_hash", "decision", "decided_by", "body_sha256", "row_hash"))
_SKILL = ("content_hash", "files", "manifest", "module_sha256", "name", "version")


@dataclass(frozen=True, slots=True)
class ProvedRow:
    """A row with its way to the root of the tree. `fields` has each of FIELDS."""

    seq: int
    fields: Mapping[str, Field]
    path: tuple[bytes, ...]

    def text(self, name: str) -> str:
        """A field in words; "" if it is left out or empty."""
        field = self.fields[name]
        return str(field.value) if isinstance(field, Shown) else ""

    def number(self, name: str) -> int:
        field = self.fields[name]
        return field.value if isinstance(field, Shown) and isinstance(field.value, int) else 0


@dataclass(frozen=True, slots=True)
class ProvedSkill:
    """A skill that acted. `files` is empty and `manifest` "" if this content is not kept any more."""

    name: str
    version: str
    content_hash: str
    module_sha256: str = ""
    files: tuple[FileEntry, ...] = ()
    manifest: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """
    Attributes:
        asked: the numbers of the rows that were asked for; the others say how these came about.
        redacted: the fields that are left out of every row.
        made: seconds since the epoch.
    """

    checkpoint: Checkpoint
    rows: tuple[ProvedRow, ...]
    asked: tuple[int, ...]
    redacted: tuple[str, ...]
    skills: tuple[ProvedSkill, ...]
    program: str
    made: int


def sign_proof(proof: Proof, checkpoint: JsonObject, key_id: str, sign: Sign) -> JsonObject:
    """The file's content; `checkpoint` is the envelope of the proof's checkpoint."""
    predicate: JsonObject = {
        "log": proof.checkpoint.log,
        "checkpoint": checkpoint,
        "asked": list(proof.asked),
        "redacted": list(proof.redacted),
        "rows": [_row_json(row) for row in proof.rows],
        "skills": [_skill_json(skill) for skill in proof.skills],
        "program": proof.program,
        "made": proof.made,
    }
    subject = f"{len(proof.rows)} rows of the audit log {proof.checkpoint.log[:16]}"
    return signed(statement(subject, proof.checkpoint.root, PREDICATE_TYPE, predicate), key_id, sign)


def check_proof(envelope: object, key_id: str, verify: Verify) -> Proof:
    """What a file proves. Nothing else than the file and the key is looked at.

    Raises:
        Unproved: something in it does not fit; the message says what.
    """
    kind, root, predicate = opened(envelope, key_id, verify)
    if kind != PREDICATE_TYPE:
        raise Unproved("the signed statement is not a proof of rows of an audit log")
    return check_predicate(predicate, root, lambda inner: open_checkpoint(inner, key_id, verify))


def check_predicate(predicate: Mapping[str, Any], root: str, checkpoint_of: Callable[[object], Checkpoint]) -> Proof:
    """The content of a proof whose outer signature was checked already. Raises as `check_proof`."""
    if set(predicate) != set(_PREDICATE):
        raise Unproved(f"the proof does not hold exactly {', '.join(_PREDICATE)}")
    checkpoint = checkpoint_of(predicate["checkpoint"])
    if predicate["log"] != checkpoint.log or root != checkpoint.root:
        raise Unproved("the proof and its checkpoint are about different logs or trees")
    redacted = _texts(predicate["redacted"], "redacted")
    if unknown := set(redacted) - set(REDACTABLE):
        raise Unproved(f"fields that no row has are listed as left out: {', '.join(sorted(unknown))}")
    rows = tuple(_row_of(one, checkpoint, frozenset(redacted)) for one in _list(predicate["rows"], "rows"))
    seqs = [row.seq for row in rows]
    if sorted(set(seqs)) != seqs:
        raise Unproved("the rows are not in the order of the log")
    asked = tuple(_number(one) for one in _list(predicate["asked"], "asked"))
    if not asked or not set(asked) <= set(seqs) or sorted(set(asked)) != list(asked):
        raise Unproved("rows that were asked for are missing")
    skills = tuple(_skill_of(one, rows) for one in _list(predicate["skills"], "skills"))
    if len(set(skills)) != len(skills):
        raise Unproved("a skill is there twice")
    return Proof(
        checkpoint=checkpoint,
        rows=rows,
        asked=asked,
        redacted=redacted,
        skills=skills,
        program=_text(predicate["program"]),
        made=_number(predicate["made"]),
    )


def _row_json(row: ProvedRow) -> JsonObject:
    fields: JsonObject = {}
    for name, field in row.fields.items():
        if isinstance(field, Hidden):
            fields[name] = {"hash": field.hash.hex()}
        else:
            fields[name] = {"value": field.value, "salt": field.salt.hex()}
    return {"seq": row.seq, "fields": fields, "path": [one.hex() for one in row.path]}


def _row_of(value: object, checkpoint: Checkpoint, redacted: frozenset[str]) -> ProvedRow:
    row = _object(value, ("fields", "path", "seq"), "a row")
    seq = _number(row["seq"])
    if not isinstance(row["fields"], dict):
        raise Unproved(f"row {seq} has no fields")
    fields = {str(name): _field_of(one, str(name), seq) for name, one in row["fields"].items()}
    if {name for name, one in fields.items() if isinstance(one, Hidden)} != redacted:
        raise Unproved(f"the fields left out of row {seq} are not those that the proof lists")
    path = tuple(hex_bytes(one, HASH_BYTES) for one in _list(row["path"], "path"))
    try:
        leaf = leaf_of_fields(fields)
    except ValueError as error:
        raise Unproved(f"row {seq}: {error}") from None
    number = fields["seq"]
    if not isinstance(number, Shown) or number.value != seq:
        raise Unproved(f"row {seq} claims to be another row")
    found = root_from(leaf, seq - 1, checkpoint.rows, path)
    if found is None or found.hex() != checkpoint.root:
        raise Unproved(f"row {seq} is not in the log that was signed, or not as it is written here")
    return ProvedRow(seq, fields, path)


def _field_of(value: object, name: str, seq: int) -> Field:
    if isinstance(value, dict) and set(value) == {"hash"}:
        return Hidden(hex_bytes(value["hash"], HASH_BYTES))
    field = _object(value, ("salt", "value"), f"a field of row {seq}")
    if not _is_written(name, field["value"]):
        raise Unproved(f"row {seq} holds in {visible_line(name)} what this program never writes there")
    return Shown(field["value"], hex_bytes(field["salt"], SALT_BYTES))


def _is_written(name: str, value: object) -> bool:
    """Whether a field may hold this. Words of the program's own are ASCII, so that none only looks like another."""
    if name in _NUMBERS:
        return type(value) is int and abs(value) < 2**63
    return type(value) is str and (name not in _WORDS or value.isascii())


def _skill_json(skill: ProvedSkill) -> JsonObject:
    files: list[Json] = [{"path": one.path, "size": one.size, "sha256": one.sha256} for one in skill.files]
    return {
        "name": skill.name,
        "version": skill.version,
        "content_hash": skill.content_hash,
        "module_sha256": skill.module_sha256,
        "files": files,
        "manifest": skill.manifest,
    }


def _skill_of(value: object, rows: Sequence[ProvedRow]) -> ProvedSkill:
    """A skill whose files make the hash that the rows name, and whose manifest and module are among its files."""
    given = _object(value, _SKILL, "a skill")
    name, version, digest, module, manifest = (
        _text(given[key]) for key in ("name", "version", "content_hash", "module_sha256", "manifest")
    )
    shown = {(row.text("actor"), row.text("actor_version"), row.text("actor_hash")) for row in rows}
    if (name, version, digest) not in shown:
        raise Unproved(f"no row names the skill {name} {version} with this content")
    files = tuple(_file_of(one) for one in _list(given["files"], "files"))
    if not files:
        if manifest or module:
            raise Unproved(f"the skill {name} has a manifest or a module but no files")
        return ProvedSkill(name, version, digest)
    hashes = {one.path: one.sha256 for one in files}
    try:
        fits = content_hash(files) == digest and len(hashes) == len(files)
    except SkillError as error:
        raise Unproved(f"the files of the skill {name}: {error}") from None
    if not fits:
        raise Unproved(f"the files of the skill {name} are not the ones that the rows name")
    if hashlib.sha256(manifest.encode()).hexdigest() != hashes.get(MANIFEST_FILE):
        raise Unproved(f"the manifest of the skill {name} is not the one that acted")
    if module and module not in hashes.values():
        raise Unproved(f"the module of the skill {name} is not among its files")
    return ProvedSkill(name, version, digest, module, files, manifest)


def _file_of(value: object) -> FileEntry:
    one = _object(value, ("path", "sha256", "size"), "a file of a skill")
    hex_bytes(one["sha256"], HASH_BYTES)
    return FileEntry(_text(one["path"]), _number(one["size"]), _text(one["sha256"]))


def _object(value: object, names: Sequence[str], what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict) or set(value) != set(names):
        raise Unproved(f"{what} does not hold exactly {', '.join(names)}")
    return value


def _list(value: object, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise Unproved(f"{what} is not a list")
    return value


def _texts(value: object, what: str) -> tuple[str, ...]:
    texts = tuple(_text(one) for one in _list(value, what))
    if len(set(texts)) != len(texts):
        raise Unproved(f"{what} names something twice")
    return texts


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Unproved("a text is missing")
    return value


def _number(value: object) -> int:
    if type(value) is not int:
        raise Unproved("a whole number is missing")
    return value
