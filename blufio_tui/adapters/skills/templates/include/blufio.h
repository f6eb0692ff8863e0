/* blufio.h: write a blufio skill in C.
 *
 * One header, no library: the host functions, and the few helpers that most skills need (strings, the
 * fields of the input, building JSON). Compile freestanding for wasm32; `blufio-tui skill build` does.
 *
 *     #include "blufio.h"
 *     SKILL(run) { succeed_text(field_text("name")); }
 *
 * Memory is taken from the end of the module and never given back: a call is short.
 */
#ifndef BLUFIO_H
#define BLUFIO_H

typedef unsigned char u8;
typedef unsigned int u32;
typedef int i32;
typedef unsigned long long u64;
typedef long long i64;

#define HOST(name) __attribute__((import_module("blufio"), import_name(name))) extern
#define SKILL(name) __attribute__((export_name("run"))) void name(void)

/* -- what the host offers; the table in docs/abi.md says what each needs ------------------------------- */

HOST("log") void host_log(i32 level, const void *text, u32 length);
HOST("get_input_len") i32 host_get_input_len(void);
HOST("get_input") void host_get_input(void *into);
HOST("set_output") void host_set_output(const void *text, u32 length);
HOST("http_request")
i32 host_http_request(const void *url, u32 url_length, i32 method, const void *body, u32 body_length);
HOST("http_fetch") i32 host_http_fetch(const void *request, u32 length);
HOST("read_file") i32 host_read_file(const void *path, u32 path_length, void *into, u32 room);
HOST("write_file") i32 host_write_file(const void *path, u32 path_length, const void *data, u32 length);
HOST("list_dir") i32 host_list_dir(const void *path, u32 path_length);
HOST("get_env") i32 host_get_env(const void *key, u32 key_length, void *into, u32 room);
HOST("result_len") i32 host_result_len(void);
HOST("get_result") void host_get_result(void *into);
__attribute__((import_module("env"), import_name("abort"))) extern
void host_abort(const void *message, const void *file, i32 line, i32 column);

/* -- memory -------------------------------------------------------------------------------------------- */

extern u8 __heap_base;
static u32 heap_top;

static void *take(u32 bytes) {
    if (!heap_top) heap_top = (u32)&__heap_base;
    u32 start = (heap_top + 15) & ~15u;
    u32 end = start + bytes;
    u32 have = (u32)__builtin_wasm_memory_size(0) << 16;
    if (end < start) __builtin_trap();
    if (end > have) {
        if ((i32)__builtin_wasm_memory_grow(0, (end - have + 65535) >> 16) < 0) __builtin_trap();
    }
    heap_top = end;
    return (void *)start;
}

/* The compiler calls these for copies and fills that it makes itself. The volatile-free loops are kept
 * from being turned into calls to themselves. */
__attribute__((no_builtin("memcpy"))) void *memcpy(void *to, const void *from, unsigned long count) {
    u8 *t = to;
    const u8 *f = from;
    while (count--) *t++ = *f++;
    return to;
}

__attribute__((no_builtin("memmove"))) void *memmove(void *to, const void *from, unsigned long count) {
    u8 *t = to;
    const u8 *f = from;
    if (t < f) return memcpy(to, from, count);
    while (count--) t[count] = f[count];
    return to;
}

__attribute__((no_builtin("memset"))) void *memset(void *to, int byte, unsigned long count) {
    u8 *t = to;
    while (count--) *t++ = (u8)byte;
    return to;
}

/* -- strings ------------------------------------------------------------------------------------------- */

typedef struct {
    const char *at;
    u32 length;
} text;

#define TEXT(literal) ((text){literal, sizeof(literal) - 1})

static inline int same(text a, text b) {
    if (a.length != b.length) return 0;
    for (u32 i = 0; i < a.length; i++) if (a.at[i] != b.at[i]) return 0;
    return 1;
}

/* A text that grows. Start with `buffer b = {0};`. */
typedef struct {
    char *at;
    u32 length, room;
} buffer;

static inline void put_bytes(buffer *b, const char *from, u32 count) {
    if (b->length + count > b->room) {
        u32 room = (b->length + count) * 2 + 256;
        char *bigger = take(room);
        memcpy(bigger, b->at, b->length);
        b->at = bigger;
        b->room = room;
    }
    memcpy(b->at + b->length, from, count);
    b->length += count;
}

