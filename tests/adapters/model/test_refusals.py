"""What a refusal says of the window and of pictures."""

import pytest

from blufio_tui.adapters.model.refusals import is_about_image, place_in, window_in


@pytest.mark.parametrize(
    ("said", "window"),
    [
        ("prompt is too long: 215000 tokens > 200000 maximum", 200_000),
        ("input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000, decrease input length", 200_000),
        ("This model's maximum context length is 4096 tokens. However, you requested 5000 tokens", 4096),
        ("The prompt (total length 9000) is longer than the maximum model length of 8192.", 8192),
        ("the request exceeds the available context size (8192 tokens), try increasing it", 8192),
        ("the model is loaded with context length of only 4096 tokens, which is not enough", 4096),
        ("n_ctx = 2048 is exceeded", 2048),
        ("max_model_len=16384", 16_384),
        ("maximum context length is 1,048,576 tokens", 1_048_576),
        ("prompt is too long", 0),
        ("prompt is too long: 1 > 0", 0),
        ("maximum context length is 99999999999999999999999999999 tokens", 0),
        ("", 0),
    ],
)
def test_the_window_is_learnt_from_the_servers_sentence(said: str, window: int) -> None:
    assert window_in(said) == window


def test_a_field_of_the_body_comes_before_the_sentence() -> None:
    body = {"error": {"code": 400, "message": "too long", "n_prompt_tokens": 9000, "n_ctx": 4096}}
    assert window_in("maximum context length is 8192 tokens", body) == 4096
    assert window_in("too long", {"error": {"n_ctx": "4096"}}) == 0
    nested: dict[str, object] = {"n_ctx": 4096}
    for _ in range(50):
        nested = {"error": nested}
    assert window_in("too long", nested) == 0


@pytest.mark.parametrize(
    ("said", "is_about", "place"),
    [
        ("messages.2.content.1.image.source.base64: image exceeds 5 MB maximum", True, (2, 1)),
        ("At least one of the image dimensions exceed max allowed size: 8000 pixels", True, None),
        ("Could not process image", True, None),
        ("messages.0.content.0.text: Field required", False, (0, 0)),
        ("tools.0: imagery", False, None),
    ],
)
def test_a_refused_picture_is_recognised(said: str, is_about: bool, place: tuple[int, int] | None) -> None:
    assert is_about_image(said) == is_about
    assert place_in(said) == place
