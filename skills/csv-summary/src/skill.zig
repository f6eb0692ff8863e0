//! csv-summary: what the columns of a CSV file hold. CSV as RFC 4180 has it; the separator is found out.
//!
//! One pass over the file, which stays where it was read: a value is a slice of it. Sums are exact as long as the
//! numbers are written as decimals, since a million of 0.1 are 100,000 and not a little more.

const std = @import("std");

extern "blufio" fn get_input_len() u32;
extern "blufio" fn get_input(into: [*]u8) void;
extern "blufio" fn set_output(text: [*]const u8, length: usize) void;
extern "blufio" fn read_file(path: [*]const u8, length: usize, into: ?[*]u8, room: usize) u32;
extern "blufio" fn get_result(into: [*]u8) void;
extern "env" fn abort(message: [*]const u8, file: usize, line: usize, column: usize) noreturn;

const gpa = std.heap.wasm_allocator;
const most_columns = 1000;
/// Different values that are counted, in all columns together: each takes some thirty bytes.
const most_distinct = 2_000_000;
const most_common = 3;
const most_shown = 80;
const most_decimals = 18;

const Input = struct {
    path: ?[]const u8 = null,
    text: ?[]const u8 = null,
    separator: ?[]const u8 = null,
};

export fn run() void {
    const given = gpa.alloc(u8, get_input_len()) catch unreachable;
    get_input(given.ptr);
    const input = std.json.parseFromSliceLeaky(Input, gpa, given, .{}) catch fail("the input is not what was promised");
    if ((input.text == null) == (input.path == null)) fail("give either text or path");
    const text = asText(if (input.text) |t| gpa.dupe(u8, t) catch tooLarge() else wholeFile(input.path.?));
    const separator = if (input.separator) |one| one[0] else findSeparator(text);
    const shown = summary(text, separator) catch tooLarge();
    set_output(shown.ptr, shown.len);
}

fn tooLarge() noreturn {
    fail("the file is too large for the memory of the skill");
}

/// End the call with an error; the message is passed as AssemblyScript keeps strings.
fn fail(comptime message: []const u8) noreturn {
    const Block = extern struct { bytes: u32, units: [message.len]u16 };
    const block = comptime blk: {
        @setEvalBranchQuota(10_000);
        var made: Block = .{ .bytes = message.len * 2, .units = undefined };
        for (message, 0..) |char, i| made.units[i] = char;
        break :blk made;
    };
    const static = struct {
        const held = block;
    };
    abort(@ptrCast(&static.held.units), 0, 0, 0);
}

fn wholeFile(path: []const u8) []u8 {
    const size = read_file(path.ptr, path.len, null, 0);
    const bytes = gpa.alloc(u8, size) catch tooLarge();
    get_result(bytes.ptr);
    return bytes;
}

/// The bytes as UTF-8 without a byte order mark; what is not UTF-8 is read as Latin-1.
fn asText(bytes: []u8) []u8 {
    if (std.mem.startsWith(u8, bytes, "\xFF\xFE") or std.mem.startsWith(u8, bytes, "\xFE\xFF"))
        fail("the file is UTF-16; convert it to UTF-8");
    const text = if (std.mem.startsWith(u8, bytes, "\xEF\xBB\xBF")) bytes[3..] else bytes;
    if (std.unicode.utf8ValidateSlice(text)) return text;
    var high: usize = 0;
    for (text) |byte| high += byte >> 7;
    const wide = gpa.alloc(u8, text.len + high) catch tooLarge();
    var at: usize = 0;
    for (text) |byte| {
        if (byte < 0x80) {
            wide[at] = byte;
            at += 1;
        } else {
            wide[at] = 0xC0 | byte >> 6;
            wide[at + 1] = 0x80 | (byte & 0x3F);
            at += 2;
        }
    }
    return wide;
}

fn findSeparator(text: []const u8) u8 {
    var counts = [_]usize{ 0, 0, 0, 0 };
    const known = ",;\t|";
    var quoted = false;
    for (text) |char| {
        if (char == '"') quoted = !quoted;
        if (quoted) continue;
        if (char == '\n' or char == '\r') break;
        if (std.mem.indexOfScalar(u8, known, char)) |which| counts[which] += 1;
    }
    return known[std.mem.indexOfMax(usize, &counts)];
}

