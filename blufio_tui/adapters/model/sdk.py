"""The SDK that talks to models, imported without what no request of this program uses.

A plain `import anthropic` runs some 3,000 modules, nearly all of them generated types: 1.3 s of processor time, 40 MB.
Here the packages that only gather names are there at once, and each name comes from its own module when somebody asks
for it. Code that needs all of the SDK gets it, later, and with the same objects.
"""

import ast
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.abc import InspectLoader, Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec, spec_from_loader
from types import ModuleType
from typing import Any

_SDK = "anthropic"
_GATHERING = (f"{_SDK}.types", f"{_SDK}.resources", f"{_SDK}.lib._tracing")
"""Packages, and all below them, that import what they offer from their own modules and do nothing else."""
_FUNCTIONS = {f"{_SDK}._error_classes": ("make_status_error",), f"{_SDK}.lib._tracing": ("finish_api_call_span",)}
"""Functions that the client's module imports and seldom calls, from modules that load hundreds of types."""
_BODY = "_deferred_body"
"""The submodule whose import runs a module's own code: Python's import locks then hold as for every import."""

_loading = threading.RLock()


@dataclass(frozen=True, slots=True)
class Sdk:
    """What this program uses of the SDK.

    Attributes:
        client: `AsyncAnthropic`.
        error: `AnthropicError`, the root of what it raises.
    """

    client: Any
    error: type[Exception]


@cache
def load_sdk() -> Sdk:
    """Takes a quarter of a second the first time: call it in a thread.

    A version of the SDK that is built in another way, and one that was imported before, is imported whole.
    """
    with _loading, _without_aiohttp():
        if _SDK in sys.modules and not isinstance(sys.modules[_SDK], _Deferred):
            return _whole()
        if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
            sys.meta_path.insert(0, _Finder())
        try:
            return Sdk(
                import_module(f"{_SDK}._client").AsyncAnthropic,
                import_module(f"{_SDK}._exceptions").AnthropicError,
            )
        except Exception:  # noqa: BLE001 - whatever another version may do when its parts come in another order
            _forget()
            return _whole()


def load_seldom_used() -> None:
    """What the list of models and a server's refusal need: 40 ms, for which an event loop would stand still."""
    load_sdk()
    for name in ("resources.models", f"_error_classes.{_BODY}", "types.shared.error_details"):
        with suppress(ImportError):  # another version: it loads these itself, when it needs them
            import_module(f"{_SDK}.{name}")


def _whole() -> Sdk:
    sdk = import_module(_SDK)
    return Sdk(sdk.AsyncAnthropic, sdk.AnthropicError)


def _forget() -> None:
    """As if nothing of the SDK had been imported."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Finder)]
    for name in [name for name in sys.modules if _is_below(name, _SDK)]:
        del sys.modules[name]


@contextmanager
def _without_aiohttp() -> Iterator[None]:
    """The SDK imports aiohttp wherever it finds it, which costs 10 MB and 0.2 s. It is here for `serve`; requests go
    through httpx2."""
    if "aiohttp" in sys.modules:
        yield
        return
    sys.modules["aiohttp"] = None  # type: ignore[assignment]  # an import of it fails, as if it were not installed
    try:
        yield
    finally:
        del sys.modules["aiohttp"]


def _is_below(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


class _Finder(MetaPathFinder):
    """Finds what is deferred of the SDK, and its code when it is wanted; leaves all else to the other finders."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not _is_below(fullname, _SDK):
            return None
        parent, _, name = fullname.rpartition(".")
        if name == _BODY and isinstance(sys.modules.get(parent), _Deferred):
            return spec_from_loader(fullname, _BodyLoader())
        is_gathering = fullname == _SDK or any(_is_below(fullname, package) for package in _GATHERING)
        if not is_gathering and fullname not in _FUNCTIONS:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        is_package = spec is not None and spec.submodule_search_locations is not None
        if spec is not None and spec.loader is not None and (is_package or fullname in _FUNCTIONS):
            spec.loader = _DeferringLoader(spec.loader)
        return spec


class _DeferringLoader(Loader):
    """Makes a module without running its code."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = self._loader
        vars(module).setdefault("__path__", [])  # what is no package has a body below it anyway
        module.__class__ = _Deferred


class _Deferred(ModuleType):
    """A module that looks for a name where its code would import it from, and runs the code when that does not help."""

    def __getattr__(self, name: str) -> Any:
        if name in _FUNCTIONS.get(self.__name__, ()) and _body_of(self) not in sys.modules:
            return _when_called(self, name)
        if name != _BODY and find_spec(f"{self.__name__}.{name}") is not None:
            return import_module(f"{self.__name__}.{name}")
        if (origin := _origins(self).get(name)) is not None:
            module, original = origin
            return getattr(import_module(module), original)
        import_module(_body_of(self))
        try:
            return vars(self)[name]
        except KeyError:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}") from None


def _body_of(module: ModuleType) -> str:
    return f"{module.__name__}.{_BODY}"


def _when_called(module: ModuleType, name: str) -> Callable[..., Any]:
    def call(*args: Any, **more: Any) -> Any:
        import_module(_body_of(module))
        return vars(module)[name](*args, **more)

    return call


class _BodyLoader(Loader):
    """Runs the code of the deferred module that `module` stands below."""

    def exec_module(self, module: ModuleType) -> None:
        deferred = sys.modules[module.__name__.removesuffix(f".{_BODY}")]
        assert deferred.__spec__ is not None and deferred.__spec__.loader is not None
        deferred.__spec__.loader.exec_module(deferred)


def _origins(package: ModuleType) -> dict[str, tuple[str, str]]:
    """Where a package's `__init__` imports each of its names from, and the name there; nothing when it does more."""
    known: dict[str, tuple[str, str]] | None = vars(package).get("_deferred_origins")
    if known is None:
        known = vars(package)["_deferred_origins"] = _read_origins(package)
    return known


def _read_origins(package: ModuleType) -> dict[str, tuple[str, str]]:
    loader = package.__spec__.loader if package.__spec__ is not None else None
    source = loader.get_source(package.__name__) if isinstance(loader, InspectLoader) else None
    origins: dict[str, tuple[str, str]] = {}
    for statement in ast.parse(source or "").body:
        match statement:
            case ast.ImportFrom(module="__future__", level=0) | ast.Assign(targets=[ast.Name(id="__all__")]):
                continue
            case ast.ImportFrom(module=str(module), names=names, level=1):
                for alias in names:
                    origins[alias.asname or alias.name] = (f"{package.__name__}.{module}", alias.name)
            case _:
                return {}
    return {} if "*" in origins else origins
