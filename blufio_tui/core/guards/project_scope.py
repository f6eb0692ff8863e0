"""A project folder that holds too much: all that is below it counts as inside the project."""

from pathlib import Path


def wide_project(project: Path, home: Path) -> str:
    """What is wide about the folder, in words: `your home folder`; "" when it is a project like others."""
    if project == home:
        return "your home folder"
    if project == Path(project.anchor):
        return "the whole disk"
    return "a folder that holds your home folder" if home.is_relative_to(project) else ""


ADVICE = "Start in a smaller folder, or name one: --project FOLDER."
