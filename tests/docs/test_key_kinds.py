"""The page on models names every kind of key that is masked."""

from pathlib import Path

from blufio_tui.core.text.key_masks import KINDS


def test_the_page_on_models_names_every_kind_of_key() -> None:
    page = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f"`{kind}`" not in page] == []
