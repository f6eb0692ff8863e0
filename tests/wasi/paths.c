/* Paths through the raw calls: errors, links, rights and where ".." may lead. */
#include "check.h"

static void errors(void) {
    __wasi_fd_t fd;
    EXPECT(__WASI_ERRNO_NOENT, open_at(ROOT, "missing", 0, 0, 0, 0, &fd));
    EXPECT(__WASI_ERRNO_NOTCAPABLE, open_at(ROOT, "/etc/passwd", 0, 0, 0, 0, &fd));
    EXPECT(__WASI_ERRNO_NOTCAPABLE, open_at(ROOT, "../x", 0, 0, 0, 0, &fd));
    EXPECT(__WASI_ERRNO_BADF, open_at(77, "x", 0, 0, 0, 0, &fd));
    OK(put_file(ROOT, "file", "hello"));
    EXPECT(__WASI_ERRNO_NOTDIR, open_at(ROOT, "file/", 0, 0, 0, 0, &fd));
    EXPECT(__WASI_ERRNO_NOTDIR, open_at(ROOT, "file", 0, __WASI_OFLAGS_DIRECTORY, 0, 0, &fd));
    EXPECT(__WASI_ERRNO_EXIST,
           open_at(ROOT, "file", 0, __WASI_OFLAGS_CREAT | __WASI_OFLAGS_EXCL, FILE_RIGHTS, 0, &fd));
    OK(__wasi_path_create_directory(ROOT, "dir"));
    EXPECT(__WASI_ERRNO_EXIST, __wasi_path_create_directory(ROOT, "dir"));
    EXPECT(__WASI_ERRNO_ISDIR, __wasi_path_unlink_file(ROOT, "dir"));
    EXPECT(__WASI_ERRNO_NOTDIR, __wasi_path_remove_directory(ROOT, "file"));
    EXPECT(__WASI_ERRNO_ISDIR, open_at(ROOT, "dir", 0, 0, FILE_RIGHTS, 0, &fd));
    OK(__wasi_path_remove_directory(ROOT, "dir/"));
}

static void links(void) {
    __wasi_fd_t fd;
    __wasi_size_t length;
    uint8_t text[8];
    OK(__wasi_path_symlink("file", ROOT, "link"));
    EXPECT(__WASI_ERRNO_LOOP, open_at(ROOT, "link", 0, 0, 0, 0, &fd));
    OK(open_at(ROOT, "link", __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, 0, __WASI_RIGHTS_FD_READ, 0, &fd));
    OK(__wasi_fd_close(fd));
    OK(__wasi_path_readlink(ROOT, "link", text, sizeof text, &length));
    CHECK(length == 4 && memcmp(text, "file", 4) == 0);
    EXPECT(__WASI_ERRNO_NOTCAPABLE, __wasi_path_symlink("/etc", ROOT, "out"));
    EXPECT(__WASI_ERRNO_NOTCAPABLE, __wasi_path_symlink("../..", ROOT, "out"));
    OK(__wasi_path_symlink("loop", ROOT, "loop"));
    EXPECT(__WASI_ERRNO_LOOP, open_at(ROOT, "loop", __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, 0, 0, 0, &fd));
    OK(__wasi_path_unlink_file(ROOT, "loop"));
    EXPECT(__WASI_ERRNO_NOENT, __wasi_path_symlink("file", ROOT, "missing/"));
    EXPECT(__WASI_ERRNO_NOTDIR, __wasi_path_symlink("loop", ROOT, "file/"));
    OK(__wasi_path_create_directory(ROOT, "folder"));
    EXPECT(__WASI_ERRNO_EXIST, __wasi_path_symlink("file", ROOT, "folder/"));
    OK(__wasi_path_remove_directory(ROOT, "folder"));
    OK(__wasi_path_unlink_file(ROOT, "link"));
    CHECK(holds(ROOT, "file", "hello"));
}

static void renames_and_second_names(void) {
    __wasi_filestat_t first, second;
    OK(__wasi_path_link(ROOT, 0, "file", ROOT, "twin"));
    EXPECT(__WASI_ERRNO_EXIST, __wasi_path_link(ROOT, 0, "file", ROOT, "twin"));
    OK(__wasi_path_filestat_get(ROOT, 0, "file", &first));
    OK(__wasi_path_filestat_get(ROOT, 0, "twin", &second));
    CHECK(first.ino == second.ino && first.nlink == 2 && first.size == 5);
    OK(__wasi_path_rename(ROOT, "twin", ROOT, "moved"));
    EXPECT(__WASI_ERRNO_NOENT, __wasi_path_filestat_get(ROOT, 0, "twin", &second));
    OK(__wasi_path_filestat_set_times(ROOT, 0, "moved", 0, 77000, __WASI_FSTFLAGS_MTIM));
    OK(__wasi_path_filestat_get(ROOT, 0, "moved", &second));
    EXPECT(77000, second.mtim);
    OK(__wasi_path_unlink_file(ROOT, "moved"));
}

static void rights_shrink(void) {
    __wasi_fd_t fd;
    __wasi_fdstat_t stat;
    OK(open_at(ROOT, "file", 0, 0, __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_SEEK, 0, &fd));
    OK(__wasi_fd_fdstat_get(fd, &stat));
    EXPECT(__WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_SEEK, stat.fs_rights_base);
    EXPECT(__WASI_FILETYPE_REGULAR_FILE, stat.fs_filetype);
    OK(__wasi_fd_fdstat_set_rights(fd, __WASI_RIGHTS_FD_SEEK, 0));
    EXPECT(__WASI_ERRNO_NOTCAPABLE, __wasi_fd_fdstat_set_rights(fd, stat.fs_rights_base, 0));
    __wasi_size_t length;
    __wasi_iovec_t part = {(uint8_t *)&stat, sizeof stat};
    EXPECT(__WASI_ERRNO_NOTCAPABLE, __wasi_fd_read(fd, &part, 1, &length));
    OK(__wasi_fd_close(fd));
}

static void a_second_preopen_is_only_for_reading(void) {
    __wasi_fd_t fd;
    CHECK(holds(ROOT + 1, "given", "as it was"));
    EXPECT(__WASI_ERRNO_NOTCAPABLE, put_file(ROOT + 1, "given", "changed"));
    EXPECT(__WASI_ERRNO_NOTCAPABLE, __wasi_path_unlink_file(ROOT + 1, "given"));
    EXPECT(__WASI_ERRNO_NOTCAPABLE, __wasi_path_rename(ROOT + 1, "given", ROOT, "taken"));
    EXPECT(__WASI_ERRNO_NOTCAPABLE, __wasi_path_link(ROOT + 1, 0, "given", ROOT, "taken"));
    EXPECT(__WASI_ERRNO_NOTCAPABLE, open_at(ROOT + 1, "given", 0, __WASI_OFLAGS_TRUNC, 0, 0, &fd));
    CHECK(holds(ROOT + 1, "given", "as it was"));
}

int main(void) {
    errors();
    links();
    renames_and_second_names();
    rights_shrink();
    a_second_preopen_is_only_for_reading();
    return finish();
}