// -- rows ---------------------------------------------------------------------------------------------------

/// Goes through the fields of a text. Quoted ones are unquoted where they stand.
const Reader = struct {
    text: []u8,
    separator: u8,
    at: usize = 0,
    /// Whether the field that was returned last ended its row.
    ended: bool = true,

    /// The next field; null at the end. After a separator there always is one, if an empty one.
    fn field(self: *Reader) ?[]const u8 {
        if (self.at >= self.text.len) {
            if (self.ended) return null;
            self.ended = true;
            return "";
        }
        if (self.text[self.at] == '"') return self.quoted();
        const start = self.at;
        while (self.at < self.text.len and !self.isEnd(self.text[self.at])) self.at += 1;
        return self.close(start, self.at);
    }

    fn quoted(self: *Reader) []const u8 {
        const start = self.at;
        var to = start;
        self.at += 1;
        var inside = true;
        while (self.at < self.text.len) : (self.at += 1) {
            const char = self.text[self.at];
            if (inside and char == '"') {
                if (self.at + 1 < self.text.len and self.text[self.at + 1] == '"') {
                    self.at += 1;
                } else {
                    inside = false;
                    continue;
                }
            } else if (!inside and self.isEnd(char)) break;
            self.text[to] = char;
            to += 1;
        }
        return self.close(start, to);
    }

    fn close(self: *Reader, start: usize, end: usize) []const u8 {
        self.ended = self.at >= self.text.len or self.text[self.at] != self.separator;
        if (self.at < self.text.len and self.text[self.at] == '\r' and
            self.at + 1 < self.text.len and self.text[self.at + 1] == '\n') self.at += 1;
        self.at += 1;
        return std.mem.trim(u8, self.text[start..end], " \t");
    }

    fn isEnd(self: *const Reader, char: u8) bool {
        return char == self.separator or char == '\n' or char == '\r';
    }
};

// -- numbers ------------------------------------------------------------------------------------------------

const Number = struct {
    value: f64,
    /// `digits` / 10^`decimals`, where it is that exactly.
    digits: i128 = 0,
    decimals: u8 = 0,
    exact: bool = false,
};

const powers = blk: {
    var made: [most_decimals + 5]f64 = undefined;
    var power: f64 = 1;
    for (&made) |*one| {
        one.* = power;
        power *= 10;
    }
    break :blk made;
};

/// A number as it is written in tables. One with a leading zero (`007`) is a name that consists of digits.
fn numberOf(text: []const u8) ?Number {
    if (text[0] > '9') return null;
    var i: usize = 0;
    const negative = text[0] == '-';
    if (negative or text[0] == '+') i += 1;
    const first = i;
    var digits: u64 = 0;
    var count: usize = 0;
    var decimals: u8 = 0;
    while (i < text.len and isDigit(text[i])) : (i += 1) {
        digits = digits *% 10 +% (text[i] - '0');
        count += 1;
    }
    if (count > 1 and text[first] == '0') return null;
    if (i < text.len and text[i] == '.') {
        i += 1;
        while (i < text.len and isDigit(text[i])) : (i += 1) {
            digits = digits *% 10 +% (text[i] - '0');
            count += 1;
            decimals +|= 1;
        }
    }
    if (count == 0) return null;
    if (i == text.len and count <= 18 and decimals <= most_decimals) {
        const signed: i128 = if (negative) -@as(i128, digits) else digits;
        const plain: f64 = @as(f64, @floatFromInt(digits)) / powers[decimals];
        return .{ .value = if (negative) -plain else plain, .digits = signed, .decimals = decimals, .exact = true };
    }
    if (i < text.len) {
        if (text[i] != 'e' and text[i] != 'E') return null;
        var k = i + 1;
        if (k < text.len and (text[k] == '-' or text[k] == '+')) k += 1;
        if (k == text.len) return null;
        while (k < text.len) : (k += 1) if (!isDigit(text[k])) return null;
    }
    const value = std.fmt.parseFloat(f64, text) catch return null;
    return if (std.math.isFinite(value)) .{ .value = value } else null;
}

fn isDigit(char: u8) bool {
    return char >= '0' and char <= '9';
}

