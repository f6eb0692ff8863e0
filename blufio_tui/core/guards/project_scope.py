"""Detects a project folder that is too wide: everything below it counts as inside the project."""

from pathlib import Path


def wide_project(project: Path, home: Path) -> str:
    """Why the folder is too wide, in words (`your home folder`); "" for an ordinary project."""
    if project == home:
        return "your home folder"
    if project == Path(project.anchor):
        return "the whole disk"
    return "a folder that holds your home folder" if home.is_relative_to(project) else ""


ADVICE = "Start in a smaller folder, or name one: --project FOLDER."
