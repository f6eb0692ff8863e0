/* What the guest programs share: checks that are counted, and a result line on standard output. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wasi/api.h>

static int checks, failures;

#define CHECK(condition)                                                                     \
    do {                                                                                     \
        checks++;                                                                            \
        if (!(condition)) {                                                                  \
            failures++;                                                                      \
            fprintf(stderr, "%s:%d: %s\n", __FILE_NAME__, __LINE__, #condition);             \
        }                                                                                    \
    } while (0)

#define EXPECT(wanted, call)                                                                 \
    do {                                                                                     \
        long got = (long)(call);                                                             \
        checks++;                                                                            \
        if (got != (long)(wanted)) {                                                         \
            failures++;                                                                      \
            fprintf(stderr, "%s:%d: %s is %ld, expected %ld\n", __FILE_NAME__, __LINE__,     \
                    #call, got, (long)(wanted));                                             \
        }                                                                                    \
    } while (0)

#define OK(call) EXPECT(0, call)

static int finish(void) {
    printf("%s after %d checks", failures ? "failed" : "ok", checks);
    return failures ? 1 : 0;
}

/* The number of a preopened folder; the first one is the one that the tests write to. */
#define ROOT 3

/* New headers of the C library take a path as a string and ask strlen themselves, as these do. */
#define ALL_RIGHTS (~0ULL)
#define FILE_RIGHTS                                                                          \
    (__WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_WRITE | __WASI_RIGHTS_FD_SEEK |                \
     __WASI_RIGHTS_FD_TELL | __WASI_RIGHTS_FD_FILESTAT_GET | __WASI_RIGHTS_FD_FILESTAT_SET_SIZE | \
     __WASI_RIGHTS_FD_FILESTAT_SET_TIMES | __WASI_RIGHTS_FD_ALLOCATE | __WASI_RIGHTS_FD_ADVISE | \
     __WASI_RIGHTS_FD_FDSTAT_SET_FLAGS | __WASI_RIGHTS_FD_SYNC | __WASI_RIGHTS_FD_DATASYNC | \
     __WASI_RIGHTS_POLL_FD_READWRITE)

static __wasi_errno_t open_at(int folder, const char *path, int lookup, int flags,
                              __wasi_rights_t rights, int fdflags, __wasi_fd_t *opened) {
    __wasi_fdstat_t stat;
    __wasi_errno_t error = __wasi_fd_fdstat_get(folder, &stat);
    if (error) return error;
    return __wasi_path_open(folder, lookup, path, flags, rights, stat.fs_rights_inheriting, fdflags, opened);
}

/* Make a file with text in it; the error number. */
static __wasi_errno_t put_file(int folder, const char *path, const char *text) {
    __wasi_fd_t file;
    __wasi_size_t written;
    __wasi_ciovec_t part = {(const uint8_t *)text, strlen(text)};
    __wasi_errno_t error =
        open_at(folder, path, 0, __WASI_OFLAGS_CREAT | __WASI_OFLAGS_TRUNC, FILE_RIGHTS, 0, &file);
    if (error) return error;
    error = __wasi_fd_write(file, &part, 1, &written);
    __wasi_fd_close(file);
    return error;
}

/* Whether a file holds exactly this text. */
static int holds(int folder, const char *path, const char *text) {
    __wasi_fd_t file;
    __wasi_size_t length = 0;
    char buffer[512];
    __wasi_iovec_t part = {(uint8_t *)buffer, sizeof buffer};
    if (open_at(folder, path, 0, 0, FILE_RIGHTS & ~__WASI_RIGHTS_FD_WRITE, 0, &file)) return 0;
    if (__wasi_fd_read(file, &part, 1, &length)) return 0;
    __wasi_fd_close(file);
    return length == strlen(text) && memcmp(buffer, text, length) == 0;
}
