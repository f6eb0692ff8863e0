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

/* -- what a person would not see --------------------------------------------------------------------------- */

/* Text that the page hides is for machines only: it is left out, so that nobody is told what nobody can read. */

enum { MOST_RULES = 512 };
static struct { char kind; text name; } hidden_rules[MOST_RULES];
static u32 rule_count;

/* A value without blanks, in small letters, references decoded: `Display : None` is `display:none`. */
static text plain_style(text value) {
    buffer b = {0};
    for (u32 i = 0; i < value.length; i++) {
        char c = value.at[i];
        u32 end, code = c == '&' ? entity(value, i, &end) : 0;
        if (code) {
            if (code > 0x20) put_utf8(&b, code < 0x80 ? (u8)lower((char)code) : code);
            i = end - 1;
        } else if (c == '/' && i + 1 < value.length && value.at[i + 1] == '*') {
            for (i += 2; i + 1 < value.length && !(value.at[i] == '*' && value.at[i + 1] == '/'); i++) {}
            i++;
        } else if (!is_blank(c)) put_char(&b, lower(c));
    }
    return done(&b);
}

static int starts(text t, u32 at, text word) { return matches(t, at, word); }

/* A length in hundredths of its unit, with the sign; far more than any when it is no number. */
static i32 hundredths(text t, u32 at) {
    i32 sign = 1, value = 0, scale = 100;
    if (at < t.length && (t.at[at] == '-' || t.at[at] == '+')) sign = t.at[at++] == '-' ? -1 : 1;
    u32 first = at;
    for (; at < t.length && t.at[at] >= '0' && t.at[at] <= '9'; at++) if (value < 1000000) value = value * 10 + (t.at[at] - '0') * 100;
    if (at < t.length && t.at[at] == '.') {
        for (at++; at < t.length && t.at[at] >= '0' && t.at[at] <= '9'; at++) { scale /= 10; value += (t.at[at] - '0') * scale; }
    }
    if (at == first) return 100000000;
    if (at < t.length && (starts(t, at, TEXT("em")) || starts(t, at, TEXT("rem")) || t.at[at] == '%')) value *= t.at[at] == '%' ? 1 : 16;
    return sign * value;
}

/* Whether the declarations of a rule or an attribute hide what they are about. */
static int hides(text style) {
    text t = plain_style(style);
    for (u32 i = 0; i < t.length; i++) {
        if (t.at[i] == '\\') return 1; /* an escape, which no honest style needs: it may spell anything */
        if (i && t.at[i - 1] != ';' && t.at[i - 1] != '{') continue;
        if (starts(t, i, TEXT("display:none")) || starts(t, i, TEXT("visibility:hidden")) ||
            starts(t, i, TEXT("visibility:collapse")) || starts(t, i, TEXT("content-visibility:hidden")) ||
            starts(t, i, TEXT("color:transparent")) || starts(t, i, TEXT("transform:scale(0)")) ||
            starts(t, i, TEXT("clip:rect(0")) || starts(t, i, TEXT("clip:rect(1px")) ||
            starts(t, i, TEXT("clip-path:inset(50%")) || starts(t, i, TEXT("clip-path:inset(100%"))) return 1;
        if (starts(t, i, TEXT("font-size:")) && hundredths(t, i + 10) < 200) return 1;
        if (starts(t, i, TEXT("opacity:")) && hundredths(t, i + 8) < 5) return 1;
        static const struct { const char *name; u32 length; } moves[] = {
            {"left:", 5}, {"top:", 4}, {"right:", 6}, {"bottom:", 7}, {"text-indent:", 12}, {"margin-left:", 12}, {"margin-top:", 11},
        };
        for (u32 k = 0; k < sizeof moves / sizeof *moves; k++)
            if (starts(t, i, (text){moves[k].name, moves[k].length}) && hundredths(t, i + moves[k].length) < -50000) return 1;
    }
    return 0;
}

static int is_name(char c) {
    c = lower(c);
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || (u8)c >= 0x80;
}

