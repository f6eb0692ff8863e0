/* Descriptors through the raw calls: positions, appending, sizes, renumbering, listings and readiness. */
#include "check.h"

static void positions(void) {
    __wasi_fd_t fd;
    __wasi_filesize_t at;
    __wasi_size_t length;
    char text[16] = "";
    __wasi_ciovec_t out[2] = {{(const uint8_t *)"hello ", 6}, {(const uint8_t *)"world", 5}};
    __wasi_iovec_t in = {(uint8_t *)text, 5};
    OK(open_at(ROOT, "positions", 0, __WASI_OFLAGS_CREAT, FILE_RIGHTS, 0, &fd));
    OK(__wasi_fd_write(fd, out, 2, &length));
    EXPECT(11, length);
    OK(__wasi_fd_seek(fd, -5, __WASI_WHENCE_END, &at));
    EXPECT(6, at);
    OK(__wasi_fd_pread(fd, &in, 1, 0, &length));
    CHECK(length == 5 && memcmp(text, "hello", 5) == 0);
    OK(__wasi_fd_read(fd, &in, 1, &length));
    CHECK(length == 5 && memcmp(text, "world", 5) == 0);
    OK(__wasi_fd_tell(fd, &at));
    EXPECT(11, at);
    EXPECT(__WASI_ERRNO_INVAL, __wasi_fd_seek(fd, -12, __WASI_WHENCE_CUR, &at));
    EXPECT(__WASI_ERRNO_SPIPE, __wasi_fd_seek(1, 0, __WASI_WHENCE_SET, &at));
    EXPECT(__WASI_ERRNO_BADF, __wasi_fd_seek(ROOT, 0, __WASI_WHENCE_SET, &at));
    OK(__wasi_fd_filestat_set_size(fd, 5));
    OK(__wasi_fd_allocate(fd, 0, 8));
    OK(__wasi_fd_advise(fd, 0, 8, __WASI_ADVICE_SEQUENTIAL));
    OK(__wasi_fd_sync(fd));
    OK(__wasi_fd_datasync(fd));
    __wasi_filestat_t stat;
    OK(__wasi_fd_filestat_get(fd, &stat));
    EXPECT(8, stat.size);
    OK(__wasi_fd_close(fd));
    EXPECT(__WASI_ERRNO_BADF, __wasi_fd_close(fd));
}

static void appending(void) {
    __wasi_fd_t fd;
    __wasi_size_t length;
    __wasi_filesize_t at;
    __wasi_ciovec_t one = {(const uint8_t *)"one", 3}, two = {(const uint8_t *)"two", 3};
    OK(open_at(ROOT, "log", 0, __WASI_OFLAGS_CREAT, FILE_RIGHTS, __WASI_FDFLAGS_APPEND, &fd));
    OK(__wasi_fd_write(fd, &one, 1, &length));
    OK(__wasi_fd_seek(fd, 0, __WASI_WHENCE_SET, &at));
    OK(__wasi_fd_write(fd, &two, 1, &length));
    OK(__wasi_fd_close(fd));
    CHECK(holds(ROOT, "log", "onetwo"));
}

static void renumbering(void) {
    __wasi_fd_t first, second;
    __wasi_fdstat_t stat;
    OK(open_at(ROOT, "log", 0, 0, FILE_RIGHTS, 0, &first));
    OK(open_at(ROOT, "positions", 0, 0, FILE_RIGHTS, 0, &second));
    OK(__wasi_fd_renumber(first, second));
    EXPECT(__WASI_ERRNO_BADF, __wasi_fd_fdstat_get(first, &stat));
    OK(__wasi_fd_fdstat_get(second, &stat));
    OK(__wasi_fd_close(second));
}

static void renumbering_closes_what_was_there(void) {
    __wasi_fd_t current, next;
    __wasi_fdstat_t stat;
    OK(__wasi_fd_renumber(0, 0));
    OK(open_at(ROOT, "log", 0, 0, FILE_RIGHTS, 0, &current));
    for (int turn = 0; turn < 300; turn++) { /* more than may be open at once */
        OK(open_at(ROOT, "log", 0, 0, __WASI_RIGHTS_FD_READ, 0, &next));
        OK(__wasi_fd_renumber(current, next));
        current = next;
    }
    EXPECT(__WASI_ERRNO_BADF, __wasi_fd_renumber(current, 127));
    EXPECT(__WASI_ERRNO_BADF, __wasi_fd_renumber(current, (__wasi_fd_t)-1));
    OK(__wasi_fd_fdstat_get(current, &stat));
    OK(__wasi_fd_close(current));
}

static void empty_writes_change_nothing(void) {
    __wasi_fd_t fd;
    __wasi_size_t length;
    __wasi_filesize_t at;
    __wasi_filestat_t stat;
    __wasi_ciovec_t nothing = {(const uint8_t *)"", 0}, byte = {(const uint8_t *)"x", 1};
    OK(open_at(ROOT, "holes", 0, __WASI_OFLAGS_CREAT, FILE_RIGHTS, 0, &fd));
    OK(__wasi_fd_seek(fd, 20, __WASI_WHENCE_SET, &at));
    OK(__wasi_fd_write(fd, &nothing, 1, &length));
    OK(__wasi_fd_pwrite(fd, &nothing, 1, 40, &length));
    OK(__wasi_fd_tell(fd, &at));
    OK(__wasi_fd_filestat_get(fd, &stat));
    CHECK(length == 0 && at == 20 && stat.size == 0);
    OK(__wasi_fd_write(fd, &byte, 1, &length));
    OK(__wasi_fd_filestat_get(fd, &stat));
    CHECK(length == 1 && stat.size == 21);
    OK(__wasi_fd_close(fd));
    OK(__wasi_path_unlink_file(ROOT, "holes"));
}

