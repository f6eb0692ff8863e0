//! diff-text: a unified diff of two texts or two files, by Myers' O(ND) algorithm.

const std = @import("std");

extern "blufio" fn get_input_len() u32;
extern "blufio" fn get_input(into: [*]u8) void;
extern "blufio" fn set_output(text: [*]const u8, length: usize) void;
extern "blufio" fn read_file(path: [*]const u8, length: usize, into: ?[*]u8, room: usize) u32;
extern "blufio" fn get_result(into: [*]u8) void;
extern "env" fn abort(message: [*]const u8, file: usize, line: usize, column: usize) noreturn;

const gpa = std.heap.wasm_allocator;
const context = 3;
/// Beyond this many differing lines the rest is shown as replaced: the trace grows with the square.
const max_edits = 2000;

const Input = struct {
    old: ?[]const u8 = null,
    new: ?[]const u8 = null,
    old_path: ?[]const u8 = null,
    new_path: ?[]const u8 = null,
};

const Kind = enum { same, removed, added };
const Edit = struct { kind: Kind, old: usize, new: usize };

export fn run() void {
    const text = gpa.alloc(u8, get_input_len()) catch unreachable;
    get_input(text.ptr);
    const input = std.json.parseFromSliceLeaky(Input, gpa, text, .{}) catch fail("the input is not what was promised");
    const old = content(input.old, input.old_path, "give old or old_path");
    const new = content(input.new, input.new_path, "give new or new_path");
    const shown = unified(input.old_path orelse "old", input.new_path orelse "new", lines(old), lines(new)) catch
        fail("the texts are too large to compare");
    set_output(shown.ptr, shown.len);
}

/// End the call with an error; the message is passed as AssemblyScript keeps strings.
fn fail(comptime message: []const u8) noreturn {
    const Block = extern struct { bytes: u32, units: [message.len]u16 };
    const block = comptime blk: {
        var made: Block = .{ .bytes = message.len * 2, .units = undefined };
        for (message, 0..) |char, i| made.units[i] = char;
        break :blk made;
    };
    const static = struct {
        const held = block;
    };
    abort(@ptrCast(&static.held.units), 0, 0, 0);
}

fn content(text: ?[]const u8, path: ?[]const u8, comptime otherwise: []const u8) []const u8 {
    if (text) |given| return given;
    const name = path orelse fail(otherwise);
    const size = read_file(name.ptr, name.len, null, 0);
    const bytes = gpa.alloc(u8, size) catch fail("the file is too large");
    get_result(bytes.ptr);
    if (!std.unicode.utf8ValidateSlice(bytes)) fail("the file is not UTF-8 text");
    return bytes;
}

fn lines(text: []const u8) []const []const u8 {
    var found: std.ArrayList([]const u8) = .empty;
    var rest = text;
    while (rest.len > 0) {
        const end = if (std.mem.indexOfScalar(u8, rest, '\n')) |at| at + 1 else rest.len;
        found.append(gpa, rest[0..end]) catch fail("the text has too many lines");
        rest = rest[end..];
    }
    return found.items;
}

fn equal(a: []const u8, b: []const u8) bool {
    return std.mem.eql(u8, a, b);
}

/// The edits that turn `old` into `new`, in order.
fn edits(old: []const []const u8, new: []const []const u8) ![]const Edit {
    var start: usize = 0;
    while (start < old.len and start < new.len and equal(old[start], new[start])) start += 1;
    var tail: usize = 0;
    while (tail < old.len - start and tail < new.len - start and
        equal(old[old.len - 1 - tail], new[new.len - 1 - tail])) tail += 1;

    var found: std.ArrayList(Edit) = .empty;
    for (0..start) |i| try found.append(gpa, .{ .kind = .same, .old = i, .new = i });
    try middle(&found, old[start .. old.len - tail], new[start .. new.len - tail], start);
    for (0..tail) |i| try found.append(gpa, .{ .kind = .same, .old = old.len - tail + i, .new = new.len - tail + i });
    return found.items;
}

fn middle(found: *std.ArrayList(Edit), old: []const []const u8, new: []const []const u8, offset: usize) !void {
    const trace = try forward(old, new) orelse {
        for (0..old.len) |i| try found.append(gpa, .{ .kind = .removed, .old = offset + i, .new = offset });
        for (0..new.len) |i| try found.append(gpa, .{ .kind = .added, .old = offset + old.len, .new = offset + i });
        return;
    };
    const first = found.items.len;
    try backward(found, trace, old.len, new.len, offset);
    std.mem.reverse(Edit, found.items[first..]);
}

