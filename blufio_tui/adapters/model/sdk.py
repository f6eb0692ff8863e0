"""The SDK that talks to models, imported without what it would only load because it is there."""

import sys
from types import ModuleType


def load_sdk() -> ModuleType:
    """The module `anthropic`. Takes a second or two the first time: call it in a thread.

    The SDK imports aiohttp wherever it finds it, which costs 10 MB and 0.2 s. It is here for `serve`; requests go
    through httpx2.
    """
    if "anthropic" in sys.modules or "aiohttp" in sys.modules:
        import anthropic

        return anthropic
    sys.modules["aiohttp"] = None  # type: ignore[assignment]  # an import of it fails, as if it were not installed
    try:
        import anthropic
    finally:
        del sys.modules["aiohttp"]
    return anthropic
