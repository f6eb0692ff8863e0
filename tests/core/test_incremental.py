"""What grows is worked out once; what changed is worked out afresh."""

from blufio_tui.core.incremental import Incremental


class Item:
    pass


def counted() -> tuple[Incremental[list[Item], Item], list[Item]]:
    worked: list[Item] = []

    def add(state: list[Item], item: Item) -> None:
        worked.append(item)
        state.append(item)

    return Incremental(list[Item], add), worked


def test_only_what_is_new_is_added_in_the_same_list_and_in_another_that_begins_alike() -> None:
    growing, worked = counted()
    items = [Item(), Item()]
    growing.over(items)
    items.append(Item())
    assert growing.over(items) == items and worked == items
    longer = [*items, Item()]
    assert growing.over(longer) == longer and worked == longer


def test_a_list_that_is_shorter_or_has_another_item_starts_afresh() -> None:
    growing, _ = counted()
    items = [Item(), Item(), Item()]
    growing.over(items)
    assert growing.over(items[:2]) == items[:2]
    changed = [items[0], Item(), Item()]
    assert growing.over(changed) == changed
    changed.pop()
    assert growing.over(changed) == changed


def test_what_was_handed_out_is_not_changed_by_starting_afresh() -> None:
    growing, _ = counted()
    items = [Item(), Item()]
    before = growing.over(items)
    growing.over([Item()])
    assert before == items
