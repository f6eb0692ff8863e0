"""Which commands only look, and at what."""

import pytest

from blufio_tui.core.shell.command_line import exec_target
from blufio_tui.core.shell.reading import Reading, what_is_read

P = "/p"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("ls", Reading((P,))),
        ("ls -la src", Reading(("/p/src",))),
        ("cat a.py b.py", Reading(("/p/a.py", "/p/b.py"))),
        ("cat /etc/passwd", Reading(("/etc/passwd",))),
        ("head -n 5 a.py", Reading(("/p/a.py",))),
        ("head -5 a.py", Reading(("/p/a.py",))),
        ("tail -n20 a.log", Reading(("/p/a.log",))),
        ("wc -l a.py", Reading(("/p/a.py",))),
        ("grep -n TODO a.py", Reading(("/p/a.py",))),
        ("grep -rn TODO src", Reading(trees=("/p/src",))),
        ("grep -r TODO", Reading(trees=(P,))),
        ("rg TODO", Reading(trees=(P,))),
        ("rg -n TODO src", Reading(trees=("/p/src",))),
        ("find . -name '*.py' -type f", Reading(("/p/.",))),
        ("cat a.py | head -n 3", Reading(("/p/a.py",))),
        ("cat a.py | grep x | wc -l", Reading(("/p/a.py",))),
        ("git status --short", Reading(git_folders=(P,))),
        ("git log --oneline -5", Reading(git_folders=(P,))),
        ("git diff --stat", Reading(git_folders=(P,))),
        ("git diff", Reading(git_folders=(P,), git_shows=((P, ("diff",)),))),
        ("git diff --staged -w", Reading(git_folders=(P,), git_shows=((P, ("diff", "--cached")),))),
        ("git diff -U3 main..work", Reading(git_folders=(P,), git_shows=((P, ("diff", "main..work")),))),
        ("git diff v1.2 HEAD", Reading(git_folders=(P,), git_shows=((P, ("diff", "v1.2", "HEAD")),))),
        ("git show", Reading(git_folders=(P,), git_shows=((P, ("show", "HEAD")),))),
        ("git show --stat 1a2b3c", Reading(git_folders=(P,), git_shows=((P, ("show", "1a2b3c")),))),
        ("git diff | head -5", Reading(git_folders=(P,), git_shows=((P, ("diff",)),))),
        ("git diff -- src/a.py", Reading(("/p/src/a.py",), git_folders=(P,))),
        ("git show HEAD:src/a.py", Reading(("/p/src/a.py",), git_folders=(P,))),
        ("git show HEAD:.env.local", Reading(("/p/.env.local",), git_folders=(P,))),
        ("cd src && ls", Reading(("/p/src", "/p/src"))),
        ("cd src && cat a.py", Reading(("/p/src", "/p/src/a.py"))),
        ("cd .. && cat a.py", Reading(("/p/..", "/p/../a.py"))),
        ("cd ../../x && ls", Reading(("/p/../../x", "/p/../../x"))),
        ("cd ./src/ && ls", Reading(("/p/./src/", "/p/./src/"))),
        ("cd /etc && cat passwd", Reading(("/etc", "/etc/passwd"))),
    ],
)
def test_what_a_reading_command_reads_is_known(command: str, expected: Reading) -> None:
    assert what_is_read(exec_target(command, P)) == expected


@pytest.mark.parametrize(
    "command",
    """
    grep -f ~/.ssh/id a|grep -f /root/.ssh/id a.py|grep -R x .|grep --file=/x a|grep --include=.env -r x
    find . -exec id +|find . -delete|find . -fprint out|find . -ok id|find . -execdir id|find -L . -name x
    find . -fls x|find -files0-from x|git diff --ext-diff|git diff --no-index a /etc/passwd
    git -c core.pager=id log|git -C /x status|git log -p|git log --output=x|git log --ext-diff
    git log -p --textconv|git show HEAD:.env|git show --textconv HEAD:a.py|git diff -- .
    git diff -- src|git diff -- ../a.py|git diff -- :/a.py|git log -S x|git log -G x|git log --show-signature
    git log --format=%x|git branch -D x|git push|git --git-dir=/x status|git --exec-path=/x status
    git log -O/x|rg --pre id x|rg --pre=id x|rg -z x|rg -uu x|rg --hidden x|rg --hostname-bin id x|rg -f /x
    rg --files|rg -L x|cat|cat a > b|cat < a|cat *|cat a*.py|cat ~/.ssh/id|cat $HOME/x|cat $(id)|cat `id`
    cat <(id)|cat {a,b}|cat a &&|head --lines=x a|head -n|tail -f a|tail --follow=name a|tail -F a
    git diff --output=x|git diff -o x|git diff --no-index|git diff --textconv|git diff -O/x|git diff --submodule
    git diff -p --ext-diff|git diff --stat=1 .env|git diff --word-diff-regex=x|git diff --src-prefix=x|git diff .env
    git diff /etc/passwd|git diff a b c|git diff HEAD -- .env|git diff HEAD -- .|git diff @{u}|git diff --staged -- .
    git show -p --ext-diff|git show --textconv|git show --output=x|git show :.env|git show a b|git show HEAD -- .env
    git show --format=%b|git show --show-signature|git show HEAD^{tree}|git show --pretty=x|git --paginate show
    git -p diff|git -c diff.external=id diff|git -c core.pager=id show|git diff --no-color --exit-code
    git difftool|git show-branch -x|git diff -G x|git diff -S KEY|git show -s --format=%B|git log -1 -p
    wc --files0-from=x|less a|more a|ls -R|ls; rm a|ls && rm a|ls & rm a|sudo ls|env ls|./ls|/tmp/ls|x=1 ls|cd
    cd -|cd x; ls|cd x && rm a|cd $x && ls|cd -P x && ls|cd x &&|(cd x && ls)|ls && cd x|cd ~ && ls|awk 1 a
    sed -n 1p a|sort -o b a|uniq a b|xxd a|od a|diff a b|file a|stat a|python -c x|bash -c ls|eval ls
    cat -- 'a|cd l/.. && cat a|cd l/../.. && cat a|cd ./l/../.. && ls|cd ../l/.. && ls|cd a/./.. && ls|cd a//.. && ls
    cd /l/.. && ls|cd .a/.. && ls|cd ..a/.. && ls|cd .../.. && ls
    """.strip()
    .replace("\n", "|")
    .split("|"),
)
def test_a_neighbour_of_a_reading_command_is_not_known(command: str) -> None:
    if command.strip() and command.strip() not in {
        "ls\\",
        "rm",
        "ls",
        "sh",
        "xargs rm",
        "tee x",
        "cat a",
        "git show HEAD:.env",
    }:
        assert what_is_read(exec_target(command.strip(), P)) is None


@pytest.mark.parametrize("command", ["ls | sh", "ls | xargs rm", "ls | tee x", "cat a | sh", "cd x || ls"])
def test_what_comes_out_of_a_pipe_is_not_run(command: str) -> None:
    assert what_is_read(exec_target(command, P)) is None
