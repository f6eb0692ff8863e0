"""The text of a denial for the model: what was refused, by whom, and what it can still do.

The log and the screen address the person; a model needs the true reason and a next step that it can take. The first
word distinguishes a decision from a mistake: `DENIED` is final, `NOT VALID` can be corrected.
"""

import re

from blufio_tui.core.capability import Decision, DenialCause, ExecTarget, Kind, Mode, Target
from blufio_tui.core.text.display import visible_line

MALFORMED = "malformed "
"""How a never-rule begins that found a fault of spelling rather than something forbidden."""

_STOP = "do not retry or go around it; go on without it"
_PATCH = "do not retry; put the change into your answer as a patch"
_PLAN = "do not retry; make it a step of the plan, and show the person the whole plan with `plan`"
_SHOWN_TARGET = 400
_PLAIN_PATH = re.compile(r"/[A-Za-z0-9_./+-]+")
_NO_PERSON = frozenset(
    {DenialCause.NOBODY_THERE, DenialCause.NOT_ANSWERED, DenialCause.NOBODY_ANSWERED, DenialCause.MODE_DENY}
)
"""The denials after which it helps to know how the person could allow it: they have not said no."""


def denial_text(
    kind: str,
    resource: str,
    decision: Decision,
    *,
    project: str,
    target: Target | None = None,
    attended: bool = True,
    not_free: str = "",
) -> str:
    """
    Args:
        resource: the target, with secrets already removed.
        project: the folder that paths are shown relative to.
        target: what was decided on; None if it could not be determined.
        attended: whether a person sits before the program, who could change the mode.
        not_free: of an effect of a caged command, why this one is not free as others of its kind are.
    """
    shown = _shortened(visible_line(_relative(kind, resource, project)))
    words, cause = visible_line(decision.words), decision.cause
    if cause is DenialCause.MODE_DENY and not attended:
        cause = DenialCause.NOBODY_THERE
    if cause is DenialCause.NEVER_RULE and words.startswith(MALFORMED):
        return f"NOT VALID {kind} {shown}\nwhy: {words}\nnext: correct it and call again"
    by = _by(cause, _shown_words(cause, words, project), decision.rule)
    if isinstance(target, ExecTarget) and len(target.parts) > 1:
        by += "; nothing of the command ran"
    step = _next(cause, kind, words, attended=attended)
    if not_free and cause is not DenialCause.NEVER_RULE:
        by += f"; it is not free as {visible_line(not_free)}"
        if cause in _NO_PERSON and (command := rule_command(kind, resource)):
            step += f"; the person can allow it with `{command}`"
    return f"DENIED {kind} {shown}\nby: {by}\nnext: {step}"


def rule_command(kind: str, path: str) -> str:
    """The command line that lets every tool read this one file; "" for another kind, and for a path whose characters a
    shell or a pattern would read in their own way.
    """
    plain = kind == Kind.FS_READ and _PLAIN_PATH.fullmatch(path)
    return f"blufio-tui rules add allow fs.read {path}" if plain else ""


def hook_denial(tool: str, change: str, reason: str) -> str:
    """A hook's refusal in the same shape.

    Args:
        change: what the call would have changed, "" for one that only reads.
        reason: what the hook said.
    """
    shown = _shortened(visible_line(change or tool))
    said = _quoting("a hook of the person", visible_line(reason))
    return f"DENIED tool {shown}\nby: {said}\nnext: {_STOP}, or do what the hook says"


def _by(cause: DenialCause | None, words: str, rule: str) -> str:
    match cause:
        case DenialCause.PERSON_ONCE:
            return _quoting("the person, this time", words)
        case DenialCause.PERSON_FOR_SESSION:
            return _quoting("the person, for this session", words)
        case DenialCause.PERSON_FOR_GOOD:
            return _quoting("the person, permanently", words)
        case DenialCause.STORED_ANSWER:
            return f"an earlier answer of the person: {words}"
        case DenialCause.USER_RULE:
            return f"a rule in the person's configuration: {words}"
        case DenialCause.NOBODY_ANSWERED:
            return f"nobody answered in {words}"
        case DenialCause.NOBODY_THERE:
            return "nobody can be asked in this run"
        case DenialCause.NOT_ANSWERED:
            return f"nobody answered, so it is denied: {words}"
        case DenialCause.TOO_LONG_TO_ASK:
            return f"the limit of what can be shown to the person: {words}"
        case DenialCause.MODE_READ_ONLY:
            return f"the mode {words or 'read-only'}"
        case DenialCause.MODE_DENY:
            return "the mode deny, which refuses what no rule allows"
        case DenialCause.NEVER_RULE:
            return f"a fixed rule: {words}"
        case DenialCause.ASKED_ENOUGH:
            return f"the limit on questions: {words}"
        case DenialCause.GRANTS_UNREADABLE:
            return "the stored answers of the person cannot be read, so everything is refused"
        case DenialCause.FLOW:
            return f"the person's flow guard: {words}"
        case None:
            return visible_line(rule.removeprefix("denied: "))


def _next(cause: DenialCause | None, kind: str, words: str, *, attended: bool) -> str:
    writes = kind == Kind.FS_WRITE
    match cause:
        case DenialCause.NOBODY_ANSWERED:
            return "go on without it; if it is needed, call once more and say why first"
        case DenialCause.TOO_LONG_TO_ASK:
            return "split it into smaller calls, each short enough to be shown to the person whole"
        case DenialCause.NOBODY_THERE | DenialCause.NOT_ANSWERED:
            return _PATCH if writes else "do not retry; go on without it and say in your answer what was left out"
        case DenialCause.MODE_READ_ONLY if words == Mode.PLAN and attended:
            return _PLAN
        case DenialCause.MODE_READ_ONLY | DenialCause.MODE_DENY:
            first = _PATCH if writes else "do not retry; go on without it and say in your answer what was left out"
            return f"{first}; the person can change the mode with ⇧Tab" if attended else first
        case DenialCause.NEVER_RULE if "network.allow_private" in words:
            return "do not retry; if it is needed, tell the person, who can list the address in network.allow_private"
        case DenialCause.GRANTS_UNREADABLE:
            return "do not retry; tell the person to run `blufio-tui doctor`"
        case DenialCause.USER_RULE:
            return f"{_STOP}, and name the rule if that leaves the task undone"
        case _:
            return _STOP


def _shown_words(cause: DenialCause | None, words: str, project: str) -> str:
    """Make paths in a fixed rule relative to the project."""
    root = project.rstrip("/")
    return words.replace(f"{root}/", "") if root and cause is DenialCause.NEVER_RULE else words


def _quoting(who: str, reason: str) -> str:
    return f'{who}: "{reason}"' if reason else who


def _relative(kind: str, path: str, project: str) -> str:
    if kind not in (Kind.FS_READ, Kind.FS_WRITE):
        return path
    root = project.rstrip("/")
    if root and path == root:
        return "."
    return path.removeprefix(f"{root}/") if root else path


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_TARGET else f"{text[: _SHOWN_TARGET - 1]}…"
