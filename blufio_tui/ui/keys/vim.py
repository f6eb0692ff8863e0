"""The keys of vim, for those who want them."""

from collections.abc import Mapping

VIM_KEYS: Mapping[str, str] = {
    "list.up": "up,k",
    "list.down": "down,j",
    "list.first": "home,g",
    "list.last": "end,G",
    "list.page_up": "pageup,ctrl+u",
    "list.page_down": "pagedown,ctrl+d",
    "text.up": "up,k",
    "text.down": "down,j",
    "text.first": "home,g",
    "text.last": "end,G",
    "text.page_up": "pageup,ctrl+u",
    "text.page_down": "pagedown,ctrl+d",
    "trace.fold": "left,h",
    "trace.unfold": "right,l",
    "skills.revoke": "R",
}
"""What `ui.vim_keys` adds, and what makes room for it."""
