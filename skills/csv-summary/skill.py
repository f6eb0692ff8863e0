"""csv-summary: what the columns of a CSV file hold. CSV as RFC 4180 has it; the separator is found out."""

from collections import OrderedDict

import blufio

MOST_DISTINCT = 1000


def rows(text, separator):
    """Yield the rows; quotes double inside quotes, and quoted fields may hold line ends."""
    row, field, quoted, i, n = [], [], False, 0, len(text)
    while i < n:
        char = text[i]
        if quoted:
            if char == '"':
                if i + 1 < n and text[i + 1] == '"':
                    field.append('"')
                    i += 1
                else:
                    quoted = False
            else:
                field.append(char)
        elif char == '"':
            quoted = True
        elif char == separator:
            row.append("".join(field))
            field = []
        elif char == "\n" or char == "\r":
            if char == "\r" and i + 1 < n and text[i + 1] == "\n":
                i += 1
            row.append("".join(field))
            yield row
            row, field = [], []
        else:
            # Plain runs are taken at once: most of a file is neither quote nor separator.
            end = i + 1
            while end < n and text[end] not in '"\r\n' and text[end] != separator:
                end += 1
            field.append(text[i:end])
            i = end - 1
        i += 1
    if field or row:
        row.append("".join(field))
        yield row


def find_separator(text):
    line = text.split("\n", 1)[0]
    return max(",;\t|", key=line.count)


def number(text):
    try:
        return int(text)
    except ValueError:
        pass
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value - value == 0 else None


class Column:
    def __init__(self, name):
        self.name = name
        self.filled = 0
        self.empty = 0
        self.numbers = 0
        self.total = 0
        self.low = self.high = None
        self.first = self.last = None
        self.distinct = {}

    def add(self, text):
        text = text.strip()
        if not text:
            self.empty += 1
            return
        self.filled += 1
        if len(self.distinct) <= MOST_DISTINCT:
            self.distinct[text] = self.distinct.get(text, 0) + 1
        value = number(text)
        if value is not None:
            self.numbers += 1
            self.total += value
            self.low = value if self.low is None or value < self.low else self.low
            self.high = value if self.high is None or value > self.high else self.high
        self.first = text if self.first is None or text < self.first else self.first
        self.last = text if self.last is None or text > self.last else self.last

    def summary(self):
        is_number = self.filled > 0 and self.numbers == self.filled
        found = OrderedDict()
        found["name"] = self.name
        found["type"] = "number" if is_number else "text" if self.filled else "empty"
        found["values"] = self.filled
        found["empty"] = self.empty
        found["distinct"] = len(self.distinct) if len(self.distinct) <= MOST_DISTINCT else "more than %d" % MOST_DISTINCT
        if is_number:
            found["min"], found["max"] = self.low, self.high
            found["sum"], found["mean"] = self.total, self.total / self.numbers
        elif self.filled:
            found["first"], found["last"] = self.first, self.last
            ranked = sorted(self.distinct.items(), key=lambda item: (-item[1], item[0]))
            found["most_common"] = [item[0] for item in ranked[:3]]
        return found


def main():
    given = blufio.input()
    if ("text" in given) == ("path" in given):
        raise ValueError("give either text or path")
    text = given["text"] if "text" in given else blufio.read_file(given["path"], text=True)
    if text[:1] == "\ufeff":
        text = text[1:]
    separator = given.get("separator") or find_separator(text)
    lines = rows(text, separator)
    try:
        header = next(lines)
    except StopIteration:
        raise ValueError("the file is empty")
    columns = [Column(name.strip() or "column %d" % (i + 1)) for i, name in enumerate(header)]
    count = ragged = 0
    for row in lines:
        if len(row) == 1 and not row[0].strip():
            continue
        count += 1
        if len(row) != len(columns):
            ragged += 1
        for i, column in enumerate(columns):
            column.add(row[i] if i < len(row) else "")
    result = OrderedDict()
    result["rows"] = count
    result["separator"] = "tab" if separator == "\t" else separator
    if ragged:
        result["rows_with_another_number_of_fields"] = ragged
    result["columns"] = [column.summary() for column in columns]
    blufio.output(result)


main()
