"""What is known of models: the endpoint's list, prices, windows."""

import pytest

from blufio_tui.adapters.model.claude import ClaudeProvider, Patience
from blufio_tui.adapters.model.models import known_models, list_models, parse_models, try_connection
from blufio_tui.adapters.model.pricing import GenaiPricing
from blufio_tui.core.agent.cost import add_costs, describe_cost
from blufio_tui.core.connections import ModelChoice
from blufio_tui.core.conversation import TokenUsage
from blufio_tui.core.settings.schema import ModelSettings
from tests.fakes.messages_api import KEY, MessagesApi, Reply, Status, text


async def no_wait(_seconds: float) -> None:
    return


def provider_for(api: MessagesApi, key: str = KEY) -> ClaudeProvider:
    return ClaudeProvider(api_key=key, base_url=api.url, patience=Patience(), sleep=no_wait)


async def test_the_endpoints_own_list_is_used() -> None:
    listed = [
        {
            "id": "claude-x",
            "type": "model",
            "display_name": "Claude X",
            "max_input_tokens": 5000,
            "lifecycle": "active",
        },
        {"id": "claude-old", "display_name": "Old", "lifecycle": "retired"},
        {"id": "local.gguf", "object": "model"},
        {"no": "id"},
    ]
    async with MessagesApi(models=listed) as api:
        provider = provider_for(api)
        assert await list_models(provider) == (
            ModelChoice("claude-x", "Claude X", 5000),
            ModelChoice("local.gguf", "local.gguf"),
        )
        await provider.close()


async def test_an_endpoint_without_a_list_has_none() -> None:
    async with MessagesApi() as api:
        provider = provider_for(api)
        assert await list_models(provider) == ()
        await provider.close()


def test_the_sdk_knows_the_default_model() -> None:
    assert ModelSettings().name in {choice.id for choice in known_models()}


@pytest.mark.parametrize("listed", [None, [], {"data": 3}, {"data": ["x", None]}, "text"])
def test_a_list_that_is_none_is_empty(listed: object) -> None:
    assert parse_models(listed) == ()


@pytest.mark.parametrize(
    ("entry", "window"),
    [
        ({"max_input_tokens": 200_000}, 200_000),
        ({"max_model_len": 8192}, 8192),
        ({"meta": {"n_ctx_train": 131_072, "n_ctx": 4096}}, 4096),
        ({"meta": {"n_ctx_train": 131_072}}, 0),
        ({"loaded_context_length": 4096, "max_context_length": 32_768}, 4096),
        ({"context_length": 32_768}, 32_768),
        ({"context_length": True}, 0),
        ({"context_length": -1}, 0),
        ({"context_length": "many"}, 0),
    ],
)
def test_the_window_is_read_from_the_lists_of_several_servers(entry: dict[str, object], window: int) -> None:
    (choice,) = parse_models({"data": [{"id": "m", **entry}]})
    assert choice.window == window


async def test_a_connection_is_tried_with_one_word() -> None:
    async with MessagesApi(Reply(text("ok")), Status(404, "not_found_error", "model: nope")) as api:
        provider = provider_for(api)
        assert (await try_connection(provider, "claude-sonnet-5-5")).ok
        failed = await try_connection(provider, "nope")
        assert not failed.ok
        assert "no model 'nope'" in failed.message
        await provider.close()


async def test_prices_count_cached_tokens_at_their_own_rate() -> None:
    pricing = GenaiPricing()
    full = await pricing.cost("claude-sonnet-5-5", TokenUsage(input_tokens=1000))
    cached = await pricing.cost("claude-sonnet-5-5", TokenUsage(cache_read_tokens=1000))
    written = await pricing.cost("claude-sonnet-5-5", TokenUsage(cache_write_tokens=1000))
    assert full is not None
    assert cached is not None
    assert written is not None
    assert cached < full < written


@pytest.mark.parametrize("model", ["smollm2", "claude-sonnet-99", "", "gpt-4o"])
async def test_an_unknown_model_has_no_price_and_no_window(model: str) -> None:
    pricing = GenaiPricing()
    assert await pricing.cost(model, TokenUsage(1000, 1000)) is None
    assert await pricing.window(model) is None


async def test_the_default_model_has_a_price_and_a_window() -> None:
    pricing = GenaiPricing()
    assert await pricing.cost(ModelSettings().name, TokenUsage(1000, 1000))
    assert (await pricing.window(ModelSettings().name) or 0) >= 200_000


def test_costs_add_up_unless_one_is_unknown() -> None:
    assert add_costs([0.5, 0.25]) == 0.75
    assert add_costs([0.5, None]) is None
    assert [describe_cost(cost) for cost in (None, 0, 0.00123, 2.5)] == ["unknown", "$0", "$0.0012", "$2.50"]