/// The furthest reaching paths for each number of edits; null when there are more than `max_edits`.
/// Row `d` holds x for the diagonals -d, -d+2, …, d.
fn forward(old: []const []const u8, new: []const []const u8) !?[]const []const i32 {
    const n: i32 = @intCast(old.len);
    const m: i32 = @intCast(new.len);
    var rows: std.ArrayList([]const i32) = .empty;
    var d: i32 = 0;
    while (d <= n + m and d <= max_edits) : (d += 1) {
        const row = try gpa.alloc(i32, @intCast(d + 1));
        var k: i32 = -d;
        while (k <= d) : (k += 2) {
            var x = if (d == 0) 0 else step(rows.items[@intCast(d - 1)], d, k);
            var y = x - k;
            while (x < n and y < m and equal(old[@intCast(x)], new[@intCast(y)])) {
                x += 1;
                y += 1;
            }
            row[@intCast(@divExact(k + d, 2))] = x;
            if (x >= n and y >= m) {
                try rows.append(gpa, row);
                return rows.items;
            }
        }
        try rows.append(gpa, row);
    }
    return null;
}

/// Where diagonal `k` starts in round `d`: one down from the diagonal above or one right from the one below.
fn step(before: []const i32, d: i32, k: i32) i32 {
    const index: usize = @intCast(@divExact(k + d, 2));
    if (goesDown(before, d, k)) return before[index];
    return before[index - 1] + 1;
}

fn goesDown(before: []const i32, d: i32, k: i32) bool {
    const index: usize = @intCast(@divExact(k + d, 2));
    if (k == -d) return true;
    if (k == d) return false;
    return before[index - 1] < before[index];
}

fn backward(found: *std.ArrayList(Edit), trace: []const []const i32, n: usize, m: usize, offset: usize) !void {
    var x: i32 = @intCast(n);
    var y: i32 = @intCast(m);
    var d: i32 = @intCast(trace.len - 1);
    while (d >= 0) : (d -= 1) {
        const k = x - y;
        const down = d > 0 and goesDown(trace[@intCast(d - 1)], d, k);
        const start_x = if (d == 0) 0 else step(trace[@intCast(d - 1)], d, k);
        while (x > start_x) {
            x -= 1;
            y -= 1;
            try found.append(gpa, .{ .kind = .same, .old = offset + place(x), .new = offset + place(y) });
        }
        if (d == 0) break;
        if (down) y -= 1 else x -= 1;
        try found.append(gpa, .{ .kind = if (down) .added else .removed, .old = offset + place(x), .new = offset + place(y) });
    }
}

fn place(value: i32) usize {
    return @intCast(value);
}

fn unified(
    old_name: []const u8,
    new_name: []const u8,
    old: []const []const u8,
    new: []const []const u8,
) ![]const u8 {
    const all = try edits(old, new);
    var out: std.ArrayList(u8) = .empty;
    var at: usize = 0;
    while (nextChange(all, at)) |change| {
        if (out.items.len == 0) try print(&out, "--- {s}\n+++ {s}\n", .{ old_name, new_name });
        const from = change - @min(context, change - at);
        const to = hunkEnd(all, change);
        try hunk(&out, all[from..to], old, new);
        at = to;
    }
    return if (out.items.len == 0) "the texts are the same" else out.items;
}

fn nextChange(all: []const Edit, from: usize) ?usize {
    for (all[from..], from..) |edit, i| if (edit.kind != .same) return i;
    return null;
}

/// Changes less than twice the context apart belong to one hunk.
fn hunkEnd(all: []const Edit, change: usize) usize {
    var last = change;
    for (all[change..], change..) |edit, i| {
        if (edit.kind != .same) last = i;
        if (i - last > 2 * context) break;
    }
    return @min(all.len, last + 1 + context);
}

fn hunk(out: *std.ArrayList(u8), all: []const Edit, old: []const []const u8, new: []const []const u8) !void {
    var removed: usize = 0;
    var added: usize = 0;
    for (all) |edit| {
        if (edit.kind != .added) removed += 1;
        if (edit.kind != .removed) added += 1;
    }
    const old_start = if (removed == 0) all[0].old else all[0].old + 1;
    const new_start = if (added == 0) all[0].new else all[0].new + 1;
    try print(out, "@@ -{d},{d} +{d},{d} @@\n", .{ old_start, removed, new_start, added });
    for (all) |edit| {
        const line = if (edit.kind == .added) new[edit.new] else old[edit.old];
        try out.append(gpa, switch (edit.kind) {
            .same => ' ',
            .removed => '-',
            .added => '+',
        });
        try out.appendSlice(gpa, line);
        if (line[line.len - 1] != '\n') try out.appendSlice(gpa, "\n\\ No newline at end of file\n");
    }
}

fn print(out: *std.ArrayList(u8), comptime format: []const u8, values: anytype) !void {
    try out.appendSlice(gpa, try std.fmt.allocPrint(gpa, format, values));
}