/// A sum: exact as long as it can be, then a floating point number with what its roundings lost.
const Sum = struct {
    digits: i128 = 0,
    decimals: u8 = 0,
    exact: bool = true,
    float: f64 = 0,
    lost: f64 = 0,

    fn add(self: *Sum, number: Number) void {
        if (self.exact and number.exact and self.addExactly(number)) return;
        if (self.exact) {
            self.exact = false;
            self.float = @as(f64, @floatFromInt(self.digits)) / powers[self.decimals];
        }
        const total = self.float + number.value;
        self.lost += if (@abs(self.float) >= @abs(number.value))
            (self.float - total) + number.value
        else
            (number.value - total) + self.float;
        self.float = total;
    }

    fn addExactly(self: *Sum, number: Number) bool {
        const decimals = @max(self.decimals, number.decimals);
        const mine = scaled(self.digits, decimals - self.decimals) orelse return false;
        const other = scaled(number.digits, decimals - number.decimals) orelse return false;
        const total = @addWithOverflow(mine, other);
        if (total[1] != 0) return false;
        self.digits = total[0];
        self.decimals = decimals;
        return true;
    }
};

fn scaled(digits: i128, by: u8) ?i128 {
    var result = digits;
    for (0..by) |_| {
        const product = @mulWithOverflow(result, 10);
        if (product[1] != 0) return null;
        result = product[0];
    }
    return result;
}

/// The mean to six decimals more than the numbers have.
fn mean(out: *std.ArrayList(u8), sum: Sum, count: u64) !void {
    if (sum.exact) {
        var extra: u8 = 0;
        var digits = sum.digits;
        while (extra < 6) : (extra += 1) digits = scaled(digits, 1) orelse break;
        const divisor: i128 = count;
        const half = @divTrunc(divisor, 2);
        const rounded = @divTrunc(if (digits < 0) digits - half else digits + half, divisor);
        return decimal(out, rounded, sum.decimals + extra);
    }
    try float(out, (sum.float + sum.lost) / @as(f64, @floatFromInt(count)));
}

fn decimal(out: *std.ArrayList(u8), digits: i128, decimals: u8) !void {
    var left = digits;
    var places = decimals;
    while (places > 0 and @rem(left, 10) == 0) : (places -= 1) left = @divTrunc(left, 10);
    if (left < 0) try out.append(gpa, '-');
    const plain = try std.fmt.allocPrint(gpa, "{d}", .{@abs(left)});
    const whole = if (plain.len > places) plain.len - places else 0;
    try out.appendSlice(gpa, if (whole == 0) "0" else plain[0..whole]);
    if (places == 0) return;
    try out.append(gpa, '.');
    for (0..places - (plain.len - whole)) |_| try out.append(gpa, '0');
    try out.appendSlice(gpa, plain[whole..]);
}

fn float(out: *std.ArrayList(u8), value: f64) !void {
    const size = @abs(value);
    if (value == 0 or (size < 1e15 and size >= 1e-5)) return print(out, "{d}", .{value});
    try print(out, "{e}", .{value});
}

// -- dates --------------------------------------------------------------------------------------------------

/// When a date is, as one number each for the two ways in which 3/4/2026 can be read. 0: not in that way.
const When = struct { day_first: u64, month_first: u64 };

/// `2026-11-29`, `2026/11/29`, with a time after `T` or a space, `29.11.2026`, `29/11/2026` and `11/29/2026`.
fn dateOf(text: []const u8) ?When {
    if (text.len < 8 or text.len > 40 or !isDigit(text[0])) return null;
    var parts: [3]u32 = undefined;
    var widths: [3]usize = undefined;
    var at: usize = 0;
    const mark = for (text[0..5]) |char| {
        if (!isDigit(char)) break char;
    } else return null;
    if (mark != '-' and mark != '/' and mark != '.') return null;
    for (&parts, &widths, 0..) |*part, *width, i| {
        const start = at;
        part.* = 0;
        while (at < text.len and isDigit(text[at]) and at - start < 4) : (at += 1) part.* = part.* * 10 + text[at] - '0';
        width.* = at - start;
        if (width.* == 0) return null;
        if (i < 2) {
            if (at >= text.len or text[at] != mark) return null;
            at += 1;
        }
    }
    const time = timeOf(text[at..]) orelse return null;
    if (widths[0] == 4 and mark != '.') {
        const key = keyOf(parts[0], parts[1], parts[2], time);
        return if (key == 0) null else .{ .day_first = key, .month_first = key };
    }
    if (widths[2] != 4 or widths[0] > 2 or widths[1] > 2 or mark == '-') return null;
    const day_first = keyOf(parts[2], parts[1], parts[0], time);
    const month_first = if (mark == '/') keyOf(parts[2], parts[0], parts[1], time) else day_first;
    return if (day_first == 0 and month_first == 0) null else .{ .day_first = day_first, .month_first = month_first };
}

