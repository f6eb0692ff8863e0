"""Lists models: the endpoint's list if it has one, else the names that the SDK knows."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from blufio_tui.adapters.model.claude import ANTHROPIC_URL, ClaudeProvider
from blufio_tui.adapters.model.refusals import plausible_window
from blufio_tui.adapters.model.sdk import load_sdk, load_seldom_used
from blufio_tui.core.agent.provider import ModelRequest, ProviderReply
from blufio_tui.core.connections import ConnectionCheck, ModelChoice
from blufio_tui.core.conversation import Message, Role, TextBlock
from blufio_tui.core.errors import ProviderError
from blufio_tui.core.text import strict_json

_MOST = 200
_TIMEOUT = 15.0


async def list_models(provider: ClaudeProvider) -> tuple[ModelChoice, ...]:
    """The models of the provider's endpoint, in its own order.

    One that has no list, or cannot be asked now: Anthropic's known names for Anthropic, nothing for others.
    """
    choices = await _endpoint_list(provider)
    if choices or provider.base_url != ANTHROPIC_URL:
        return choices
    return await asyncio.to_thread(known_models)


def known_models() -> tuple[ModelChoice, ...]:
    """The model names in the SDK's types. Imports the SDK, which is slow: call it in a thread."""
    load_sdk()
    from anthropic.types.model import Model

    names = [name for member in get_args(Model) for name in get_args(member)]
    return tuple(ModelChoice(name, name) for name in names)


async def try_connection(provider: ClaudeProvider, model: str) -> ConnectionCheck:
    """Ask the model for one word, so that key, address and name are all known to work."""
    request = ModelRequest(model, (), (), (Message(Role.USER, (TextBlock("Say ok."),)),), max_tokens=16)
    try:
        async for event in provider.stream(request):
            if isinstance(event, ProviderReply):
                return ConnectionCheck(True, f"{event.model} answers at {provider.base_url}.", model)
    except ProviderError as error:
        return ConnectionCheck(False, str(error), model)
    return ConnectionCheck(False, f"{model} did not answer.", model)


async def _endpoint_list(provider: ClaudeProvider) -> tuple[ModelChoice, ...]:
    client = await provider.client()
    await asyncio.to_thread(load_seldom_used)
    try:
        response = await client.models.with_raw_response.list(limit=_MOST, timeout=_TIMEOUT)
        listed = strict_json.parsed(await _text_of(response))
    except (load_sdk().error, OSError, ValueError):
        return ()
    return parse_models(listed)


async def _text_of(response: Any) -> str:
    text = response.text()
    return str(await text if asyncio.iscoroutine(text) else text)


def parse_models(listed: object) -> tuple[ModelChoice, ...]:
    """The list as Anthropic sends it, or as servers in the manner of OpenAI do; what is not a model is left out."""
    entries = listed.get("data") if isinstance(listed, dict) else None
    if not isinstance(entries, Sequence):
        return ()
    return tuple(choice for entry in entries if (choice := _choice(entry)))


def _choice(entry: object) -> ModelChoice | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str) or entry.get("lifecycle") == "retired":
        return None
    return ModelChoice(entry["id"], str(entry.get("display_name") or entry["id"]), _window(entry) or 0)


def _window(entry: Mapping[str, object]) -> int | None:
    """As Anthropic, vLLM, llama.cpp (the size it was started with), LM Studio (loaded, else possible) and gateways
    list it."""
    meta = entry.get("meta")
    named = [entry.get(name) for name in _WINDOW_FIELDS]
    loaded = meta.get("n_ctx") if isinstance(meta, Mapping) else None
    return next((window for value in (loaded, *named) if (window := plausible_window(value))), None)


_WINDOW_FIELDS = (
    "max_input_tokens",
    "loaded_context_length",
    "max_model_len",
    "max_context_length",
    "context_length",
    "context_window",
)
