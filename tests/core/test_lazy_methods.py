"""Dataclasses whose methods are compiled late behave as the others."""

import dataclasses
import subprocess
import sys

import pytest

needs_it = pytest.mark.skipif(not hasattr(dataclasses, "_create_fn"), reason="this Python compiles them together")

_CLASSES = """
from dataclasses import FrozenInstanceError, asdict, dataclass, field, replace

@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 2
    tags: tuple[str, ...] = field(default=(), compare=False)

@dataclass(frozen=True, slots=True)
class Named(Point):
    name: str = "n"

@dataclass(order=True)
class Loose:
    items: list[int] = field(default_factory=list)

    def __post_init__(self):
        self.size = len(self.items)

def refusal(action, *arguments, **named):
    try:
        action(*arguments, **named)
    except Exception as error:
        return f"{type(error).__name__}: {error}"

first = Point(1)
said = [
    repr(first), repr(Named(1, name="b")), repr(Loose([1])), Loose([1, 2]).size,
    first == Point(1, 2, ("other",)), first == Named(1), Named(1) == Named(1), first != Point(3), first == 5,
    hash(first) == hash(Point(1, 2, ("t",))), len({Named(1), Named(1), Named(2)}), {first: "v"}[Point(1)],
    refusal(setattr, first, "x", 5), refusal(delattr, first, "x"), refusal(setattr, Named(1), "name", "z"),
    refusal(Point), refusal(Point, 1, z=2), refusal(hash, Loose()),
    asdict(Named(1)), replace(first, y=7), sorted([Loose([2]), Loose([1])])[0].items, Loose([1]) < Loose([2]),
    Point.__init__.__qualname__, Point.__eq__.__qualname__, Point.__match_args__,
]
"""
_RUN = """
import sys
from blufio_tui.core.lazy_methods import compile_methods_later
if sys.argv[1] == "late":
    assert compile_methods_later()
name = sys.argv[2]
module = sys.modules[name] = type(sys)(name)
classes, between, uses = sys.stdin.read().partition("first =")
exec(classes, vars(module))
print(module.Point.__init__.__code__.co_name == "method", file=sys.stderr)
exec(between + uses, vars(module))
print(*module.said, sep="\\n")
"""


def said(how: str, module: str) -> tuple[bool, list[str]]:
    """Whether the methods wait to be compiled, and what the classes say."""
    command = [sys.executable, "-c", _RUN, how, module]
    done = subprocess.run(command, input=_CLASSES, capture_output=True, text=True, check=True)
    return done.stderr.split() == ["True"], done.stdout.splitlines()


@needs_it
@pytest.mark.parametrize(
    ("module", "is_late"),
    [
        ("blufio_tui.some_module", True),
        ("textual.some_module", True),
        ("rich.some_module", True),
        ("textualize.some_module", False),
        ("pydantic.some_module", False),
    ],
)
def test_they_say_compare_hash_and_refuse_as_the_others(module: str, is_late: bool) -> None:
    waits, late = said("late", module)
    assert waits is is_late
    assert len(late) > 20
    assert (False, late) == said("usual", module)


_COUNT = """
import dataclasses, sys
compiled = []
real = getattr(dataclasses, "_create_fn")
def noting(name, args, body, *, globals=None, locals=None, return_type=dataclasses.MISSING):
    compiled.append(((globals or {}).get("__name__"), name))
    return real(name, args, body, globals=globals, locals=locals, return_type=return_type)
dataclasses._create_fn = noting
from blufio_tui.core.lazy_methods import compile_methods_later
assert compile_methods_later()
from blufio_tui.core.capability import Actor, ActorKind
ours = [name for module, name in compiled if module and module.startswith("blufio_tui.")]
print(ours)
one, other = Actor(ActorKind.TOOL, "a"), Actor(ActorKind.TOOL, "b")
print(one == one, one == other, one == other)
print([name for module, name in compiled if module == "blufio_tui.core.capability"])
"""


@needs_it
def test_a_method_is_compiled_when_it_is_called_and_once() -> None:
    done = subprocess.run([sys.executable, "-c", _COUNT], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "True False False", "['__init__', '__eq__']"]


def test_a_python_that_does_it_in_another_way_is_left_alone() -> None:
    code = """
import dataclasses
from blufio_tui.core.lazy_methods import compile_methods_later
def other(name, body): ...
dataclasses._create_fn = other
print(compile_methods_later(), dataclasses._create_fn is other)
del dataclasses._create_fn
print(compile_methods_later(), hasattr(dataclasses, "_create_fn"))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "False", "False"]


_INSPECT = """
import sys
import blufio_tui.core.lazy_methods
import dataclasses
from blufio_tui.core.capability import Actor, EnvTarget
print("inspect" in sys.modules, EnvTarget.__doc__, repr(type(dataclasses.inspect).__name__))

@dataclasses.dataclass
class Theirs:
    x: int

import inspect
print(Theirs.__doc__, type(inspect).__name__, str(inspect.signature(Actor))[:9], dataclasses.inspect.isclass(Actor))
"""


@needs_it
def test_the_module_for_signatures_is_loaded_when_somebody_asks_for_one() -> None:
    done = subprocess.run([sys.executable, "-c", _INSPECT], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "False EnvTarget '_InspectLater'",
        "Theirs(x: int) module (kind: 'A True",
    ]


def test_a_program_that_has_loaded_dataclasses_before_keeps_them_as_they_are() -> None:
    code = "import dataclasses, blufio_tui.core.lazy_methods; print(type(dataclasses.inspect).__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "module"
