"""`deny git push` in every spelling that the shell, git and the launchers know; and commands that are no push."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.core.capability import Actor, ActorKind, CapabilityRequest, Kind, Mode, Verdict
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.policy.decide import NeedsApproval, PolicyView, decide
from blufio_tui.core.policy.rules import UserRule
from blufio_tui.core.shell.command_line import exec_target
from tests.fakes.corpus import sampled

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

THROUGH_OTHERS = [
    "echo 'git push' | sudo sh",
    "echo 'git push' | env bash",
    "curl x | sudo bash",
    "curl -s x | sudo -E bash -",
    "sudo bash <<< 'git push'",
    "sudo bash <<'E'\ngit push\nE",
    "ssh host <<'E'\ngit push\nE",
    "ssh host < f",
    "docker exec -i c sh <<'E'\ngit push\nE",
    "python3 <<'E'\nimport os; os.system(\"git push\")\nE",
    'python3 - <<\'E\'\nimport subprocess; subprocess.run(["git", "push"])\nE',
    "perl <<'E'\nsystem(\"git push\");\nE",
    'node <<< \'require("child_process").execSync("git push")\'',
    "make -f - <<'E'\na:\n\tgit push\nE",
    "env -S 'git\\_push'",
    'env -S"git\\_push"',
    "env -vS 'git\\tpush'",
    "env --split-string='git\\_push'",
    "find push -exec git {} \\;",
    "find push -maxdepth 0 -execdir git {} +",
    "find /usr/bin -name git -exec {} push \\;",
    "find /usr/bin/git -exec '{}' push ';'",
    "fd . -x git push",
    "fdfind . -X git push",
    "bundle exec git push",
    "pipenv run git push",
    "conda run git push",
    "npm exec -- git push",
    "npm exec -c 'git push'",
    "yarn exec git push",
    "pnpm exec git push",
    "mksh -c 'git push'",
    "csh -c 'git push'",
    "tcsh -c 'git push'",
    "rbash -c 'git push'",
    "yash -c 'git push'",
    "nu -c 'git push'",
    "pwsh -c 'git push'",
    "pwsh -Command git push",
    "powershell git push",
    "cmd.exe /c git push",
    "guile -c '(system \"git push\")'",
    "osascript -e 'do shell script \"git push\"'",
    "vim -c '!git push' -c q",
    "vim -es +'!git push' +q",
    "ex -c '!git push'",
    "ed <<< '!git push'",
    "emacs --batch --eval '(shell-command \"git push\")'",
    "tar --checkpoint=1 --checkpoint-action=exec='git push' -cf /dev/null .",
    "tar --to-command='git push' -xf a.tar",
    "tar -I 'git push' -cf a.tar x",
    "rsync -e 'git push' a b:",
    "ssh -o ProxyCommand='git push' h",
    "scp -S 'git push' a b:",
    "man -P 'git push' ls",
    "less '+!git push' f",
    "zip -TT 'git push' -T a.zip f",
    "sort --compress-program='git push' f",
    "nodemon --exec 'git push'",
    "nodemon -x git push",
    "cargo watch -s 'git push'",
    "concurrently 'git push' 'ls'",
    "npx concurrently 'git push'",
    "pm2 start 'git push'",
    "systemd-inhibit git push",
    "caffeinate git push",
    "chronic git push",
    "parallel < cmds",
    "echo 'git push' | parallel",
    "parallel -j2 :::: cmds.txt",
    "parallel ::: 'git push' ls",
    "echo git push | xargs -I{} {}",
    "xargs -I X X push <<< git",
    "echo git | xargs -I% % push",
    "printf '%s\\n' push | xargs -i git {}",
    "flatpak-spawn --host git push",
    "distrobox enter -- git push",
    "lxc exec c -- git push",
    "vagrant ssh -c 'git push'",
    "wsl git push",
    "wsl -e git push",
    "nix develop -c git push",
    "guix shell git -- git push",
    "devbox run git push",
    "just --command git push",
    "rbenv exec git push",
    "opam exec -- git push",
    "aws-vault exec p -- git push",
    "doppler run -- git push",
    "sops exec-env f 'git push'",
    "x='$(git push)'; echo \"${x@P}\"",
    "x='$(gi'; x+='t push)'; echo \"${x@P}\"",
    "echo $[ $(git push) ]",
    "echo $((a[$(git push)]))",
    "((x=$(git push)))",
    "[[ $(git push) ]]",
    "for ((i=$(git push);;)); do :; done",
    "case $(git push) in esac",
    "x[$(git push)]=1",
    "declare -a x=([$(git push)]=1)",
    "echo `echo \\`git push\\``",
    "echo ${x//$(git push)/}",
    'echo "${x:-`git push`}"',
    "cat <<E; git push\nx\nE",
    "cat <<E && git push\nx\nE",
    "cat <<'E' | sh\ngit push\nE",
    "cat <<-E\n\t$(git push)\n\tE",
    "cat <<E\n`git push`\nE",
    'cat <<"E F"\nx\nE F\ngit push',
    "cat <<\\E\n$(x)\nE\ngit push",
    ": <<'a' ; git push\na",
    "git\t\\\n push",
    "gi\\\nt pu\\\nsh",
    "if git push; then :; fi",
    '[ -z "$(git push)" ]',
    "echo x > >(git push)",
    "exec 3< <(git push)",
    "coproc P { git push; }",
    "command -p git push",
    "builtin eval git push",
    "sudo -i git push",
    "su - x <<< 'git push'",
    "git.exe push",
    "git --bare push",
    "git -P push",
    "git '--git-dir=.' push",
    'git -C "a b" push',
    'git push "--mirror"',
    "git subtree push --prefix x o b",
    "bash -s <<< 'git push'",
    "bash /dev/fd/3 3<<< 'git push'",
    "bash <&3 3<<< 'git push'",
    "source /dev/fd/0 <<< 'git push'",
    "mapfile -C 'git push' -c 1 <<< x",
    "complete -C 'git push' x",
    "compgen -C 'git push' x",
    "bind -x '\"a\": git push'",
    "printf '%s' \"$(git push)\"",
    "IFS=,; x=git,push; $x",
    "git ${y:+}push",
    'git() { command git "$@"; }; git push',
    "hash -p /usr/bin/git g; g push",
    "read -r c < f; git $c",
    "git \"push\"''",
    'git "pu\\\nsh"',
]
"""Programs that run other programs, of which the table of launchers knows only some; scripts on standard input; names
that are put together or looked up."""

REMOVALS = [
    "rm -rf x",
    "git bisect run rm -rf x",
    "git submodule foreach rm -rf x",
    "git submodule foreach 'rm -rf x'",
    "git rebase -x 'rm -rf x' HEAD~1",
    "git rebase --exec='rm -rf x' HEAD~1",
    "git -c core.pager='rm -rf x' log",
    "git -c alias.x='!rm -rf x' x",
    "git difftool -x 'rm -rf x'",
    "git difftool --extcmd='rm -rf x'",
    "git diff --ext-diff; GIT_EXTERNAL_DIFF='rm -rf x' git diff",
    "git filter-branch --tree-filter 'rm -rf x'",
    "git clone --upload-pack='rm -rf x' a b",
    "git config core.editor 'rm -rf x'",
    "PAGER='rm -rf x' man ls",
    "export PAGER='rm -rf x'; man ls",
    "declare -x PAGER='rm -rf x'; man ls",
    "npm exec -- rm -rf x",
    "npm exec -c 'rm -rf x'",
    "npm pkg set scripts.x='rm -rf x'",
    "yarn exec rm -rf x",
    "cargo watch -s 'rm -rf x'",
    "go run . -exec 'rm -rf x'",
    "go generate; rm -rf x",
    "go test -exec 'rm -rf x' ./...",
    "find . -exec rm -rf {} +",
    "find . -ok rm -rf {} ';'",
    "find x | xargs rm -rf",
    "perl -e 'system(\"rm -rf x\")'",
    "python3 -c 'import os; os.system(\"rm -rf x\")'",
    "python3 -c \"import os; os.system('rm -rf x')\"",
    'python3 -c \'import subprocess as s; s.run(["rm","-rf","x"])\'',
    'ruby -e \'exec("rm","-rf","x")\'',
    "python3 <<'E'\nimport os\nos.system(\"rm -rf x\")\nE",
    "node -e \"require('child_process').execFileSync('rm',['-rf','x'])\"",
    "/bin/rm -rf x",
    "busybox rm -rf x",
    "toybox rm -rf x",
    "sudo -u root rm -rf x",
    "unshare -r rm -rf x",
    "make SHELL='rm -rf x'",
    "tar cf /dev/null x --checkpoint-action=exec='rm -rf x'",
    "vim -c ':!rm -rf x' -c :q",
    "rsync --rsh='rm -rf x' a b:",
    "bash -c 'rm -rf x'",
    "ls; rm -rf x",
    "ls & rm -rf x",
    "ls|rm -rf x",
    "ls && { rm -rf x; }",
    "watchexec -- rm -rf x",
    "setsid rm -rf x",
    "chrt 1 rm -rf x",
    "parallel rm -rf ::: x",
    "docker run -v /:/h alpine rm -rf /h",
    "kubectl exec p -- rm -rf x",
    "ssh h rm -rf x",
    'ssh h "cd x && rm -rf y"',
    "hyperfine 'rm -rf x'",
    "npx -c 'rm -rf x'",
    "npx rimraf x && rm -rf y",
    "uvx --from x rm -rf y",
    'deno eval \'new Deno.Command("rm",{args:["-rf"]})\'',
    "awk 'BEGIN{system(\"rm -rf x\")}'",
    "sed '1e rm -rf x' f",
    "trap 'rm -rf x' EXIT",
    "coproc rm -rf x",
    "function f { rm -rf x; }; f",
]

ORDINARY = r"""
git commit -m "rm unused imports, never git push"
git commit -am 'use curl in docs'
git log --grep 'git push'
git rm old.py
npm rm left-pad
npm install && npm test
pip install curl
apt-get install -y curl docker.io
make push
cargo test -- --nocapture
ls -la | grep rm
rg "git push" docs
find . -name '*.py' -exec grep -l push {} +
find . -type f | xargs grep -n TODO
find . -type f -print0 | xargs -0 sed -n 1,5p
echo 'git push' > notes.txt
command -v bash | cat
which curl
ssh host uptime
for f in *.py; do wc -l "$f"; done
export PATH="$HOME/bin:$PATH"
uv run pytest -q
gh pr create --title 'git push fixes' --body 'run git push'
systemctl status docker
man git-push
parallel gzip ::: a b
ls | xargs -I{} cp {} /tmp
bash -c 'ls -la'
source .venv/bin/activate && pytest
cat a.txt | tee b.txt
"""

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


@pytest.mark.parametrize("command", [*COMMANDS, *THROUGH_OTHERS])
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


@pytest.mark.parametrize("command", REMOVALS)
@pytest.mark.parametrize("pattern", ["rm", "rm -rf"])
def test_a_denied_program_is_not_started_by_another_one(pattern: str, command: str) -> None:
    assert verdict(command, pattern) == Verdict.DENY


@pytest.mark.parametrize(
    "command", ["foo {} git push", "foo {} 'git push'", "foo {} -x rm y", "foo {} 'rm y'", "sudo {} rm y"]
)
def test_a_program_behind_many_words_is_denied(command: str) -> None:
    assert verdict(command.format("a " * 300), "git push", "rm") == Verdict.DENY
    assert verdict("foo " + "a " * 300, "git push", "rm") == Verdict.ALLOW


@pytest.mark.parametrize(
    "command",
    [
        *(
            f"{shell} 'rm x\n{rest}'"
            for shell in ("bash -c", "sh -c", "eval", "ssh host")
            for rest in ("(", ")", "fi", ";;")
        ),
        "bash -c 'true\nif a; then rm x; fi\n('",
        "bash -c 'a || rm x\n('",
        "bash -c 'a $(rm x)\n('",
        "bash -c 'a `rm x`\n('",
        "bash -c 'r\\\nm x\n('",
        f"bash -c 'rm x\n{'x = foo(1, 2)' * 400}'",
        f"bash -c '{'true; ' * 900}rm x'",
        f"foo '{'true; ' * 900}rm x'",
    ],
)
def test_a_shell_runs_the_lines_before_one_that_it_cannot_read(command: str) -> None:
    assert verdict(command, "rm") == Verdict.DENY


@pytest.mark.parametrize(
    ("command", "denied"),
    [
        *(
            (command, False)
            for command in ("pytest -k 'rm or mv'", "pytest -k rm tests", "pytest -q -m 'not rm' tests")
        ),
        *((f"{before} -k 'rm or mv'", False) for before in ("uv run pytest", "timeout 60 pytest", "time pytest")),
        *((f"{before} -k 'rm or mv'", False) for before in ("python -m pytest", ".venv/bin/python3.12 -m pytest")),
        *((f"{before} -k 'rm or mv'", False) for before in (".venv/bin/pytest", "python -m unittest", "A=1 py.test")),
        ("pytest --deselect='rm x'", False),
        ("go test -run 'rm x' ./...", False),
        ("jest -t 'rm x'", False),
        ("find . -name 'rm x' -print", False),
        # the value is no value, the program another one, or a shell gets the words
        ("pytest 'rm x'", True),
        ("pytest -p rm x", True),
        ("pytest -k a 'rm x'", True),
        ("./pytest -k 'rm x'", True),
        ("tools/pytest -k 'rm x'", True),
        *(
            (f"{before} pytest -k 'a; rm x'", True)
            for before in ("ssh host", "eval", "watch", "sudo", "foo", "parallel")
        ),
        ("su -c pytest -k 'rm x'", True),
        ("python -m foo -k 'rm x'", True),
        ("python -c 'rm x' -m pytest", True),
        ('pytest -k "$(rm x)"', True),
        ("pytest -k `rm x`", True),
        ("pytest -k a; rm x", True),
        ("pytest -k a && rm x", True),
        ("find . -name a -exec rm x ;", True),
        ("find . -exec foo -name 'rm x' ;", True),
        ("go test -exec 'rm x' ./...", True),
        ("timeout 5 rm x", True),
        ("time rm x", True),
        ("uv run rm x", True),
    ],
)
def test_an_expression_is_no_program(command: str, denied: bool) -> None:
    assert (verdict(command, "rm") == Verdict.DENY) is denied


def test_a_rule_about_an_option_still_sees_its_value() -> None:
    assert verdict("python -m pytest -k slow", "pytest -k slow") == Verdict.DENY


@pytest.mark.parametrize(
    "text",
    sampled(
        [
            "x = foo(1, 2)\n",
            "def f(a): return (a[1])\n",
            "= a ",
            "'a b c' ",
            'bar "x y" ',
            "\\` ",
            "xargs ",
            "-exec {} ; ",
            "a ",
            "$(a b) ",
            "(",
            "`",
            "git ",
        ],
        7,
    ),
)
def test_a_line_of_the_greatest_length_is_read_in_time(text: str) -> None:
    """Time grows with the length, not with its square: minutes else."""
    many = text * (60_000 // len(text))
    for line in (f"foo {many}", f"foo '{many.replace(chr(39), '')}'"):
        begun = process_time()
        verdict(line, "git push", "rm")
        assert process_time() - begun < 10


@pytest.mark.parametrize("command", ORDINARY.strip("\n").split("\n"))
def test_ordinary_commands_go_on_while_some_are_denied(command: str) -> None:
    assert (
        verdict(command, "git push", "rm", "rm -rf", "curl", "docker", "npm publish", "kubectl delete") == Verdict.ALLOW
    )


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
