"""The SDK, imported in parts and whole. Each test has an interpreter of its own: what is imported stays."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.corpus import sampled

OTHER_SDK = """
class AnthropicError(Exception): ...
class AsyncStream: ...
class AsyncAnthropic:
    is_another = True
"""


def run(code: str, *arguments: str, before: Path | None = None) -> str:
    """What `code` prints; `before` is where modules are looked for first."""
    first = f"import sys; sys.path.insert(0, {str(before)!r})\n" if before else ""
    done = subprocess.run([sys.executable, "-c", first + code, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def another_sdk(folder: Path, **files: str) -> Path:
    package = folder / "anthropic"
    package.mkdir()
    for name, text in files.items():
        (package / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


def test_what_no_request_uses_is_not_imported() -> None:
    loaded = run(
        "import sys; from blufio_tui.adapters.model.sdk import load_sdk; load_sdk();"
        "print(*(n for n in sys.argv[1:] if n in sys.modules), sum(n.startswith('anthropic.') for n in sys.modules))",
        "anthropic.types.message",
        "anthropic.resources.beta",
        "anthropic.lib.bedrock",
        "anthropic.lib.streaming",
        "aiohttp",
    )
    assert int(loaded) < 400  # a plain import loads more than 2,000


@pytest.mark.parametrize(
    "expression",
    sampled(
        [
            "anthropic.types.Message.__name__ == 'Message'",
            "anthropic.types.beta.BetaMessage.__name__ == 'BetaMessage'",
            "anthropic.AnthropicBedrock.__name__ == 'AnthropicBedrock'",
            "anthropic.AsyncAnthropic is sdk.client and anthropic.AnthropicError is sdk.error",
            "anthropic.resources.messages.AsyncMessages.__name__ == 'AsyncMessages'",
            "not hasattr(anthropic, 'no_such_name') and not hasattr(anthropic.types, 'NoSuchType')",
            "set(anthropic.__all__) <= set(dir(anthropic))",
            "sdk.client(api_key='x').messages.create is not None",
        ],
        one_in=4,
    ),
)
def test_what_is_asked_for_later_is_there_then(expression: str) -> None:
    code = f"""
from blufio_tui.adapters.model.sdk import load_sdk
sdk = load_sdk()
import anthropic
print({expression})
"""
    assert run(code) == "True"


@pytest.mark.corpus
def test_a_name_of_its_own_is_what_the_package_makes_of_it() -> None:
    """Each name is taken from its module first; then the package's whole code runs, and must make the same of it."""
    code = """
import pkgutil
from importlib import import_module
from blufio_tui.adapters.model import sdk
sdk.load_sdk()
count, clashes, others = 0, [], []
for name in ("types", "types.beta", "types.shared", "types.organization", "types.beta.sessions", "resources",
             "resources.beta", "resources.messages", "lib._tracing"):
    package = import_module(f"anthropic.{name}")
    early = {own: getattr(package, own) for own in sdk._origins(package)}
    clashes += sorted({module.name for module in pkgutil.iter_modules(package.__path__)} & set(early))
    import_module(sdk._body_of(package))
    functions = sdk._FUNCTIONS.get(package.__name__, ())
    others += [own for own, value in early.items() if value is not vars(package)[own] and own not in functions]
    count += len(early)
print(count > 2_000, clashes, others)
"""
    assert run(code) == "True [] []"


def test_a_function_that_is_called_seldom_is_the_real_one_when_it_is_called() -> None:
    code = """
import inspect, sys
from blufio_tui.adapters.model.sdk import _FUNCTIONS, load_sdk
client = load_sdk().client(api_key="x")
before = "anthropic.types.thread_not_found_error" in sys.modules
import httpx2
response = httpx2.Response(404, request=httpx2.Request("POST", "http://127.0.0.1"))
error = client._make_status_error("gone", body={"error": {"error_code": "thread_not_found"}}, response=response)
print(before, "anthropic.types.thread_not_found_error" in sys.modules, error.status_code)
print(all(inspect.isfunction(vars(sys.modules[module]).get(name)) for module, names in _FUNCTIONS.items()
          for name in names if vars(sys.modules[module]).get(name)))
"""
    assert run(code).split() == ["False", "True", "404", "True"]


@pytest.mark.corpus
def test_two_threads_that_want_the_rest_at_once_both_get_it() -> None:
    code = """
import threading
from blufio_tui.adapters.model.sdk import load_sdk
load_sdk()
import anthropic
start, got = threading.Barrier(3), []
def want(path):
    start.wait()
    value = anthropic
    for name in path.split("."):
        value = getattr(value, name)
    got.append(path)
paths = ("types.Message", "types.beta.BetaMessage", "AnthropicBedrock")
threads = [threading.Thread(target=want, args=(path,)) for path in paths]
for thread in threads: thread.start()
for thread in threads: thread.join(60)
print(sorted(got) == sorted(paths))
"""
    assert run(code) == "True"


def test_nothing_is_left_to_import_when_a_server_refuses() -> None:
    """The first refusal must not hold up the screen."""
    code = """
import sys, httpx2
from blufio_tui.adapters.model.sdk import load_sdk, load_seldom_used
load_seldom_used()
client = load_sdk().client(api_key="x")
client.models
before = set(sys.modules)
client._make_status_error("no", body={}, response=httpx2.Response(404, request=httpx2.Request("GET", "http://x")))
print(len(set(sys.modules) - before))
"""
    assert int(run(code)) == 0


def test_a_version_that_is_built_in_another_way_is_imported_whole(tmp_path: Path) -> None:
    place = another_sdk(tmp_path, __init__=OTHER_SDK)
    code = "from blufio_tui.adapters.model.sdk import load_sdk; print(load_sdk().client.is_another)"
    assert run(code, before=place) == "True"


def test_a_version_whose_parts_need_their_whole_is_imported_whole(tmp_path: Path) -> None:
    """The parts are there, and fail in the order in which they would come."""
    place = another_sdk(
        tmp_path,
        __init__=f"READY = 1\n{OTHER_SDK}\nfrom . import _client",
        _client="import sys\nif 'READY' not in vars(sys.modules['anthropic']): raise TypeError('too early')",
    )
    code = (
        "import sys; from blufio_tui.adapters.model.sdk import load_sdk; sdk = load_sdk();"
        "import anthropic; print(sdk.client.is_another, type(anthropic).__name__, 'anthropic._client' in sys.modules)"
    )
    assert run(code, before=place) == "True module True"


def test_an_sdk_that_is_there_already_is_used(tmp_path: Path) -> None:
    """Its parts have another client, which would come of importing them."""
    place = another_sdk(tmp_path, __init__=OTHER_SDK, _client=OTHER_SDK, _streaming=OTHER_SDK, _exceptions=OTHER_SDK)
    code = (
        "import anthropic; from blufio_tui.adapters.model.sdk import load_sdk;"
        "print(load_sdk().client is anthropic.AsyncAnthropic)"
    )
    assert run(code, before=place) == "True"


@pytest.mark.corpus
def test_the_real_sdk_that_is_there_already_is_used() -> None:
    code = (
        "import anthropic; from blufio_tui.adapters.model.sdk import load_sdk;"
        "print(load_sdk().client is anthropic.AsyncAnthropic, type(anthropic).__name__)"
    )
    assert run(code) == "True module"
