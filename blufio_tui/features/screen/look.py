"""How the screen looks, from what is configured and what the terminal says."""

import os
from pathlib import Path

from blufio_tui.core.settings.schema import Settings
from blufio_tui.ui.few_colors import terminal_colors
from blufio_tui.ui.ports.services import Look
from blufio_tui.ui.textual_fixes.terminal_background import can_be_asked, says_light


def look_of(settings: Settings, user_themes: Path) -> Look:
    return Look(
        theme=settings.ui.theme,
        theme_folders=(bundled_themes(), user_themes),
        vim_keys=settings.ui.vim_keys,
        keys=settings.ui.keys,
        notify=settings.ui.notifications,
        accessible=settings.ui.accessible,
        light=says_light(os.environ),
        asks=can_be_asked(os.environ),
        colors=terminal_colors(os.environ),
    )


def bundled_themes() -> Path:
    """`themes/` in the source tree, or its copy in a wheel."""
    package = Path(__file__).resolve().parents[2]
    inside = package / "bundled" / "themes"
    return inside if inside.is_dir() else package.parent / "themes"
