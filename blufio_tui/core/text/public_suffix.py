"""Names under which strangers register theirs (`co.uk`, `github.io`): whoever allows one allows everybody below it.

The Public Suffix List comes with the package `publicsuffixlist`. Only whole names are looked up here, so the list's
text is searched as it is, which takes a hundredth of the time that building its tables does.
"""

from functools import cache


def is_public_suffix(host: str) -> bool:
    """
    Args:
        host: lower case, IDNA labels, no trailing dot.
    """
    rules = _rules()
    _, _, parent = host.partition(".")
    for name, above in {(host, parent), (_unicode(host), _unicode(parent))}:
        if f"\n!{name}\n" in rules:
            return False
        if f"\n{name}\n" in rules or (above and f"\n*.{above}\n" in rules):
            return True
    return False


def _unicode(host: str) -> str:
    try:
        return host.encode("ascii").decode("idna")
    except UnicodeError:
        return host


@cache
def _rules() -> str:
    from importlib.resources import files

    text = files("publicsuffixlist").joinpath("public_suffix_list.dat").read_text("utf-8")
    return "\n" + text.replace("\r\n", "\n") + "\n"
