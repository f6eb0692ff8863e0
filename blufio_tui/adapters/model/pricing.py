"""Prices and context windows from genai-prices, which knows them offline. An unknown model stays unknown."""

import asyncio
from functools import lru_cache
from typing import Any

from blufio_tui.core.conversation import TokenUsage

PROVIDER = "anthropic"


class GenaiPricing:
    """Implements `core.cost.Pricing`, by the model's name. The first answer imports genai-prices, in a thread."""

    async def cost(self, model: str, usage: TokenUsage) -> float | None:
        await _load()
        return _cost(model, usage)

    async def window(self, model: str) -> int | None:
        await _load()
        return known_window(model)


async def _load() -> None:
    """Only the import is slow; once it is done a thread would cost more than the answer."""
    if _prices.cache_info().currsize == 0:
        await asyncio.to_thread(_prices)


@lru_cache(maxsize=1)
def _prices() -> Any:
    import genai_prices
    import genai_prices.data  # else the first answer would load it, on the event loop

    return genai_prices


def _cost(model: str, usage: TokenUsage) -> float | None:
    prices = _prices()
    counted = prices.Usage(
        # Here the input holds the cached parts as well; in the Messages API it does not.
        input_tokens=usage.sent,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
    )
    try:
        price = prices.calc_price(counted, model_ref=model, provider_id=PROVIDER)
    except LookupError:
        return None
    return float(price.total_price)


@lru_cache(maxsize=256)
def known_window(model: str) -> int | None:
    """The context window of a model in tokens, None if it is not known. Imports genai-prices."""
    prices = _prices()
    try:
        price = prices.calc_price(prices.Usage(input_tokens=1), model_ref=model, provider_id=PROVIDER)
    except LookupError:
        return None
    window = price.model.context_window
    return int(window) if window else None
