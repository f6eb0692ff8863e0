"""Keys as people write them."""

from textual.binding import Binding

_NAMES = {
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
    "tab": "Tab",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "backspace": "⌫",
    "delete": "Del",
    "slash": "/",
    "question_mark": "?",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "full_stop": ".",
    "comma": ",",
    "colon": ":",
    "minus": "-",
    "plus": "+",
    "equals_sign": "=",
    "exclamation_mark": "!",
    "underscore": "_",
}


def key_name(binding: Binding) -> str:
    return binding.key_display or spell_key(binding.key)


def spell_key(key: str) -> str:
    """`ctrl+j` is `^j`, `shift+tab` is `⇧Tab`, `alt+z` is `Alt+z`, `f3` is `F3`."""
    *modifiers, name = key.split("+")
    name = _NAMES.get(name, name.upper() if name[:1] == "f" and name[1:].isdigit() else name)
    for modifier in reversed(modifiers):
        name = {"ctrl": f"^{name}", "shift": f"⇧{name}", "alt": f"Alt+{name}"}.get(modifier, f"{modifier}+{name}")
    return name
