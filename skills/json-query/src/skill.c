/* json-query: parts of a JSON document by a path. Values come out as they are written in the document, so
 * that no number loses digits and no object its order. */
#include "blufio.h"

typedef struct {
    text *at;
    u32 length, room;
} nodes;

static void add(nodes *n, text value) {
    if (n->length == n->room) {
        u32 room = n->room * 2 + 16;
        text *bigger = take(room * sizeof *bigger);
        for (u32 i = 0; i < n->length; i++) bigger[i] = n->at[i];
        n->at = bigger;
        n->room = room;
    }
    n->at[n->length++] = value;
}

/* -- is it JSON at all? -------------------------------------------------------------------------------- */

enum { DEEPEST = 200 };

__attribute__((noreturn)) static void fail_at(const char *what, u32 length, u32 place) {
    buffer b = {0};
    put_bytes(&b, what, length);
    put_number(&b, place);
    fail(done(&b));
}
#define FAIL_AT(what, place) fail_at(what, sizeof(what) - 1, place)

static int is_digit(char c) { return c >= '0' && c <= '9'; }

static u32 checked_string(text t, u32 i) {
    u32 start = i++;
    while (i < t.length && t.at[i] != '"') {
        if ((u8)t.at[i] < 0x20) FAIL_AT("not JSON: a control character in a string at byte ", i);
        i += t.at[i] == '\\' ? 2 : 1;
    }
    if (i >= t.length) FAIL_AT("not JSON: a string without end at byte ", start);
    return i + 1;
}

static u32 checked_word(text t, u32 i, text word) {
    if (i + word.length > t.length || !same((text){t.at + i, word.length}, word)) FAIL_AT("not JSON at byte ", i);
    return i + word.length;
}

static u32 checked_number(text t, u32 i) {
    u32 start = i;
    if (t.at[i] == '-') i++;
    u32 digits = i;
    while (i < t.length && is_digit(t.at[i])) i++;
    if (i == digits) FAIL_AT("not JSON at byte ", start);
    if (i < t.length && t.at[i] == '.') {
        digits = ++i;
        while (i < t.length && is_digit(t.at[i])) i++;
        if (i == digits) FAIL_AT("not JSON: a number without digits at byte ", start);
    }
    if (i < t.length && (t.at[i] | 32) == 'e') {
        i++;
        if (i < t.length && (t.at[i] == '+' || t.at[i] == '-')) i++;
        digits = i;
        while (i < t.length && is_digit(t.at[i])) i++;
        if (i == digits) FAIL_AT("not JSON: a number without digits at byte ", start);
    }
    return i;
}

static u32 checked(text t, u32 i, u32 depth) {
    if (depth > DEEPEST) FAIL_AT("nested too deeply at byte ", i);
    if (i >= t.length) FAIL_AT("not JSON: it ends early, at byte ", i);
    char c = t.at[i];
    if (c == '"') return checked_string(t, i);
    if (c == 't') return checked_word(t, i, TEXT("true"));
    if (c == 'f') return checked_word(t, i, TEXT("false"));
    if (c == 'n') return checked_word(t, i, TEXT("null"));
    if (c != '{' && c != '[') return checked_number(t, i);
    char close = c == '{' ? '}' : ']';
    i = json_space(t, i + 1);
    if (i < t.length && t.at[i] == close) return i + 1;
    for (;;) {
        if (close == '}') {
            if (i >= t.length || t.at[i] != '"') FAIL_AT("not JSON: a key is missing at byte ", i);
            i = json_space(t, checked_string(t, i));
            if (i >= t.length || t.at[i] != ':') FAIL_AT("not JSON: a colon is missing at byte ", i);
            i = json_space(t, i + 1);
        }
        i = json_space(t, checked(t, i, depth + 1));
        if (i < t.length && t.at[i] == close) return i + 1;
        if (i >= t.length || t.at[i] != ',') FAIL_AT("not JSON: a comma is missing at byte ", i);
        i = json_space(t, i + 1);
    }
}