static int lists(const uint8_t *buffer, size_t used, const char *name) {
    __wasi_dirent_t entry;
    while (used >= sizeof entry) {
        memcpy(&entry, buffer, sizeof entry);
        if (used - sizeof entry < entry.d_namlen) return 0;
        if (entry.d_namlen == strlen(name) && memcmp(buffer + sizeof entry, name, entry.d_namlen) == 0) return 1;
        buffer += sizeof entry + entry.d_namlen;
        used -= sizeof entry + entry.d_namlen;
    }
    return 0;
}

static void a_name_appears_once_the_buffer_holds_all_of_it(void) {
    uint8_t buffer[256];
    __wasi_size_t used, room = 0;
    OK(put_file(ROOT, "\xd1\x91\xd0\xb6", "")); /* two letters of two bytes each */
    do {
        OK(__wasi_fd_readdir(ROOT, buffer, room, 0, &used));
        CHECK(used <= room);
    } while (!lists(buffer, used, "\xd1\x91\xd0\xb6") && room++ < sizeof buffer);
    EXPECT(5 * sizeof(__wasi_dirent_t) + 1 + 2 + 3 + 9 + 4, room); /* ".", "..", "log", "positions" and this one */
    OK(__wasi_fd_readdir(ROOT, buffer, sizeof buffer, 6, &used));
    EXPECT(0, used);
    OK(__wasi_path_unlink_file(ROOT, "\xd1\x91\xd0\xb6"));
}

static void listing_by_cookies(void) {
    uint8_t buffer[40];
    __wasi_size_t used;
    __wasi_dircookie_t cookie = 0;
    int entries = 0;
    do {
        OK(__wasi_fd_readdir(ROOT, buffer, sizeof buffer, cookie, &used));
        __wasi_dirent_t entry;
        if (used < sizeof entry) break;
        memcpy(&entry, buffer, sizeof entry);
        cookie = entry.d_next;
        entries++;
    } while (entries < 100);
    EXPECT(4, entries); /* ".", "..", "log", "positions" */
}

static void readiness(void) {
    __wasi_event_t events[2];
    __wasi_size_t count;
    __wasi_subscription_t asked[2] = {0};
    asked[0].userdata = 11;
    asked[0].u.tag = __WASI_EVENTTYPE_CLOCK;
    asked[0].u.u.clock.id = __WASI_CLOCKID_MONOTONIC;
    asked[0].u.u.clock.timeout = 2000000;
    asked[1].userdata = 22;
    asked[1].u.tag = __WASI_EVENTTYPE_FD_WRITE;
    asked[1].u.u.fd_write.file_descriptor = 1;
    OK(__wasi_poll_oneoff(asked, events, 2, &count));
    CHECK(count == 1 && events[0].userdata == 22 && events[0].error == 0);
    __wasi_timestamp_t before, after;
    OK(__wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 0, &before));
    OK(__wasi_poll_oneoff(asked, events, 1, &count));
    OK(__wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 0, &after));
    CHECK(count == 1 && events[0].userdata == 11 && after - before >= 2000000);
    EXPECT(__WASI_ERRNO_INVAL, __wasi_poll_oneoff(asked, events, 0, &count));
}

static void input_is_ready_at_its_end_too(void) {
    __wasi_event_t event;
    __wasi_size_t count, length = 1;
    __wasi_subscription_t asked = {.userdata = 33};
    uint8_t text[64];
    __wasi_iovec_t part = {text, sizeof text};
    asked.u.tag = __WASI_EVENTTYPE_FD_READ;
    OK(__wasi_poll_oneoff(&asked, &event, 1, &count));
    CHECK(count == 1 && event.error == 0 && event.fd_readwrite.nbytes > 0 && event.fd_readwrite.flags == 0);
    while (length) OK(__wasi_fd_read(0, &part, 1, &length));
    OK(__wasi_poll_oneoff(&asked, &event, 1, &count));
    CHECK(count == 1 && event.userdata == 33 && event.error == 0 && event.fd_readwrite.nbytes == 0);
    EXPECT(__WASI_EVENTRWFLAGS_FD_READWRITE_HANGUP, event.fd_readwrite.flags);
    asked.u.u.fd_read.file_descriptor = 99;
    OK(__wasi_poll_oneoff(&asked, &event, 1, &count));
    EXPECT(__WASI_ERRNO_BADF, event.error);
}

static void preopens_are_named(void) {
    __wasi_prestat_t stat;
    uint8_t name[16] = {0};
    OK(__wasi_fd_prestat_get(ROOT, &stat));
    EXPECT(5, stat.u.dir.pr_name_len);
    OK(__wasi_fd_prestat_dir_name(ROOT, name, 5));
    CHECK(memcmp(name, "/data", 6) == 0);
    OK(__wasi_fd_prestat_dir_name(ROOT, name, sizeof name));
    EXPECT(__WASI_ERRNO_NAMETOOLONG, __wasi_fd_prestat_dir_name(ROOT, name, 4));
    EXPECT(__WASI_ERRNO_BADF, __wasi_fd_prestat_get(2, &stat));
    EXPECT(__WASI_ERRNO_NOSYS, __wasi_sock_shutdown(1, __WASI_SDFLAGS_RD));
}

int main(void) {
    positions();
    appending();
    renumbering();
    renumbering_closes_what_was_there();
    empty_writes_change_nothing();
    a_name_appears_once_the_buffer_holds_all_of_it();
    listing_by_cookies();
    readiness();
    input_is_ready_at_its_end_too();
    preopens_are_named();
    return finish();
}
