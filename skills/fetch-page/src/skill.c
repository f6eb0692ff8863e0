/* fetch-page: a web page as readable text. */
#include "blufio.h"

typedef struct {
    text html;
    u32 at;
    buffer out;
    u32 pre;      /* depth of <pre>: white space is kept inside */
    int pending;  /* 0 nothing, 1 a space, 2 a new line, 3 a blank line is due before the next text */
} reader;

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

static int is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

static int matches(text t, u32 at, text word) {
    if (at + word.length > t.length) return 0;
    for (u32 i = 0; i < word.length; i++) if (lower(t.at[at + i]) != word.at[i]) return 0;
    return 1;
}

static void due(reader *r, int what) { if (r->pending < what) r->pending = what; }

static void show(reader *r, const char *bytes, u32 count) {
    if (r->out.length) {
        if (r->pending == 1) put_char(&r->out, ' ');
        if (r->pending == 2) put_char(&r->out, '\n');
        if (r->pending == 3) put(&r->out, TEXT("\n\n"));
    }
    r->pending = 0;
    put_bytes(&r->out, bytes, count);
}

static const struct { const char *name; u32 length; u32 code; } ENTITIES[] = {
    {"amp", 3, '&'}, {"lt", 2, '<'}, {"gt", 2, '>'}, {"quot", 4, '"'}, {"apos", 4, '\''}, {"nbsp", 4, ' '},
    {"mdash", 5, 0x2014}, {"ndash", 5, 0x2013}, {"hellip", 6, 0x2026}, {"lsquo", 5, 0x2018}, {"rsquo", 5, 0x2019},
    {"ldquo", 5, 0x201C}, {"rdquo", 5, 0x201D}, {"copy", 4, 0xA9}, {"reg", 3, 0xAE}, {"trade", 5, 0x2122},
    {"middot", 6, 0xB7}, {"bull", 4, 0x2022}, {"laquo", 5, 0xAB}, {"raquo", 5, 0xBB}, {"times", 5, 0xD7},
    {"deg", 3, 0xB0}, {"euro", 4, 0x20AC}, {"pound", 5, 0xA3}, {"sect", 4, 0xA7}, {"eacute", 6, 0xE9},
    {"auml", 4, 0xE4}, {"ouml", 4, 0xF6}, {"uuml", 4, 0xFC}, {"szlig", 5, 0xDF}, {"rarr", 4, 0x2192}, {"larr", 4, 0x2190},
};

/* The code of the reference at `&`, and where it ends; 0 when it is none. */
static u32 entity(text t, u32 at, u32 *end) {
    u32 i = at + 1, code = 0;
    if (i < t.length && t.at[i] == '#') {
        int wide = i + 1 < t.length && lower(t.at[i + 1]) == 'x';
        u32 first = i += wide ? 2 : 1;
        for (; i < t.length && i < first + 8 && t.at[i] != ';'; i++) {
            char c = lower(t.at[i]);
            int ok = (c >= '0' && c <= '9') || (wide && c >= 'a' && c <= 'f');
            if (!ok) return 0;
            code = code * (wide ? 16 : 10) + hex_digit(c);
        }
        if (i == first || i >= t.length || t.at[i] != ';') return 0;
        *end = i + 1;
        return code < 0x20 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000) ? 0xFFFD : code;
    }
    for (u32 k = 0; k < sizeof ENTITIES / sizeof *ENTITIES; k++) {
        u32 length = ENTITIES[k].length;
        text name = {ENTITIES[k].name, length};
        if (i + length < t.length && t.at[i + length] == ';' && same((text){t.at + i, length}, name)) {
            *end = i + length + 1;
            return ENTITIES[k].code;
        }
    }
    return 0;
}

static void read_text(reader *r) {
    char c = r->html.at[r->at];
    u32 end;
    if (c == '&') {
        u32 code = entity(r->html, r->at, &end);
        if (code) {
            char room[8];
            buffer one = {room, 0, sizeof room};
            put_utf8(&one, code);
            show(r, one.at, one.length);
            r->at = end;
            return;
        }
    }
    if (is_blank(c) && !r->pre) due(r, 1);
    else if (c == '\n') { due(r, 0); put_char(&r->out, c); }
    else show(r, &c, 1);
    r->at++;
}

static int is_any(text name, const char *words) {
    /* words: space-separated, with a space at both ends */
    for (u32 i = 0; words[i]; i++) {
        if (words[i] != ' ') continue;
        u32 k = 0;
        while (k < name.length && words[i + 1 + k] && lower(name.at[k]) == words[i + 1 + k]) k++;
        if (k == name.length && words[i + 1 + k] == ' ' && k) return 1;
    }
    return 0;
}

/* Past the closing tag of an element whose content is not text. */
static void skip_element(reader *r, text name) {
    for (; r->at < r->html.length; r->at++)
        if (matches(r->html, r->at, TEXT("</")) && r->at + 2 + name.length <= r->html.length) {
            u32 k = 0;
            while (k < name.length && lower(r->html.at[r->at + 2 + k]) == lower(name.at[k])) k++;
            if (k == name.length) return;
        }
}

