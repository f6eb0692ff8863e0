/* note-keeper: notes as Markdown files below one folder, ${PROJECT}/notes. */
#include "blufio.h"

static const text FOLDER = {"${PROJECT}/notes", 16};

/* A file name from a title: letters, digits and anything beyond ASCII stay, the rest becomes one hyphen. */
static text slug(text title) {
    buffer b = {0};
    for (u32 i = 0; i < title.length && b.length < 80; i++) {
        char c = title.at[i];
        int plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (u8)c >= 0x80;
        if (c >= 'A' && c <= 'Z') put_char(&b, (char)(c + 32));
        else if (plain) put_char(&b, c);
        else if (b.length && b.at[b.length - 1] != '-') put_char(&b, '-');
    }
    while (b.length && b.at[b.length - 1] == '-') b.length--;
    while (b.length && ((u8)b.at[b.length - 1] & 0xC0) == 0x80 && b.length >= 80) b.length--;
    if (!b.length) fail(TEXT("the title needs at least one letter or digit"));
    return done(&b);
}

static text path_of(text title) {
    buffer b = {0};
    put(&b, FOLDER);
    put_char(&b, '/');
    put(&b, slug(title));
    put(&b, TEXT(".md"));
    return done(&b);
}

static void save(void) {
    text title = field_text("title"), body = field_text("text");
    if (!title.length) {
        /* Without a title the first words of the note name it. */
        u32 end = 0, words = 0;
        while (end < body.length && body.at[end] != '\n' && !(body.at[end] == ' ' && ++words == 6)) end++;
        title = (text){body.at, end};
    }
    buffer note = {0};
    put(&note, TEXT("# "));
    put(&note, title);
    put(&note, TEXT("\n\n"));
    put(&note, body);
    put_char(&note, '\n');
    text path = path_of(title);
    write_file(path, done(&note));

    buffer b = {0};
    put(&b, TEXT("{\"saved\": "));
    put_json(&b, path);
    put(&b, TEXT(", \"bytes\": "));
    put_number(&b, note.length);
    put(&b, TEXT("}"));
    succeed(&b);
}

static int ends_with(text t, text end) {
    return t.length >= end.length && same((text){t.at + t.length - end.length, end.length}, end);
}

static void list(void) {
    host_list_dir(FOLDER.at, FOLDER.length);
    text entries = host_result();
    buffer b = {0};
    put(&b, TEXT("{\"notes\": ["));
    u32 found = 0, i = json_space(entries, 0) + 1;
    while ((i = json_space(entries, i)) < entries.length && entries.at[i] == '{') {
        u32 end = json_end(entries, i);
        text entry = {entries.at + i, end - i};
        text name = json_text(json_member(entry, TEXT("name")));
        if (ends_with(name, TEXT(".md"))) {
            if (found++) put(&b, TEXT(", "));
            put_json(&b, (text){name.at, name.length - 3});
        }
        i = json_space(entries, end) + 1;
    }
    put(&b, TEXT("]}"));
    succeed(&b);
}

SKILL(run) {
    text action = field_text("action");
    if (same(action, TEXT("list"))) list();
    else if (same(action, TEXT("read"))) succeed_text(as_utf8(read_file(path_of(field_text("title")))));
    else if (same(action, TEXT("save")) || !action.length) save();
    else fail(TEXT("action must be save, read or list"));
}