fn keyOf(year: u32, month: u32, day: u32, time: u64) u64 {
    if (year == 0 or month < 1 or month > 12 or day < 1) return 0;
    const leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0);
    const lengths = [_]u32{ 31, if (leap) 29 else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    if (day > lengths[month - 1]) return 0;
    return ((@as(u64, year) * 16 + month) * 32 + day) * 1_000_000_000 + time;
}

/// Milliseconds of the day, as written; null when what follows the date is no time. The zone is only checked.
fn timeOf(text: []const u8) ?u64 {
    if (text.len == 0) return 0;
    if ((text[0] != 'T' and text[0] != ' ') or text.len < 6) return null;
    const hours = pair(text, 1) orelse return null;
    if (text[3] != ':') return null;
    const minutes = pair(text, 4) orelse return null;
    var seconds: u64 = 0;
    var thousandths: u64 = 0;
    var at: usize = 6;
    if (at < text.len and text[at] == ':') {
        seconds = pair(text, 7) orelse return null;
        at = 9;
        if (at < text.len and (text[at] == '.' or text[at] == ',')) {
            at += 1;
            var unit: u64 = 100;
            const first = at;
            while (at < text.len and isDigit(text[at])) : (at += 1) {
                thousandths += unit * (text[at] - '0');
                unit /= 10;
            }
            if (at == first) return null;
        }
    }
    if (hours > 24 or minutes > 59 or seconds > 60 or !isZone(text[at..])) return null;
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths;
}

fn isZone(text: []const u8) bool {
    if (text.len == 0 or std.mem.eql(u8, text, "Z") or std.mem.eql(u8, text, " UTC")) return true;
    if (text[0] != '+' and text[0] != '-') return false;
    if (pair(text, 1) == null) return false;
    const rest = text[3..];
    return rest.len == 0 or (rest.len == 2 and pair(rest, 0) != null) or
        (rest.len == 3 and rest[0] == ':' and pair(rest, 1) != null);
}

fn pair(text: []const u8, at: usize) ?u64 {
    if (at + 2 > text.len or !isDigit(text[at]) or !isDigit(text[at + 1])) return null;
    return @as(u64, text[at] - '0') * 10 + (text[at + 1] - '0');
}

/// The first and the last date under one way of reading.
const Span = struct {
    low: u64 = 0,
    high: u64 = 0,
    first: []const u8 = "",
    last: []const u8 = "",
    /// Whether every date could be read so.
    fits: bool = true,

    fn add(self: *Span, key: u64, text: []const u8) void {
        if (key == 0) {
            self.fits = false;
            return;
        }
        if (self.low == 0 or key < self.low) {
            self.low = key;
            self.first = text;
        }
        if (key > self.high) {
            self.high = key;
            self.last = text;
        }
    }
};

// -- columns ------------------------------------------------------------------------------------------------

/// How many different values may still be counted.
var distinct_left: usize = most_distinct;