static text document(text t) {
    u32 start = json_space(t, t.length >= 3 && (u8)t.at[0] == 0xEF ? 3 : 0);
    u32 end = checked(t, start, 0);
    if (json_space(t, end) != t.length) FAIL_AT("not JSON: something follows the value at byte ", end);
    return (text){t.at + start, end - start};
}

/* -- walking -------------------------------------------------------------------------------------------- */

/* The values of an object or array, in order; with `keys`, the tokens of an object's keys. */
static void children(text value, nodes *found, nodes *keys) {
    if (!value.length || (value.at[0] != '{' && value.at[0] != '[')) return;
    int object = value.at[0] == '{';
    u32 i = json_space(value, 1);
    while (i < value.length && value.at[i] != '}' && value.at[i] != ']') {
        u32 end = json_end(value, i);
        if (object) {
            if (keys) add(keys, (text){value.at + i, end - i});
            i = json_space(value, json_space(value, end) + 1);
            end = json_end(value, i);
        }
        add(found, (text){value.at + i, end - i});
        i = json_space(value, end);
        if (i < value.length && value.at[i] == ',') i = json_space(value, i + 1);
    }
}

static void named(text value, text name, nodes *found) {
    if (!value.length || value.at[0] != '{') return;
    text member = json_member(value, name);
    if (member.length) add(found, member);
}

static void anywhere(text value, text name, nodes *found) {
    named(value, name, found);
    nodes inside = {0};
    children(value, &inside, 0);
    for (u32 i = 0; i < inside.length; i++) anywhere(inside.at[i], name, found);
}

/* -- comparing, for filters ------------------------------------------------------------------------------ */

static double number_of(text t) {
    double value = 0, scale = 1;
    u32 i = 0;
    int negative = t.length && t.at[0] == '-';
    if (negative) i++;
    while (i < t.length && is_digit(t.at[i])) value = value * 10 + (t.at[i++] - '0');
    if (i < t.length && t.at[i] == '.')
        for (i++; i < t.length && is_digit(t.at[i]); i++) value += (t.at[i] - '0') * (scale /= 10);
    if (i < t.length && (t.at[i] | 32) == 'e') {
        int down = ++i < t.length && t.at[i] == '-';
        if (i < t.length && (t.at[i] == '-' || t.at[i] == '+')) i++;
        u32 power = 0;
        while (i < t.length && is_digit(t.at[i]) && power < 400) power = power * 10 + (u32)(t.at[i++] - '0');
        while (power--) value = down ? value / 10 : value * 10;
    }
    return negative ? -value : value;
}

static int is_number(text t) { return t.length && (is_digit(t.at[0]) || t.at[0] == '-'); }

/* -1, 0, 1, or 2 when the two cannot be put in order. */
static int compared(text a, text b) {
    if (is_number(a) && is_number(b)) {
        double x = number_of(a), y = number_of(b);
        return x < y ? -1 : x > y;
    }
    if (is_string(a) && is_string(b)) {
        text x = json_text(a), y = json_text(b);
        for (u32 i = 0; i < x.length && i < y.length; i++)
            if (x.at[i] != y.at[i]) return (u8)x.at[i] < (u8)y.at[i] ? -1 : 1;
        return x.length < y.length ? -1 : x.length > y.length;
    }
    return same(a, b) ? 0 : 2;
}

/* -- the path ------------------------------------------------------------------------------------------- */

typedef struct {
    text path;
    u32 at;
    int many; /* whether it can name more than one value */
    nodes found;
} query;

static char peek(query *q) { return q->at < q->path.length ? q->path.at[q->at] : 0; }

static void skip_blanks(query *q) { while (peek(q) == ' ') q->at++; }

static void expect(query *q, char c) {
    skip_blanks(q);
    if (peek(q) != c) FAIL_AT("the path cannot be read at character ", q->at + 1);
    q->at++;
}

static int in_name(char c) {
    return c == '_' || c == '-' || c == '$' || is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (u8)c >= 0x80;
}

