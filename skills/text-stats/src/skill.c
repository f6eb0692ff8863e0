/* text-stats: lines, words, characters and bytes of a text or a file. */
#include "blufio.h"

/* Decode one UTF-8 sequence; a malformed byte counts as one character, as editors show it. */
static u32 next_code(text t, u32 *i) {
    u8 c = (u8)t.at[(*i)++];
    u32 more = c >= 0xF0 && c < 0xF8 ? 3 : c >= 0xE0 ? 2 : c >= 0xC2 ? 1 : 0;
    if (c >= 0xF8) more = 0;
    u32 code = more == 3 ? c & 7 : more == 2 ? c & 15 : more == 1 ? c & 31 : c;
    for (u32 k = 0; k < more; k++) {
        if (*i + k >= t.length || ((u8)t.at[*i + k] & 0xC0) != 0x80) return 0xFFFD;
        code = code << 6 | ((u8)t.at[*i + k] & 63);
    }
    *i += more;
    return code;
}

/* The white space of Unicode. */
static int is_space(u32 c) {
    return (c >= 9 && c <= 13) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

SKILL(run) {
    int given = is_string(field_named("text")), from_file = is_string(field_named("path"));
    if (given == from_file) fail(TEXT("give either text or path"));
    text t = given ? field_text("text") : read_file(field_text("path"));

    u32 lines = 0, words = 0, characters = 0, in_word = 0;
    for (u32 i = 0; i < t.length; characters++) {
        u32 code = next_code(t, &i);
        if (code == '\n') lines++;
        int space = is_space(code);
        if (!space && !in_word) words++;
        in_word = !space;
    }
    if (t.length && t.at[t.length - 1] != '\n') lines++;

    buffer b = {0};
    put(&b, TEXT("{\"lines\": "));
    put_number(&b, lines);
    put(&b, TEXT(", \"words\": "));
    put_number(&b, words);
    put(&b, TEXT(", \"characters\": "));
    put_number(&b, characters);
    put(&b, TEXT(", \"bytes\": "));
    put_number(&b, t.length);
    put(&b, TEXT("}"));
    succeed(&b);
}