static u32 tag_end(text t, u32 at) {
    char quote = 0;
    for (; at < t.length; at++) {
        char c = t.at[at];
        if (quote) { if (c == quote) quote = 0; }
        else if (c == '"' || c == '\'') quote = c;
        else if (c == '>') return at + 1;
    }
    return t.length;
}

static void open_tag(reader *r, text name) {
    if (is_any(name, " script style noscript template svg head iframe ")) { skip_element(r, name); return; }
    if (is_any(name, " h1 h2 h3 h4 h5 h6 ")) {
        due(r, 3);
        static const char marks[] = "###### ";
        u32 level = (u32)(name.at[1] - '0');
        show(r, marks + 6 - level, level + 1);
    } else if (is_any(name, " li ")) {
        due(r, 2);
        show(r, "- ", 2);
    } else if (is_any(name, " br ")) due(r, 2);
    else if (is_any(name, " td th ")) due(r, 1);
    else if (is_any(name, " tr ")) due(r, 2);
    else if (is_any(name, " pre ")) { due(r, 3); r->pre++; }
    else if (is_any(name, " p div section article main header footer nav aside ul ol table blockquote figure form dl dd dt hr address "))
        due(r, 3);
}

static void close_tag(reader *r, text name) {
    if (is_any(name, " pre ") && r->pre) r->pre--;
    if (is_any(name, " h1 h2 h3 h4 h5 h6 p div section article main header footer nav aside ul ol table blockquote pre figure form dl "))
        due(r, 3);
    else if (is_any(name, " li tr dd dt ")) due(r, 2);
}

static void read_tag(reader *r) {
    text t = r->html;
    if (matches(t, r->at, TEXT("<!--"))) {
        while (r->at < t.length && !matches(t, r->at, TEXT("-->"))) r->at++;
        r->at += 3;
        return;
    }
    u32 start = r->at + 1;
    int closing = start < t.length && t.at[start] == '/';
    start += (u32)closing;
    u32 end = start;
    while (end < t.length && ((lower(t.at[end]) >= 'a' && lower(t.at[end]) <= 'z') || (t.at[end] >= '0' && t.at[end] <= '9'))) end++;
    if (end == start && !(start < t.length && (t.at[start] == '!' || t.at[start] == '?'))) {
        show(r, "<", 1);
        r->at++;
        return;
    }
    text name = {t.at + start, end - start};
    r->at = tag_end(t, end);
    if (closing) close_tag(r, name);
    else open_tag(r, name);
}

static text readable(text html) {
    reader r = {.html = html};
    while (r.at < html.length) {
        if (html.at[r.at] == '<') read_tag(&r);
        else read_text(&r);
    }
    return done(&r.out);
}

static text title_of(text html) {
    u32 i = 0;
    while (i < html.length && !matches(html, i, TEXT("<title"))) i++;
    u32 start = tag_end(html, i), end = start;
    while (end < html.length && !matches(html, end, TEXT("</title"))) end++;
    return readable((text){html.at + start, end - start});
}

static int looks_like_html(text body) {
    u32 i = 0;
    while (i < body.length && is_blank(body.at[i])) i++;
    if (i + 3 <= body.length && (u8)body.at[i] == 0xEF) i += 3;
    return matches(body, i, TEXT("<!doctype")) || matches(body, i, TEXT("<html")) || matches(body, i, TEXT("<head")) ||
           matches(body, i, TEXT("<body")) || matches(body, i, TEXT("<!--"));
}

SKILL(run) {
    text url = field_text("url");
    i32 status = host_http_request(url.at, url.length, 0, 0, 0);
    text body = as_utf8(host_result());
    if (status >= 400) {
        buffer b = {0};
        put(&b, TEXT("the server answered "));
        put_number(&b, status);
        put(&b, TEXT(" for "));
        put(&b, url);
        fail(done(&b));
    }
    text page = looks_like_html(body) ? readable(body) : body;
    text title = looks_like_html(body) ? title_of(body) : (text){"", 0};
    u32 most = 40000, shown = page.length;
    if (shown > most) {
        shown = most;
        while (shown && ((u8)page.at[shown] & 0xC0) == 0x80) shown--;
    }

    buffer b = {0};
    put(&b, TEXT("{\"url\": "));
    put_json(&b, url);
    put(&b, TEXT(", \"status\": "));
    put_number(&b, status);
    put(&b, TEXT(", \"title\": "));
    put_json(&b, title);
    put(&b, TEXT(", \"text\": "));
    put_json(&b, (text){page.at, shown});
    if (shown < page.length) {
        put(&b, TEXT(", \"left_out_bytes\": "));
        put_number(&b, page.length - shown);
    }
    put(&b, TEXT("}"));
    succeed(&b);
}