static text plain_name(query *q) {
    u32 start = q->at;
    while (in_name(peek(q))) q->at++;
    if (q->at == start) FAIL_AT("the path cannot be read at character ", q->at + 1);
    return (text){q->path.at + start, q->at - start};
}

/* 'name' or "name", as a JSON token. */
static text quoted_token(query *q) {
    char quote = peek(q);
    buffer b = {0};
    put_char(&b, '"');
    for (q->at++; peek(q) != quote; q->at++) {
        if (!peek(q)) FAIL_AT("a quote is not closed in the path at character ", q->at + 1);
        if (peek(q) == '"') put_char(&b, '\\');
        put_char(&b, peek(q));
        if (peek(q) == '\\') { q->at++; put_char(&b, peek(q)); }
    }
    q->at++;
    put_char(&b, '"');
    return done(&b);
}

static int whole_number(query *q, i32 *value) {
    u32 start = q->at;
    int negative = peek(q) == '-';
    if (negative) q->at++;
    i32 number = 0;
    u32 digits = q->at;
    while (is_digit(peek(q)) && number < 100000000) number = number * 10 + (peek(q) - '0'), q->at++;
    if (q->at == digits) { q->at = start; return 0; }
    *value = negative ? -number : number;
    return 1;
}

static void slice(query *q, nodes *next, int has_start, i32 start) {
    i32 end = 0;
    q->at++;
    skip_blanks(q);
    int has_end = whole_number(q, &end);
    q->many = 1;
    for (u32 k = 0; k < q->found.length; k++) {
        if (q->found.at[k].at[0] != '[') continue;
        nodes inside = {0};
        children(q->found.at[k], &inside, 0);
        i32 count = (i32)inside.length;
        i32 from = !has_start ? 0 : start < 0 ? start + count : start;
        i32 to = !has_end ? count : end < 0 ? end + count : end;
        for (i32 i = from < 0 ? 0 : from; i < to && i < count; i++) add(next, inside.at[i]);
    }
}

static void element(query *q, nodes *next, i32 index) {
    for (u32 k = 0; k < q->found.length; k++) {
        if (q->found.at[k].at[0] != '[') continue;
        nodes inside = {0};
        children(q->found.at[k], &inside, 0);
        i32 at = index < 0 ? index + (i32)inside.length : index;
        if (at >= 0 && at < (i32)inside.length) add(next, inside.at[at]);
    }
}

static void all(query *q, nodes *next) {
    q->many = 1;
    for (u32 k = 0; k < q->found.length; k++) children(q->found.at[k], next, 0);
}

static text literal(query *q) {
    if (peek(q) == '"' || peek(q) == '\'') return quoted_token(q);
    u32 start = q->at;
    while (in_name(peek(q)) || peek(q) == '.' || peek(q) == '+') q->at++;
    if (q->at == start) FAIL_AT("a filter compares with a number, a string, true, false or null; character ", q->at + 1);
    return (text){q->path.at + start, q->at - start};
}

/* [?name], [?name == 3], [?a.b < "x"] */
static void filter(query *q, nodes *next) {
    q->at++;
    skip_blanks(q);
    if (peek(q) == '@') { q->at++; if (peek(q) == '.') q->at++; }
    text names[8];
    u32 depth = 0;
    do {
        if (depth == 8) FAIL_AT("a filter's name is too long at character ", q->at + 1);
        names[depth++] = plain_name(q);
    } while (peek(q) == '.' && ++q->at);
    skip_blanks(q);
    char first = peek(q), second = 0;
    text wanted = {0, 0};
    if (first == '<' || first == '>' || first == '=' || first == '!') {
        q->at++;
        if (peek(q) == '=') { second = '='; q->at++; }
        skip_blanks(q);
        wanted = literal(q);
    } else first = 0;
    q->many = 1;
    nodes candidates = {0};
    for (u32 k = 0; k < q->found.length; k++) children(q->found.at[k], &candidates, 0);
    for (u32 k = 0; k < candidates.length; k++) {
        text value = candidates.at[k];
        for (u32 i = 0; i < depth && value.length; i++)
            value = value.at[0] == '{' ? json_member(value, names[i]) : (text){0, 0};
        if (!value.length) continue;
        int order = first ? compared(value, wanted) : 0;
        int fits = !first || (first == '=' && order == 0) || (first == '!' && order != 0) ||
                   (first == '<' && (order == -1 || (second && order == 0))) ||
                   (first == '>' && (order == 1 || (second && order == 0)));
        if (fits) add(next, candidates.at[k]);
    }
}

