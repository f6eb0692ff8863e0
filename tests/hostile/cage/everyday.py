"""Thirty everyday commands, each in a repository of its own. The table in docs/cage.md lists them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Everyday:
    """
    Attributes:
        needs: the program without which it is passed over.
        hosts: what it is expected to be asked about.
    """

    title: str
    command: str
    needs: str = "sh"
    hosts: tuple[str, ...] = ()


COMMANDS = (
    Everyday(
        "git init and a first commit",
        "mkdir new && cd new && git init -q . && cp ../a.txt . && git add -A && git commit -qm first",
        "git",
    ),
    Everyday("git status, diff, log", "git status --short && git diff && git log --oneline", "git"),
    Everyday("git branch, switch, commit", "git switch -qc topic && echo >> a.txt && git commit -qam more", "git"),
    Everyday(
        "git merge and tag",
        "git switch -qc t && echo >> a.txt && git commit -qam x && git switch -q - && git merge -q t && git tag v1 && git branch -d t",
        "git",
    ),
    Everyday("git stash and pop", "echo >> a.txt && git stash -q && git stash pop -q && git checkout -q a.txt", "git"),
    Everyday("git config of the project", "git config user.name Me && git remote add o https://example.org/x", "git"),
    Everyday("git clone of a local folder", "git clone -q . clone && rm -rf clone/.git/index && ls clone", "git"),
    Everyday("git worktree list, gc", "git worktree list && git gc -q", "git"),
    Everyday("ls, cat, head, tail, wc", "ls -la && cat a.txt | head -1 && tail -1 a.txt && wc -l a.txt"),
    Everyday(
        "find and grep",
        "find . -name '*.txt' -newer /etc/hostname | xargs grep -l . ; grep -rn alpha --include='*.txt' .",
    ),
    Everyday("sed -i", "sed -i 's/alpha/beta/' a.txt && grep -q beta a.txt", "sed"),
    Everyday("awk, sort, uniq, cut", "awk '{print $1}' a.txt | sort | uniq -c | cut -c1-20", "awk"),
    Everyday("mkdir, cp -r, mv, rm -r", "mkdir -p x/y && cp -r a.txt x/y && mv x z && rm -r z"),
    Everyday("cp -a and touch -d", "cp -a a.txt kept.txt && touch -d '2020-01-01' kept.txt && rm kept.txt"),
    Everyday("chmod and ln -s", "ln -s a.txt link && chmod 600 a.txt && chmod 644 a.txt && rm link"),
    Everyday("tar and gzip", "tar czf ../project/t.tgz a.txt && tar xzf t.tgz && rm t.tgz", "tar"),
    Everyday("heredoc into a script, run it", "cat > s.sh <<'X'\necho ran\nX\nsh s.sh && chmod +x s.sh && rm s.sh"),
    Everyday(
        "pipes and process substitution",
        "bash -c 'diff <(sort a.txt) <(sort a.txt) && echo same | tee t && rm t'",
        "bash",
    ),
    Everyday("background and wait", "sleep 0.05 & wait && echo done"),
    Everyday("mktemp", 'f=$(mktemp) && echo x > "$f" && cat "$f" && rm "$f"'),
    Everyday("a python script", "python3 -c 'import json, os, tempfile; print(json.dumps(os.listdir()))'", "python3"),
    Everyday("python: threads, processes, sqlite", "python3 work.py", "python3"),
    Everyday("python -m venv", "python3 -m venv --without-pip v && v/bin/python -c 'print(1)' && rm -r v", "python3"),
    Everyday(
        "pip install from a local folder",
        "python3 wheel.py && python3 -m pip install -q --no-index --find-links dist --target lib m && test -f lib/m.py",
        "python3",
    ),
    Everyday("python -m unittest", "python3 -m unittest -q test_it.py", "python3"),
    Everyday("a server on loopback and its client", "python3 serve.py", "python3"),
    Everyday("make", "make -s && test -f made && make -s clean", "make"),
    Everyday("gcc, and the program it made", "gcc -o prog prog.c && ./prog && rm prog", "gcc"),
    Everyday("node", 'node -e \'require("fs").writeFileSync("n.txt", "x")\' && rm n.txt', "node"),
    Everyday("npm run", "npm run --silent hello", "npm"),
    Everyday(
        "npm install of a local package",
        "npm install --silent --offline --no-audit --no-fund ./module && rm -r node_modules",
        "npm",
    ),
    Everyday("cargo build", "cargo build -q --offline --manifest-path crate/Cargo.toml && rm -r crate/target", "cargo"),
    Everyday("curl of another machine", "curl -s -m 5 http://example.org/ ; true", "curl", ("example.org:80",)),
)

FILES = {
    "a.txt": "alpha\n",
    "work.py": "import multiprocessing, sqlite3, threading\n"
    "t = threading.Thread(target=print, args=('t',)); t.start(); t.join()\n"
    "d = sqlite3.connect('w.db'); d.execute('create table if not exists t(a)'); d.commit(); d.close()\n"
    "if __name__ == '__main__':\n"
    "    with multiprocessing.Pool(2) as pool: print(pool.map(abs, [-1, 2]))\n"
    "    import os; os.unlink('w.db')\n",
    "serve.py": "import http.server, threading, urllib.request\n"
    "s = http.server.ThreadingHTTPServer(('', 0), http.server.SimpleHTTPRequestHandler)\n"
    "threading.Thread(target=s.serve_forever, daemon=True).start()\n"
    "print(urllib.request.urlopen(f'http://localhost:{s.server_port}/a.txt').read())\n",
    "test_it.py": "import unittest\nclass T(unittest.TestCase):\n  def test_a(self): self.assertTrue(True)\n",
    "Makefile": "made: a.txt\n\tcp a.txt made\nclean:\n\trm -f made\n",
    "prog.c": '#include <stdio.h>\nint main(void) { puts("compiled"); return 0; }\n',
    "package.json": '{"name": "x", "version": "1.0.0", "scripts": {"hello": "node -p 1"}}\n',
    "module/package.json": '{"name": "module", "version": "1.0.0", "main": "i.js"}\n',
    "module/i.js": "module.exports = 1\n",
    "crate/Cargo.toml": '[package]\nname = "c"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\n',
    "crate/src/main.rs": 'fn main() { println!("1"); }\n',
    "wheel.py": "import os, zipfile\nos.makedirs('dist', exist_ok=True)\n"
    "z = zipfile.ZipFile('dist/m-1-py3-none-any.whl', 'w')\nz.writestr('m.py', 'x = 1')\n"
    "z.writestr('m-1.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: m\\nVersion: 1\\n')\n"
    "z.writestr('m-1.dist-info/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')\n"
    "z.writestr('m-1.dist-info/RECORD', '')\nz.close()\n",
}