static inline void put_char(buffer *b, char c) { put_bytes(b, &c, 1); }
static inline void put(buffer *b, text t) { put_bytes(b, t.at, t.length); }
static inline text done(buffer *b) { return (text){b->at, b->length}; }

static inline void put_number(buffer *b, i64 number) {
    char digits[24];
    u32 i = sizeof digits;
    u64 left = number < 0 ? 0 - (u64)number : (u64)number;
    do digits[--i] = (char)('0' + left % 10); while (left /= 10);
    if (number < 0) digits[--i] = '-';
    put_bytes(b, digits + i, sizeof digits - i);
}

/* A text as a JSON string, quotes included. */
static inline void put_json(buffer *b, text t) {
    static const char hex[] = "0123456789abcdef";
    put_char(b, '"');
    for (u32 i = 0; i < t.length; i++) {
        u8 c = (u8)t.at[i];
        switch (c) {
        case '"': put(b, TEXT("\\\"")); break;
        case '\\': put(b, TEXT("\\\\")); break;
        case '\n': put(b, TEXT("\\n")); break;
        case '\r': put(b, TEXT("\\r")); break;
        case '\t': put(b, TEXT("\\t")); break;
        default:
            if (c < 0x20) {
                put(b, TEXT("\\u00"));
                put_char(b, hex[c >> 4]);
                put_char(b, hex[c & 15]);
            } else put_char(b, (char)c);
        }
    }
    put_char(b, '"');
}

static inline void put_utf8(buffer *b, u32 code) {
    if (code < 0x80) put_char(b, (char)code);
    else if (code < 0x800) {
        put_char(b, (char)(0xC0 | code >> 6));
        put_char(b, (char)(0x80 | (code & 63)));
    } else if (code < 0x10000) {
        put_char(b, (char)(0xE0 | code >> 12));
        put_char(b, (char)(0x80 | (code >> 6 & 63)));
        put_char(b, (char)(0x80 | (code & 63)));
    } else {
        put_char(b, (char)(0xF0 | code >> 18));
        put_char(b, (char)(0x80 | (code >> 12 & 63)));
        put_char(b, (char)(0x80 | (code >> 6 & 63)));
        put_char(b, (char)(0x80 | (code & 63)));
    }
}

static inline int is_utf8(text t) {
    for (u32 i = 0; i < t.length;) {
        u8 c = (u8)t.at[i];
        u32 more = c < 0x80 ? 0 : c >= 0xC2 && c < 0xE0 ? 1 : c >= 0xE0 && c < 0xF0 ? 2 : c >= 0xF0 && c < 0xF5 ? 3 : 9;
        if (more == 9 || i + more >= t.length) return 0;
        for (u32 k = 1; k <= more; k++) if (((u8)t.at[i + k] & 0xC0) != 0x80) return 0;
        u8 next = more ? (u8)t.at[i + 1] : 0;
        if ((c == 0xE0 && next < 0xA0) || (c == 0xED && next > 0x9F)) return 0;
        if ((c == 0xF0 && next < 0x90) || (c == 0xF4 && next > 0x8F)) return 0;
        i += more + 1;
    }
    return 1;
}

/* Bytes from outside as text: what is not UTF-8 is read as Latin-1. Output must be UTF-8. */
static inline text as_utf8(text t) {
    if (is_utf8(t)) return t;
    buffer b = {0};
    for (u32 i = 0; i < t.length; i++) put_utf8(&b, (u8)t.at[i]);
    return done(&b);
}

/* -- ending -------------------------------------------------------------------------------------------- */

static inline void succeed_text(text t) { host_set_output(t.at, t.length); }
static inline void succeed(buffer *b) { host_set_output(b->at, b->length); }

/* End the call with an error. `abort` takes its message as AssemblyScript keeps strings: UTF-16, with
 * its length in bytes in front. */
__attribute__((noreturn)) static inline void fail(text message) {
    u32 *block = take(4 + message.length * 2);
    unsigned short *wide = (unsigned short *)(block + 1);
    u32 units = 0, i = 0;
    while (i < message.length) {
        u8 c = (u8)message.at[i++];
        u32 more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;
        u32 code = more == 3 ? c & 7 : more == 2 ? c & 15 : more == 1 ? c & 31 : c;
        while (more-- && i < message.length) code = code << 6 | ((u8)message.at[i++] & 63);
        if (code >= 0x10000) {
            wide[units++] = (unsigned short)(0xD7C0 + (code >> 10));
            code = 0xDC00 | (code & 0x3FF);
        }
        wide[units++] = (unsigned short)code;
    }
    block[0] = units * 2;
    host_abort(wide, 0, 0, 0);
    __builtin_trap();
}

