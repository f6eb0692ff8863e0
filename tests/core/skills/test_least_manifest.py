"""The least manifests that a log of allowed effects leads to."""

import pytest

from blufio_tui.core.audit.rows import AuditEntry, AuditRow, RowType
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.manifest.manifest import Capabilities, FilesystemCapability, Manifest, NetworkCapability
from blufio_tui.core.skills.least_manifest import least_manifests

PLACES = Places("/home/p", "/home/p/work")
DECLARED = Capabilities(
    network=NetworkCapability(("example.com", "other.org")),
    filesystem=FilesystemCapability(read=("${PROJECT}", "~/notes"), write=("${PROJECT}/out",)),
    env=("LANG", "TERM"),
    secrets={"TOKEN": ("example.com",)},
)

ENV = '[capabilities]\nenv = ["LANG"]\n\n'


def row(kind: str, resource: str, decided_by: str = "manifest", detail: str = "") -> AuditRow:
    entry = AuditEntry(
        RowType.DECISION, kind, resource, "probe", decision="allow", decided_by=decided_by, detail=detail
    )
    return AuditRow(1, 1.0, entry, "")


@pytest.mark.parametrize(
    ("rows", "finest", "used"),
    [
        ([], "", ""),
        (
            [row("fs.read", "/home/p/work/a.txt")],
            '[capabilities.filesystem]\nread = ["${PROJECT}/a.txt"]\n',
            '[capabilities.filesystem]\nread = ["${PROJECT}"]\n',
        ),
        (
            [row("net", "https://api.example.com/x", detail="POST, 3 bytes sent"), row("env", "LANG")],
            f'{ENV}[capabilities.network]\ndomains = ["api.example.com"]\nmethods = ["POST"]\n',
            f'{ENV}[capabilities.network]\ndomains = ["example.com"]\nmethods = ["POST"]\n',
        ),
        ([row("fs.read", "/etc/hostname", "user"), row("fs.read", "/etc/hosts", "grant")], "", ""),
    ],
)
def test_only_what_the_manifest_was_needed_for_is_declared(rows: list[AuditRow], finest: str, used: str) -> None:
    manifest = Manifest("probe", "1.0.0", "A probe.", capabilities=DECLARED)
    found = list(least_manifests(manifest, rows, PLACES))
    secrets = '[capabilities.secrets]\nTOKEN = ["example.com"]\n'
    assert [least.toml for least in found] == [finest + secrets, used + secrets]
    for least in found:
        assert least.manifest.capabilities.secrets == DECLARED.secrets
        assert ("fs.write", "${PROJECT}/out") in least.dropped