const Column = struct {
    name: []const u8,
    filled: u64 = 0,
    empty: u64 = 0,
    numbers: u64 = 0,
    dates: u64 = 0,
    with_slashes: bool = false,
    sum: Sum = .{},
    low: f64 = 0,
    high: f64 = 0,
    lowest: []const u8 = "",
    highest: []const u8 = "",
    day_first: Span = .{},
    month_first: Span = .{},
    first: []const u8 = "",
    last: []const u8 = "",
    counts: std.StringHashMapUnmanaged(u32) = .empty,
    counted: bool = true,

    fn add(self: *Column, text: []const u8) !void {
        if (text.len == 0) {
            self.empty += 1;
            return;
        }
        self.filled += 1;
        try self.count(text);
        if (numberOf(text)) |number| self.addNumber(number, text);
        if (self.dates + 1 == self.filled) {
            if (dateOf(text)) |when| {
                self.dates += 1;
                if (when.day_first != when.month_first) self.with_slashes = true;
                self.day_first.add(when.day_first, text);
                self.month_first.add(when.month_first, text);
            }
        }
        if (self.filled == 1 or std.mem.lessThan(u8, text, self.first)) self.first = text;
        if (std.mem.lessThan(u8, self.last, text)) self.last = text;
    }

    fn addNumber(self: *Column, number: Number, text: []const u8) void {
        if (self.numbers == 0 or number.value < self.low) {
            self.low = number.value;
            self.lowest = text;
        }
        if (self.numbers == 0 or number.value > self.high) {
            self.high = number.value;
            self.highest = text;
        }
        self.numbers += 1;
        self.sum.add(number);
    }

    fn count(self: *Column, text: []const u8) !void {
        if (!self.counted) return;
        if (distinct_left == 0) {
            if (self.counts.getPtr(text)) |times| times.* += 1 else self.counted = false;
            return;
        }
        const found = try self.counts.getOrPut(gpa, text);
        if (found.found_existing) {
            found.value_ptr.* += 1;
        } else {
            found.value_ptr.* = 1;
            distinct_left -= 1;
        }
    }

    fn isNumber(self: *const Column) bool {
        return self.filled > 0 and self.numbers == self.filled;
    }

    fn isDate(self: *const Column) bool {
        return self.filled > 0 and self.dates == self.filled and (self.day_first.fits or self.month_first.fits);
    }

    fn write(self: *Column, out: *std.ArrayList(u8)) !void {
        try out.appendSlice(gpa, "{\"name\": ");
        try json(out, self.name);
        const kind = if (self.isNumber()) "number" else if (self.isDate()) "date" else if (self.filled > 0) "text" else "empty";
        try print(out, ", \"type\": \"{s}\", \"values\": {d}, \"empty\": {d}, \"distinct\": ", .{ kind, self.filled, self.empty });
        if (self.counted) try print(out, "{d}", .{self.counts.count()}) else try print(out, "\"more than {d}\"", .{self.counts.count()});
        if (self.isNumber()) try self.writeNumbers(out) else if (self.isDate()) try self.writeDates(out) else if (self.filled > 0) {
            if (self.numbers > 0) try print(out, ", \"numbers\": {d}", .{self.numbers});
            try out.appendSlice(gpa, ", \"first\": ");
            try json(out, self.first);
            try out.appendSlice(gpa, ", \"last\": ");
            try json(out, self.last);
        }
        if (self.counted and self.filled > 0 and !self.isNumber()) try self.writeCommon(out);
        try out.append(gpa, '}');
    }

    fn writeNumbers(self: *Column, out: *std.ArrayList(u8)) !void {
        try out.appendSlice(gpa, ", \"min\": ");
        try writeNumber(out, self.lowest);
        try out.appendSlice(gpa, ", \"max\": ");
        try writeNumber(out, self.highest);
        try out.appendSlice(gpa, ", \"sum\": ");
        if (self.sum.exact) try decimal(out, self.sum.digits, self.sum.decimals) else try float(out, self.sum.float + self.sum.lost);
        try out.appendSlice(gpa, ", \"mean\": ");
        try mean(out, self.sum, self.numbers);
    }

    fn writeDates(self: *Column, out: *std.ArrayList(u8)) !void {
        const both = self.day_first.fits and self.month_first.fits;
        const span = if (self.day_first.fits) self.day_first else self.month_first;
        try out.appendSlice(gpa, ", \"first\": ");
        try json(out, span.first);
        try out.appendSlice(gpa, ", \"last\": ");
        try json(out, span.last);
        if (!self.with_slashes) return;
        const read_as = if (both) "day/month/year or month/day/year: no date tells" else if (self.day_first.fits) "day/month/year" else "month/day/year";
        try print(out, ", \"read_as\": \"{s}\"", .{read_as});
    }

    fn writeCommon(self: *Column, out: *std.ArrayList(u8)) !void {
        const Entry = struct { text: []const u8, times: u32 };
        var best: [most_common]Entry = undefined;
        var held: usize = 0;
        var all = self.counts.iterator();
        while (all.next()) |entry| {
            const one: Entry = .{ .text = entry.key_ptr.*, .times = entry.value_ptr.* };
            var place = held;
            while (place > 0 and (one.times > best[place - 1].times or
                (one.times == best[place - 1].times and std.mem.lessThan(u8, one.text, best[place - 1].text)))) place -= 1;
            if (place == most_common) continue;
            if (held < most_common) held += 1;
            var i = held - 1;
            while (i > place) : (i -= 1) best[i] = best[i - 1];
            best[place] = one;
        }
        try out.appendSlice(gpa, ", \"most_common\": [");
        for (best[0..held], 0..) |one, i| {
            try out.appendSlice(gpa, if (i > 0) ", {\"value\": " else "{\"value\": ");
            try json(out, one.text);
            try print(out, ", \"count\": {d}}}", .{one.times});
        }
        try out.append(gpa, ']');
    }
};

