"""Twenty everyday sessions as the calls they come to. Each step is a tool and what it is about.

Retold from what people publish about their days with coding agents: nothing of their words, only the order of steps.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Session:
    """
    Attributes:
        steps: `tool argument`; for bash the command line, for files the path below the project, for http the URL.
        answers: the letter that a person gives to the question about a step, where it is wider than this once.
    """

    name: str
    steps: tuple[str, ...]
    answers: dict[int, str]


SESSIONS = (
    Session(
        "fix a failing test",
        (
            "bash pytest -x",
            "read src/money.py",
            "write src/money.py",
            "bash pytest -x tests/test_money.py",
            "write src/money.py",
            "bash pytest",
            "bash git diff",
        ),
        {0: "t", 2: "e"},
    ),
    Session(
        "add a command-line flag",
        (
            "bash grep -rn add_argument src",
            "read src/cli.py",
            "write src/cli.py",
            "write tests/test_cli.py",
            "write README.md",
            "bash pytest tests/test_cli.py",
            "bash pytest -q",
        ),
        {2: "e", 5: "t"},
    ),
    Session(
        "bisect a regression",
        (
            "bash git log --oneline",
            "bash git show abc1234",
            "bash pytest -x tests/test_parse.py",
            "bash pytest -x tests/test_parse.py",
            "bash pytest -x tests/test_parse.py",
            "bash git log --oneline src/parse.py",
        ),
        {2: "t"},
    ),
    Session(
        "upgrade a dependency",
        (
            "read pyproject.toml",
            "http https://docs.example.org/changes",
            "http https://www.example.org/migrating",
            "write src/client.py",
            "write src/models.py",
            "bash pytest",
            "bash pytest tests/test_client.py",
        ),
        {1: "h", 3: "e", 5: "t"},
    ),
    Session(
        "write documentation",
        (
            "bash ls docs",
            "read src/api.py",
            "write docs/api.md",
            "write docs/index.md",
            "write docs/guide.md",
            "write README.md",
        ),
        {2: "e"},
    ),
    Session(
        "look into a log",
        (
            "bash ls logs",
            "bash tail -n 100 logs/app.log",
            "bash grep -n ERROR logs/app.log",
            "bash grep -c ERROR logs/app.log",
            "bash wc -l logs/app.log",
        ),
        {},
    ),
    Session(
        "rename a function",
        (
            "bash grep -rn old_name .",
            "write src/a.py",
            "write src/b.py",
            "write src/c.py",
            "write tests/test_a.py",
            "bash pytest",
            "bash mypy src",
        ),
        {1: "e", 5: "t", 6: "t"},
    ),
    Session(
        "clear type errors",
        ("bash mypy src", "write src/a.py", "bash mypy src", "write src/b.py", "bash mypy src/b.py", "bash mypy"),
        {0: "t", 1: "e"},
    ),
    Session(
        "clean up with the linter",
        ("bash ruff check .", "write src/a.py", "bash ruff check src", "bash ruff format src", "bash git diff"),
        {0: "t", 1: "e", 3: "t"},
    ),
    Session(
        "review a branch",
        ("bash git status", "bash git log --oneline", "bash git diff", "bash git show HEAD", "read src/new.py"),
        {},
    ),
    Session(
        "read into an unknown project",
        ("bash ls", "read README.md", "bash find . -name '*.py'", "bash wc -l src/main.py", "read src/main.py"),
        {},
    ),
    Session(
        "port a module to another interface",
        ("read src/old.py", "write src/new.py", "write src/new.py", "write tests/test_new.py", "bash pytest -q"),
        {1: "e"},
    ),
    Session(
        "a Rust borrow error",
        ("bash cargo check", "read src/main.rs", "write src/main.rs", "bash cargo check", "bash cargo test"),
        {0: "t", 2: "e", 4: "t"},
    ),
    Session(
        "a Go race",
        ("bash go test -race ./...", "write pkg/cache.go", "bash go test -race ./pkg", "bash go vet ./..."),
        {0: "t", 1: "e", 3: "t"},
    ),
    Session(
        "a component in TypeScript",
        (
            "read src/List.tsx",
            "write src/List.tsx",
            "write src/List.test.tsx",
            "bash tsc --noEmit",
            "bash jest -t List",
        ),
        {1: "e", 3: "t", 4: "t"},
    ),
    Session(
        "look something up in notes outside",
        ("read ../notes/a.md", "read ../notes/b.md", "read ../notes/deep/c.md", "write docs/plan.md"),
        {0: "f"},
    ),
    Session(
        "read a manual on the web",
        (
            "http https://docs.example.org/a",
            "http https://docs.example.org/b",
            "http https://api.example.org/c",
            "write notes.md",
        ),
        {0: "h"},
    ),
    Session(
        "count lines of code",
        ("bash find . -name '*.py'", "bash wc -l src/a.py src/b.py", "bash ls -la src", "bash head -n 20 src/a.py"),
        {},
    ),
    Session(
        "write tests for old code",
        (
            "read src/old.py",
            "write tests/test_old.py",
            "bash pytest tests/test_old.py",
            "write tests/test_old.py",
            "bash pytest tests/test_old.py",
            "write tests/test_more.py",
            "bash pytest -q",
        ),
        {1: "e", 2: "t"},
    ),
    Session(
        "prepare a release",
        ("bash git status", "write CHANGELOG.md", "write src/version.py", "bash pytest", "bash git commit -m release"),
        {1: "e"},
    ),
)
