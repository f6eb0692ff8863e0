//! {{name}}: a skill in Zig. `blufio-tui skill build` compiles it.

const std = @import("std");

extern "blufio" fn get_input_len() u32;
extern "blufio" fn get_input(into: [*]u8) void;
extern "blufio" fn set_output(text: [*]const u8, length: usize) void;

const Input = struct { who: []const u8 };

export fn run() void {
    const gpa = std.heap.wasm_allocator;
    const text = gpa.alloc(u8, get_input_len()) catch unreachable;
    get_input(text.ptr);
    const input = std.json.parseFromSliceLeaky(Input, gpa, text, .{ .ignore_unknown_fields = true }) catch unreachable;
    const greeting = std.mem.concat(gpa, u8, &.{ "Hello, ", input.who, "!" }) catch unreachable;
    set_output(greeting.ptr, greeting.len);
}
