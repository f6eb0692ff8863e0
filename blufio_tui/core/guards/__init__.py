"""Pure rules that say what a URL or a path really means, and which of them nobody may reach."""