/* The rules of a style sheet that hide: `.a, #b { display: none }`. Only selectors of one name are understood. */
static void learn_rules(text sheet) {
    u32 at = 0;
    while (at < sheet.length) {
        u32 open = at;
        while (open < sheet.length && sheet.at[open] != '{') open++;
        u32 close = open;
        while (close < sheet.length && sheet.at[close] != '}') close++;
        u32 from = at;
        for (u32 k = at; k < open; k++) if (sheet.at[k] == ';' || sheet.at[k] == '}' || (sheet.at[k] == '/' && k && sheet.at[k - 1] == '*')) from = k + 1;
        if (open < close && hides((text){sheet.at + open + 1, close - open - 1})) {
            for (u32 k = from; k <= open; k++) {
                if (k < open && sheet.at[k] != ',') continue;
                while (from < k && is_blank(sheet.at[from])) from++;
                u32 end = k;
                while (end > from && is_blank(sheet.at[end - 1])) end--;
                u32 name = from + (from < end && (sheet.at[from] == '.' || sheet.at[from] == '#'));
                u32 i = name;
                while (i < end && is_name(sheet.at[i])) i++;
                if (name > from && i == end && end > name && rule_count < MOST_RULES) {
                    hidden_rules[rule_count].kind = sheet.at[from];
                    hidden_rules[rule_count++].name = (text){sheet.at + name, end - name};
                }
                from = k + 1;
            }
        }
        at = close + 1;
    }
}

static void learn_sheets(text html) {
    for (u32 i = 0; i < html.length; i++) {
        if (html.at[i] != '<' || !matches(html, i, TEXT("<style"))) continue;
        u32 start = tag_end(html, i), end = start;
        while (end < html.length && !matches(html, end, TEXT("</style"))) end++;
        learn_rules((text){html.at + start, end - start});
        i = end;
    }
}

/* The value of an attribute of the tag whose attributes stand from `at` to `end`; 0 when it has none of that name. */
static int attribute(text t, u32 at, u32 end, text wanted, text *value) {
    while (at < end) {
        while (at < end && (is_blank(t.at[at]) || t.at[at] == '/' || t.at[at] == '>')) at++;
        u32 name = at;
        while (at < end && !is_blank(t.at[at]) && t.at[at] != '=' && t.at[at] != '>' && t.at[at] != '/') at++;
        u32 name_end = at;
        while (at < end && is_blank(t.at[at])) at++;
        text found = {"", 0};
        if (at < end && t.at[at] == '=') {
            at++;
            while (at < end && is_blank(t.at[at])) at++;
            char quote = at < end && (t.at[at] == '"' || t.at[at] == '\'') ? t.at[at++] : 0;
            u32 first = at;
            while (at < end && (quote ? t.at[at] != quote : !is_blank(t.at[at]) && t.at[at] != '>')) at++;
            found = (text){t.at + first, at - first};
            if (quote) at++;
        }
        if (name_end - name == wanted.length && matches(t, name, wanted)) { *value = found; return 1; }
        if (at == name) at++;
    }
    return 0;
}

static int has_word(text words, text word) {
    for (u32 i = 0; i < words.length;) {
        while (i < words.length && is_blank(words.at[i])) i++;
        u32 start = i;
        while (i < words.length && !is_blank(words.at[i])) i++;
        if (same((text){words.at + start, i - start}, word)) return 1;
    }
    return 0;
}

static int is_hidden(text t, u32 at, u32 end) {
    text value, names;
    if (attribute(t, at, end, TEXT("hidden"), &value)) return 1;
    if (attribute(t, at, end, TEXT("aria-hidden"), &value) && value.length == 4 && matches(value, 0, TEXT("true"))) return 1;
    if (attribute(t, at, end, TEXT("style"), &value) && hides(value)) return 1;
    for (u32 i = 0; i < rule_count; i++) {
        text attribute_name = hidden_rules[i].kind == '.' ? TEXT("class") : TEXT("id");
        if (attribute(t, at, end, attribute_name, &names) && has_word(names, hidden_rules[i].name)) return 1;
    }
    return 0;
}

/* Past the end of an element, elements of the same name inside it included. */
static void skip_whole(reader *r, text name) {
    if (is_any(name, " area base br col embed hr img input link meta source track wbr ")) return;
    u32 depth = 1;
    text t = r->html;
    for (; r->at < t.length; r->at++) {
        if (t.at[r->at] != '<') continue;
        u32 start = r->at + 1;
        int closing = start < t.length && t.at[start] == '/';
        start += (u32)closing;
        u32 k = 0;
        while (k < name.length && start + k < t.length && lower(t.at[start + k]) == lower(name.at[k])) k++;
        if (k < name.length || (start + k < t.length && is_name(t.at[start + k]))) continue;
        if (!closing && is_any(name, " p ")) return; /* the next paragraph ends this one */
        if (!closing) depth++;
        else if (!--depth) { r->at = tag_end(t, start + k); return; }
    }
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
    if (!closing && name.length && is_hidden(t, end, r->at)) { skip_whole(r, name); return; }
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
    if (looks_like_html(body)) learn_sheets(body);
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