/// A number of the file as JSON has it.
fn writeNumber(out: *std.ArrayList(u8), text: []const u8) !void {
    const number = numberOf(text) orelse unreachable;
    if (number.exact) return decimal(out, number.digits, number.decimals);
    try float(out, number.value);
}

fn summary(text: []u8, separator: u8) ![]const u8 {
    var reader: Reader = .{ .text = text, .separator = separator };
    var columns: std.ArrayList(Column) = .empty;
    while (reader.field()) |name| {
        if (columns.items.len == most_columns) fail("the file has more than 1,000 columns");
        try addColumn(&columns, name);
        if (reader.ended) break;
    } else fail("the file is empty");

    var rows: u64 = 0;
    var ragged: u64 = 0;
    while (reader.field()) |first| {
        if (reader.ended and first.len == 0) continue; // a blank line
        rows += 1;
        try columns.items[0].add(first);
        var fields: usize = 1;
        while (!reader.ended) : (fields += 1) {
            const value = reader.field().?;
            if (fields < columns.items.len) try columns.items[fields].add(value);
        }
        if (fields != columns.items.len) ragged += 1;
        if (fields < columns.items.len) for (columns.items[fields..]) |*column| try column.add("");
    }

    var out: std.ArrayList(u8) = .empty;
    const shown = [_]u8{separator};
    try print(&out, "{{\"rows\": {d}, \"separator\": \"{s}\"", .{ rows, if (separator == '\t') "tab" else &shown });
    if (ragged > 0) try print(&out, ", \"rows_with_another_number_of_fields\": {d}", .{ragged});
    try out.appendSlice(gpa, ", \"columns\": [");
    for (columns.items, 0..) |*column, i| {
        if (i > 0) try out.appendSlice(gpa, ", ");
        try column.write(&out);
    }
    try out.appendSlice(gpa, "]}");
    return out.items;
}

fn addColumn(columns: *std.ArrayList(Column), name: []const u8) !void {
    const shown = if (name.len > 0) name else try std.fmt.allocPrint(gpa, "column {d}", .{columns.items.len + 1});
    try columns.append(gpa, .{ .name = shown });
}

/// A text as a JSON string, a long one shortened.
fn json(out: *std.ArrayList(u8), text: []const u8) !void {
    var end = @min(text.len, most_shown);
    while (end < text.len and end > 0 and text[end] & 0xC0 == 0x80) end -= 1;
    try out.append(gpa, '"');
    for (text[0..end]) |char| switch (char) {
        '"' => try out.appendSlice(gpa, "\\\""),
        '\\' => try out.appendSlice(gpa, "\\\\"),
        '\n' => try out.appendSlice(gpa, "\\n"),
        '\r' => try out.appendSlice(gpa, "\\r"),
        '\t' => try out.appendSlice(gpa, "\\t"),
        0...8, 11, 12, 14...31 => try print(out, "\\u{x:0>4}", .{char}),
        else => try out.append(gpa, char),
    };
    try out.appendSlice(gpa, if (end < text.len) "…\"" else "\"");
}

fn print(out: *std.ArrayList(u8), comptime format: []const u8, values: anytype) !void {
    try out.appendSlice(gpa, try std.fmt.allocPrint(gpa, format, values));
}