static void bracket(query *q, nodes *next) {
    q->at++;
    skip_blanks(q);
    char c = peek(q);
    i32 index = 0;
    if (c == '*') { q->at++; all(q, next); }
    else if (c == '?') filter(q, next);
    else if (c == '"' || c == '\'') {
        text name = json_text(quoted_token(q));
        for (u32 k = 0; k < q->found.length; k++) named(q->found.at[k], name, next);
    } else {
        int has_index = whole_number(q, &index);
        skip_blanks(q);
        if (peek(q) == ':') slice(q, next, has_index, index);
        else if (has_index) element(q, next, index);
        else FAIL_AT("the path cannot be read at character ", q->at + 1);
    }
    expect(q, ']');
}

static void dot(query *q, nodes *next) {
    q->at++;
    if (peek(q) == '*') { q->at++; all(q, next); return; }
    if (peek(q) == '.') {
        q->at++;
        q->many = 1;
        text name = plain_name(q);
        for (u32 k = 0; k < q->found.length; k++) anywhere(q->found.at[k], name, next);
        return;
    }
    text name = plain_name(q);
    for (u32 k = 0; k < q->found.length; k++) named(q->found.at[k], name, next);
}

static void walk(query *q) {
    skip_blanks(q);
    if (peek(q) == '$') q->at++;
    else if (in_name(peek(q))) {
        /* "a.b" is taken for ".a.b" */
        nodes next = {0};
        text name = plain_name(q);
        for (u32 k = 0; k < q->found.length; k++) named(q->found.at[k], name, &next);
        q->found = next;
    }
    while (peek(q) == '.' || peek(q) == '[') {
        if (peek(q) == '.' && q->at + 1 == q->path.length) { q->at++; break; }
        nodes next = {0};
        if (peek(q) == '[') bracket(q, &next);
        else dot(q, &next);
        q->found = next;
    }
}

/* -- what to do with what was found ---------------------------------------------------------------------- */

static void put_all(buffer *b, nodes *found) {
    put_char(b, '[');
    for (u32 i = 0; i < found->length; i++) {
        if (i) put(b, TEXT(", "));
        put(b, found->at[i]);
    }
    put_char(b, ']');
}

static void answer(query *q, buffer *b) {
    skip_blanks(q);
    text what = {"", 0};
    if (peek(q) == '|') {
        q->at++;
        skip_blanks(q);
        what = plain_name(q);
        skip_blanks(q);
    }
    if (q->at < q->path.length) FAIL_AT("the path cannot be read at character ", q->at + 1);
    if (!q->many && !q->found.length) fail(TEXT("the document has nothing at this path"));
    nodes inside = {0}, keys = {0};
    if (q->many) inside = q->found;
    else children(q->found.at[0], &inside, &keys);
    if (same(what, TEXT("length")) || same(what, TEXT("count"))) put_number(b, inside.length);
    else if (same(what, TEXT("keys"))) put_all(b, &keys);
    else if (what.length) fail(TEXT("after | comes length or keys"));
    else if (q->many) put_all(b, &q->found);
    else put(b, q->found.at[0]);
}

SKILL(run) {
    int given = is_string(field_named("json")), from_file = is_string(field_named("path"));
    if (given == from_file) fail(TEXT("give either json or path"));
    text source = given ? field_text("json") : read_file(field_text("path"));
    if (!is_utf8(source)) fail(TEXT("the document is not UTF-8 text"));
    query q = {.path = field_text("query")};
    add(&q.found, document(source));
    walk(&q);
    buffer b = {0};
    answer(&q, &b);
    succeed(&b);
}
