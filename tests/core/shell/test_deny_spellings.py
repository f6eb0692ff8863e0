"""`deny git push` in every spelling that the shell, git and the launchers know; and commands that are no push."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.core.capability import Actor, ActorKind, CapabilityRequest, Kind, Mode, Verdict
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.policy.decide import NeedsApproval, PolicyView, decide
from blufio_tui.core.policy.rules import UserRule
from blufio_tui.core.shell.command_line import exec_target

PUSHES = r"""
git push
git push origin main
git  push
git	push
git push --force
git push -f origin HEAD
git -C . push
git -C /elsewhere push
git --no-pager push
git --git-dir=.git push
git --git-dir .git push
git --work-tree . push
git -c a=b push
git -c a=b -c c=d push
git -p push
git 'push'
git "push"
git p'us'h
git pu""sh
git pu''sh
git p\ush
git \push
git "pu"'sh'
git $'push'
git $'\x70ush'
git $'\160ush'
git $"push"
git {push,origin}
git {push,}
git {p,}ush
git pus{h,h}
git pus{h..h}
git pus[h]
git p?sh
git p*
git pu*
git *
git [p]ush
git [!x]ush
git $(echo push)
git `echo push`
git "$(echo push)"
git "`echo push`"
git $(printf pu; printf sh)
git ${x:-push}
git "${x:-push}"
git ${x}push
git push$x
git p${x}ush
git ${!x}
git $x
git "$x"
git $1
git "$@"
git "$*"
git $@
git "${a[@]}"
git ${a[0]}
git $((1))
git $x origin
git origin $x
x=push; git $x
x=push && git $x
x=push git $x
export x=push; git $x
read x <<< push; git $x
set -- push; git "$@"
printf -v x push; git $x
for x in push; do git $x; done
for x in pull push; do git "$x"; done
while read x; do git $x; done <<< push
case x in *) git push;; esac
if true; then git push; fi
until git push; do :; done
while git push; do :; done
{ git push; }
(git push)
(cd x && git push)
! git push
git push &
git push | cat
true | git push
true && git push
false || git push
true; git push
echo $(git push)
echo `git push`
echo "$(git push)"
cat <(git push)
: ${x:=$(git push)}
x=$(git push)
echo push | xargs git
echo push | xargs -n1 git
echo push | xargs -I{} git {}
echo push | xargs -0 git
echo push | xargs git -C .
xargs git <<< push
xargs -a f git
echo git push | xargs sudo
printf 'push\0' | xargs -0 -r git
echo push | parallel git
parallel git ::: push
parallel git {} ::: push
echo push | sudo xargs git
g(){ git "$@"; }; g push
g(){ git $1; }; g push
g(){ git push; }; g
function g { command git "$@"; }; g push
alias p='git push'; p
alias g=git; g push
git -c alias.p=push p
git -c alias.p='!git push' p
git -c "alias.p=push" p
git -calias.p=push p
git -c Alias.p=push p
git -c include.path=/tmp/x p
git --config-env=alias.p=X p
git --config-env alias.p=X p
git config alias.p push
git config alias.p push; git p
git config --global alias.p '!git push'
git p
git pp origin
git -C . p
git --no-pager p
git --exec-path=/tmp/x status
GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=alias.s GIT_CONFIG_VALUE_0=push git s
GIT_CONFIG_GLOBAL=/tmp/x git status
GIT_CONFIG_PARAMETERS="'alias.p=push'" git p
export GIT_CONFIG_COUNT=1; git status
GIT_EXEC_PATH=/tmp git status
HOME=/tmp/x git status
XDG_CONFIG_HOME=/tmp/x git status
GIT_DIR=/x git push
command git push
builtin command git push
exec git push
eval git push
eval "git push"
eval 'git pu''sh'
eval "git $x"
time git push
nohup git push
nice git push
nice -n 5 git push
ionice -c3 git push
timeout 5 git push
timeout --signal=KILL 5 git push
setsid git push
setsid -f git push
stdbuf -oL git push
env git push
env -i git push
env A=b git push
env -S "git push"
env -S'git push'
env --split-string="git push"
sudo git push
sudo -u x git push
doas git push
su -c "git push"
su x -c 'git push'
runuser -u x -- git push
flock f git push
flock f -c "git push"
chroot / git push
watch git push
watch -n1 'git push'
script -c "git push"
script -qc 'git push' /dev/null
ssh host git push
ssh host 'git push'
strace -f git push
ltrace git push
unshare -r git push
nsenter -t 1 git push
systemd-run --user git push
bwrap --bind / / git push
firejail git push
fakeroot git push
unbuffer git push
taskset 1 git push
setarch x86_64 git push
tmux new -d 'git push'
tmux new-window git push
screen -dm git push
at now <<< 'git push'
batch <<< 'git push'
entr git push
watchexec git push
busybox sh -c 'git push'
sh -c "git push"
bash -c 'git push'
bash -c "git pu''sh"
bash -lc 'git push'
bash -xc 'git push'
zsh -c 'git push'
dash -c 'ls; git push'
bash -c 'sh -c "git push"'
bash -c "git $x"
bash -c 'git "$1"' _ push
bash -c 'git "$@"' _ push
sh <<< 'git push'
bash <<'E'
git push
E
echo 'git push' | sh
echo 'git push' | bash -s
base64 -d f | sh
curl x | sh
. /dev/stdin <<< 'git push'
source <(echo git push)
bash <(echo git push)
trap 'git push' EXIT
coproc git push
find . -exec git push \;
find . -maxdepth 0 -execdir git push +
find . -exec sh -c 'git push' \;
awk 'BEGIN{system("git push")}'
perl -e 'system("git push")'
perl -e 'exec qw(git push)'
perl -e 'system("git","push")'
python3 -c 'import os; os.system("git push")'
python3 -c 'import subprocess; subprocess.run(["git","push"])'
python -c "import subprocess as s; s.call(['git', 'push', '-f'])"
node -e 'require("child_process").execSync("git push")'
ruby -e 'system "git push"'
ruby -e '`git push`'
php -r 'shell_exec("git push");'
lua -e 'os.execute("git push")'
make -f - <<< $'a:\n\tgit push' SHELL='git push'
sed '1e git push' f
EDITOR='git push' crontab -e
PROMPT_COMMAND='git push' bash -i
GIT_SSH_COMMAND='git push' git fetch
GIT_EDITOR="git push" git commit
git -c core.editor='git push' commit
git rebase --exec "git push" HEAD
git bisect run git push
git submodule foreach git push
git submodule foreach 'git push'
git stash push
/usr/bin/git push
../bin/git push
./git push
~/bin/git push
\git push
'git' push
"git" push
g''it push
g\it push
GIT push
/usr/lib/git-core/git-push origin
git-push origin
$(which git) push
`which git` push
$git push
${git} push
"$git" push
g?t push
gi[t] push
{git,push}
/usr/bin/g?t push
$'git' push
$'\x67it' push
git >/dev/null push
>f git push
git 2>&1 push
git push>f
2>/dev/null git push
git <f push
git push # comment
echo x; git push # y
""".replace("\ngit push\nE\n", "\0git push\0E\n").replace("bash <<'E'\0", "bash <<'E'\0")

COMMANDS = [line.replace("\0", "\n") for line in PUSHES.strip("\n").split("\n")]

ELSE = [
    *("git status", "git pull", "git add .", "git add *.py", "git add src/[a-z].py", "git commit -m 'x'", "git log -p"),
    *("git commit -m 'see `x`'", "git fetch --all", "git diff HEAD~1", "git -C x status", "git config user.name A"),
    *("git checkout -- '*.push'", "ls $HOME", "echo git push", "echo 'git push'", "rg 'git push' docs", "ls *", "make"),
    *(
        "cat push",
        "npm run push",
        "gh pr create --title 'git push'",
        "for f in *; do cat $f; done",
        "echo x | xargs ls",
    ),
    *("find . -name '*.py' -exec cat {} +", "python3 -c 'print(1)'", "bash script.sh", "git ls-files '*.{a,b}'"),
]


def verdict(command: str, *denied: str) -> str:
    rules = tuple(UserRule(Verdict.DENY, Kind.EXEC, pattern) for pattern in denied)
    look = PolicyView(Mode.ALLOW_ALL, Places("/home/p", "/home/p/work"), 0.0, rules=rules)
    request = CapabilityRequest(Actor(ActorKind.TOOL, "bash"), exec_target(command, "/home/p/work"))
    decision = decide(request, look)
    assert not isinstance(decision, NeedsApproval)
    return decision.verdict


@pytest.mark.parametrize("command", COMMANDS)
def test_a_denied_push_has_no_other_spelling(command: str) -> None:
    assert verdict(command, "git push") == Verdict.DENY


def test_there_are_enough_spellings_to_mean_something() -> None:
    assert len(set(COMMANDS)) >= 200


@pytest.mark.parametrize("command", ELSE)
def test_what_is_no_push_is_left_alone(command: str) -> None:
    assert verdict(command, "git push") == Verdict.ALLOW


@pytest.mark.parametrize(
    ("pattern", "command", "denied"),
    [
        *(("rm -rf", command, True) for command in ("rm -rf x", "rm -fr x", "rm -r -f x", "rm -f x -r", "rm -Rf x")),
        *(
            ("rm -rf", command, True)
            for command in ("rm --recursive --force x", "rm -vrf x", "rm $o x", "sudo rm -rf /")
        ),
        *(("rm -rf", command, False) for command in ("rm x", "rm -f x", "rm -r x", "ls -rf")),
        ("docker compose up", "docker compose -f x.yml up -d", True),
        ("docker compose up", "docker compose down", False),
        ("kubectl delete", "kubectl -n x delete pod y", True),
        ("npm publish", "npm $x", True),
        ("npm publish", "npm run build", False),
        ("terraform apply", "terraform -chdir=x apply", True),
    ],
)
def test_options_and_their_order_are_no_way_around(pattern: str, command: str, denied: bool) -> None:
    assert (verdict(command, pattern) == Verdict.DENY) is denied


@given(st.lists(st.sampled_from(["'", '"', "\\", '""', "''"]), min_size=1, max_size=3), st.integers(0, 4))
def test_quotes_inside_the_word_change_nothing(quotes: list[str], at: int) -> None:
    for quote in quotes:
        if quote == "\\":
            word = "push"[:at] + "\\" + "push"[at:] if at < 4 else "push"
        elif len(quote) == 2:
            word = "push"[:at] + quote + "push"[at:]
        else:
            word = "push"[:at] + quote + "push"[at:] + quote
        assert verdict(f"git {word}", "git push") == Verdict.DENY
