"""How to ask a model to think, or not to: the accepted forms differ from model to model.

Until Claude 4.5 a budget is given; from 4.6 on the model decides and takes an effort; from 5.5 on even
turning it off is spelled in another way. The likely form comes first; when the server refuses one, the next
is tried and remembered. The last form says nothing about thinking and sends none back.
"""

import re
from dataclasses import dataclass
from typing import Any

MIN_BUDGET = 1024
_LOW, _MEDIUM = 4_096, 16_384


@dataclass(frozen=True, slots=True)
class ThinkingForm:
    """Parameters of the request, and whether thinking of earlier replies goes with it."""

    params: dict[str, Any]
    sends_thinking: bool = True


_SILENT = ThinkingForm({})
_LAST_RESORT = ThinkingForm({}, sends_thinking=False)


def thinking_forms(model: str, budget: int, max_tokens: int) -> tuple[ThinkingForm, ...]:
    """The forms to try for a model, in this order. `budget` in tokens, 0 means no thinking."""
    version = model_version(model)
    if budget <= 0:
        return (*_off(version), _SILENT, _LAST_RESORT)
    adaptive, fixed = _adaptive(budget), _fixed(budget, max_tokens)
    first, second = (adaptive, fixed) if version >= (4, 6) else (fixed, adaptive)
    return (first, second, _SILENT, _LAST_RESORT)


def model_version(model: str) -> tuple[int, int]:
    """Major and minor version in a Claude model's name: `claude-sonnet-4-5-20250929` is (4, 5), any other (0, 0)."""
    if "claude" not in model:
        return (0, 0)
    numbers = [int(part) for part in re.split(r"[^0-9A-Za-z]", model) if part.isdecimal() and len(part) <= 2]
    return (numbers[0], numbers[1] if len(numbers) > 1 else 0) if numbers else (0, 0)


def is_about_thinking(message: str) -> bool:
    """Whether a refusal (400) complains about how thinking was asked for or sent back."""
    lowered = message.lower()
    return any(word in lowered for word in ("thinking", "signature", "output_config", "effort"))


def _off(version: tuple[int, int]) -> tuple[ThinkingForm, ...]:
    if version >= (5, 5):
        # Where it cannot be turned off, at least show what is thought between tool calls.
        return (ThinkingForm({"thinking": {"type": "between_tools"}}), ThinkingForm(_shown_adaptive()))
    if version >= (5, 0):
        return (ThinkingForm({"thinking": {"type": "disabled"}}),)
    return ()


def _adaptive(budget: int) -> ThinkingForm:
    effort = "low" if budget < _LOW else "medium" if budget < _MEDIUM else "high"
    return ThinkingForm({**_shown_adaptive(), "output_config": {"effort": effort}})


def _shown_adaptive() -> dict[str, Any]:
    return {"thinking": {"type": "adaptive", "display": "summarized"}}


def _fixed(budget: int, max_tokens: int) -> ThinkingForm:
    tokens = max(MIN_BUDGET, min(budget, max_tokens - 1))
    if tokens >= max_tokens:
        return _SILENT
    return ThinkingForm({"thinking": {"type": "enabled", "budget_tokens": tokens}})
