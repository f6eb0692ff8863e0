"""Whether others can change what decides: settings, rules, answers, hooks."""

_ROOT = 0
_BY_EVERYBODY = 0o002


def changeable_by(mode: int, owner: int, me: int) -> str:
    """Who besides `me` and root can change a file or a folder, in words; "" if nobody can.

    A group is not looked at: on many systems each person has one of their own, and every new folder is open to it.
    Root is not asked whose files it uses: in a container they often belong to the user outside.
    """
    if mode & _BY_EVERYBODY:
        return "every user of this machine can change it"
    if owner not in (me, _ROOT) and me != _ROOT:
        return "it belongs to another user"
    return ""
