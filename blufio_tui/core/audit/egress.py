"""What left this machine, from the audit log: which host got how much, from whom, and what the model was sent."""

import re
from collections import Counter
from dataclasses import dataclass, field

from blufio_tui.core.audit.log import AuditLog
from blufio_tui.core.audit.rows import AuditFilter, AuditRow, rely_not
from blufio_tui.core.text.amounts import plural, size
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_types import JsonObject

_PAGE = 1_000
_SENT = re.compile(r"(\d+) bytes sent")
_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?([^/?#]+)")
_MOST_NEWS = 40


@dataclass(slots=True)
class HostTotal:
    """What one host was sent. `known` is False if some of it could not be measured: a caged program's connection."""

    requests: int = 0
    bytes: int = 0
    known: bool = True
    actors: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Egress:
    """
    Attributes:
        model, net: by `host:port` or host.
        sockets: Unix sockets that were reached, by path.
        news: what each request to the model carried that none before it did, oldest first.
        doubt: what speaks against relying on it, as `AuditLog.doubt` says it.
    """

    model: dict[str, HostTotal] = field(default_factory=dict)
    net: dict[str, HostTotal] = field(default_factory=dict)
    sockets: Counter[str] = field(default_factory=Counter)
    news: list[str] = field(default_factory=list)
    doubt: str = ""

    def note(self, row: AuditRow) -> None:
        entry = row.entry
        match entry.kind:
            case "model":
                self._add(self.model, entry.resource, entry.actor, entry.body_bytes)
                if (new := entry.detail.partition("; new: ")[2]) and len(self.news) < _MOST_NEWS:
                    self.news.append(new)
            case "net":
                host = found[1] if (found := _HOST.match(entry.resource)) else entry.resource
                sent = _SENT.search(entry.detail)
                self._add(self.net, host, entry.actor, int(sent[1]) if sent else None)
            case "unix":
                self.sockets[entry.resource] += 1
            case _:
                pass

    def _add(self, totals: dict[str, HostTotal], host: str, actor: str, sent: int | None) -> None:
        total = totals.setdefault(host, HostTotal())
        total.requests += 1
        total.bytes += sent or 0
        total.known = total.known and sent is not None
        total.actors[actor] += 1


async def egress_since(audit: AuditLog, since: float) -> Egress:
    """
    Args:
        since: seconds since the epoch.

    Raises:
        StorageError: the log cannot be read.
    """
    egress = Egress()
    for kind in ("model", "net", "unix"):
        last, where = -1, AuditFilter(kind=kind, decision="allow", since=since)
        while True:
            rows = await audit.page(where, after_seq=last, limit=_PAGE)
            for row in rows:
                egress.note(row)
            egress.doubt = egress.doubt or await audit.doubt([row.seq for row in rows])
            if len(rows) < _PAGE:
                break
            last = rows[-1].seq
    return egress


def egress_in_words(egress: Egress, when: str) -> str:
    """A few lines. `when`: `today`, `since …`."""
    lines = [f"What left {when}:"]
    if egress.doubt:
        lines.insert(0, f"Caution: {rely_not(egress.doubt)}")
    for title, totals in (("model", egress.model), ("network", egress.net)):
        for host, total in sorted(totals.items(), key=lambda item: -item[1].bytes):
            amount = size(total.bytes) if total.known else f"{size(total.bytes)} and what programs sent"
            who = ", ".join(actor for actor, _ in total.actors.most_common(4))
            lines.append(f"  {title}  {visible_line(host)}: {plural(total.requests, 'request')}, {amount}, by {who}")
    lines += [f"  socket  {visible_line(path)}: {count}×" for path, count in egress.sockets.most_common()]
    if not (egress.model or egress.net or egress.sockets):
        lines[-1] = f"Nothing left {when}."
        return "\n".join(lines)
    if egress.news:
        lines += ["The model was sent:", *(f"  {visible_line(new)}" for new in egress.news)]
    return "\n".join(lines)


def egress_json(egress: Egress) -> JsonObject:
    def rows(totals: dict[str, HostTotal]) -> list[JsonObject]:
        return [
            {
                "host": host,
                "requests": one.requests,
                "bytes": one.bytes,
                "complete": one.known,
                "actors": list(one.actors),
            }
            for host, one in totals.items()
        ]

    return {
        "model": [*rows(egress.model)],
        "net": [*rows(egress.net)],
        "unix": dict(egress.sockets),
        "news": [*egress.news],
        "doubt": egress.doubt,
    }