/* -- the input ------------------------------------------------------------------------------------------ */

/* JSON here is text the host has already parsed and checked: reading it needs no error paths. */

static inline text input(void) {
    static text held;
    if (!held.at) {
        u32 length = (u32)host_get_input_len();
        char *at = take(length + 1);
        host_get_input(at);
        held = (text){at, length};
    }
    return held;
}

static inline u32 json_space(text t, u32 i) {
    while (i < t.length && (t.at[i] == ' ' || t.at[i] == '\n' || t.at[i] == '\r' || t.at[i] == '\t')) i++;
    return i;
}

/* Where the value that starts at `i` ends. */
static inline u32 json_end(text t, u32 i) {
    u32 depth = 0;
    while (i < t.length) {
        char c = t.at[i];
        if (c == '"') {
            for (i++; i < t.length && t.at[i] != '"'; i++) if (t.at[i] == '\\') i++;
            i++;
            if (!depth) return i;
            continue;
        }
        if (c == '{' || c == '[') depth++;
        else if (c == '}' || c == ']') {
            if (!depth) return i;
            if (!--depth) return i + 1;
        } else if (!depth && (c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t')) return i;
        i++;
    }
    return i;
}

static inline u32 hex_digit(char c) {
    return c <= '9' ? (u32)(c - '0') : (u32)((c | 32) - 'a' + 10);
}

static inline u32 hex4(text t, u32 i) {
    u32 code = 0;
    for (u32 k = 0; k < 4 && i + k < t.length; k++) code = code << 4 | hex_digit(t.at[i + k]);
    return code;
}

/* A JSON string token, quotes included, as the text that it means. */
static inline text json_text(text token) {
    buffer b = {0};
    for (u32 i = 1; i + 1 < token.length; i++) {
        char c = token.at[i];
        if (c != '\\') { put_char(&b, c); continue; }
        c = token.at[++i];
        if (c == 'n') put_char(&b, '\n');
        else if (c == 't') put_char(&b, '\t');
        else if (c == 'r') put_char(&b, '\r');
        else if (c == 'b') put_char(&b, '\b');
        else if (c == 'f') put_char(&b, '\f');
        else if (c == 'u') {
            u32 code = hex4(token, i + 1);
            i += 4;
            if (code >= 0xD800 && code < 0xDC00 && i + 6 < token.length && token.at[i + 1] == '\\') {
                code = 0x10000 + ((code - 0xD800) << 10) + (hex4(token, i + 3) - 0xDC00);
                i += 6;
            }
            put_utf8(&b, code);
        } else put_char(&b, c);
    }
    return done(&b);
}

/* The token of a member of a JSON object; length 0 when there is none. */
static inline text json_member(text object, text name) {
    u32 i = json_space(object, 0) + 1;
    while ((i = json_space(object, i)) < object.length && object.at[i] == '"') {
        u32 end = json_end(object, i);
        text key = json_text((text){object.at + i, end - i});
        i = json_space(object, json_space(object, end) + 1);
        end = json_end(object, i);
        if (same(key, name)) return (text){object.at + i, end - i};
        i = json_space(object, end) + 1;
    }
    return (text){0, 0};
}

static inline text field(text name) { return json_member(input(), name); }
#define field_named(literal) field(TEXT(literal))

static inline int is_string(text token) { return token.length && token.at[0] == '"'; }

/* A string field of the input; empty when it is missing or null. */
#define field_text(literal) text_or_empty(field_named(literal))
static inline text text_or_empty(text token) { return is_string(token) ? json_text(token) : (text){"", 0}; }

/* -- effects ------------------------------------------------------------------------------------------- */

static inline text host_result(void) {
    u32 length = (u32)host_result_len();
    char *at = take(length + 1);
    host_get_result(at);
    return (text){at, length};
}

static inline text read_file(text path) {
    host_read_file(path.at, path.length, 0, 0);
    return host_result();
}

static inline void write_file(text path, text content) {
    host_write_file(path.at, path.length, content.at, content.length);
}

#endif
