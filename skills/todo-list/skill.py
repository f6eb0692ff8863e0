"""todo-list: tasks as a Markdown check list in TODO.md, which stays readable and editable by hand."""

from collections import OrderedDict

import blufio

PATH = "${PROJECT}/TODO.md"
HEAD = "# To do\n\n"


def load():
    """The lines of the file; none when it is not there yet."""
    try:
        text = blufio.read_file(PATH, text=True)
    except blufio.HostError as error:
        blufio.log("starting a new list: " + str(error), "debug")
        return HEAD.split("\n")[:-1]
    return text.rstrip("\n").split("\n")


def save(lines):
    blufio.write_file(PATH, "\n".join(lines) + "\n")


def tasks(lines):
    """(line number, done, text) of each task."""
    found = []
    for at, line in enumerate(lines):
        item = line.strip()
        if item.startswith(("- [ ] ", "- [x] ", "- [X] ", "* [ ] ", "* [x] ")):
            found.append((at, item[3] != " ", item[6:].strip()))
    return found


def numbered(lines):
    listed = []
    for number, (_, done, text) in enumerate(tasks(lines), 1):
        task = OrderedDict()
        task["number"], task["done"], task["text"] = number, done, text
        listed.append(task)
    return listed


def pick(lines, given):
    """The task that a number or a part of its text names."""
    all_tasks = tasks(lines)
    if "number" in given:
        if not 1 <= given["number"] <= len(all_tasks):
            raise ValueError("there is no task %d; the list has %d" % (given["number"], len(all_tasks)))
        return all_tasks[given["number"] - 1]
    wanted = given.get("text", "").strip().lower()
    if not wanted:
        raise ValueError("say which task: its number, or a part of its text")
    matching = [task for task in all_tasks if wanted in task[2].lower()]
    if len(matching) != 1:
        raise ValueError('%d tasks hold "%s"; give the number' % (len(matching), wanted))
    return matching[0]


def main():
    given = blufio.input()
    action, lines = given.get("action", "list"), load()
    result = OrderedDict()
    if action == "add":
        text = " ".join(given.get("text", "").split())
        if not text:
            raise ValueError("say what is to be done, in text")
        lines.append("- [ ] " + text)
        save(lines)
        result["added"] = text
    elif action == "done":
        at, _, text = pick(lines, given)
        lines[at] = lines[at].replace("[ ]", "[x]", 1)
        save(lines)
        result["done"] = text
    elif action == "remove":
        at, _, text = pick(lines, given)
        del lines[at]
        save(lines)
        result["removed"] = text
    elif action != "list":
        raise ValueError("action must be list, add, done or remove")
    listed = numbered(lines)
    result["open"] = len([task for task in listed if not task["done"]])
    result["tasks"] = listed
    blufio.output(result)


main()
