"""JSON, and nothing that only Python takes for it."""

import pytest

from blufio_tui.core.text import strict_json


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}', "1e999", '{"a": -1e400}', "{", ""])
def test_what_the_standard_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        strict_json.loads(text)


def test_ordinary_json_is_read() -> None:
    assert strict_json.loads('{"a": [1, 2.5e300, 1e-999, "x"]}') == {"a": [1, 2.5e300, 0.0, "x"]}
