/* Files through the C library: what an ordinary program does with stdio and POSIX calls. */
#include "check.h"

static void stdio_round_trip(void) {
    char text[32] = "";
    FILE *file = fopen("/data/notes.txt", "w+");
    CHECK(file != NULL);
    CHECK(fputs("hello\nworld\n", file) >= 0);
    EXPECT(12, ftell(file));
    OK(fseek(file, 6, SEEK_SET));
    CHECK(fgets(text, sizeof text, file) && strcmp(text, "world\n") == 0);
    OK(fseek(file, -1, SEEK_END));
    EXPECT(11, ftell(file));
    OK(fclose(file));
}

static void append_keeps_what_is_there(void) {
    FILE *file = fopen("/data/notes.txt", "a");
    CHECK(file != NULL);
    CHECK(fputs("again\n", file) >= 0);
    OK(fclose(file));
    struct stat found;
    OK(stat("/data/notes.txt", &found));
    EXPECT(18, found.st_size);
    CHECK(S_ISREG(found.st_mode));
}

static void positions_do_not_move_with_pread(void) {
    char text[8] = "";
    int file = open("/data/notes.txt", O_RDWR);
    CHECK(file >= 0);
    EXPECT(5, pread(file, text, 5, 0));
    CHECK(strcmp(text, "hello") == 0);
    EXPECT(0, lseek(file, 0, SEEK_CUR));
    EXPECT(1, pwrite(file, "J", 1, 0));
    EXPECT(0, lseek(file, 0, SEEK_CUR));
    OK(ftruncate(file, 5));
    EXPECT(5, lseek(file, 0, SEEK_END));
    EXPECT(0, read(file, text, sizeof text));
    EXPECT(-1, lseek(file, -9, SEEK_SET));
    EXPECT(EINVAL, errno);
    OK(close(file));
    EXPECT(-1, close(file));
    EXPECT(EBADF, errno);
}

static void folders(void) {
    int seen = 0;
    OK(mkdir("/data/sub", 0755));
    EXPECT(-1, mkdir("/data/sub", 0755));
    EXPECT(EEXIST, errno);
    OK(rename("/data/notes.txt", "/data/sub/kept.txt"));
    DIR *folder = opendir("/data/sub");
    CHECK(folder != NULL);
    for (struct dirent *entry; (entry = readdir(folder));) seen += strcmp(entry->d_name, "kept.txt") == 0;
    EXPECT(1, seen);
    OK(closedir(folder));
    EXPECT(-1, rmdir("/data/sub"));
    EXPECT(ENOTEMPTY, errno);
    OK(unlink("/data/sub/kept.txt"));
    OK(rmdir("/data/sub"));
    EXPECT(-1, access("/data/sub", F_OK));
    EXPECT(ENOENT, errno);
}

static void standard_input_is_the_call(void) {
    char text[64] = "";
    CHECK(fgets(text, sizeof text, stdin) != NULL);
    CHECK(strcmp(text, "{\"say\": \"hi\"}") == 0);
    CHECK(!isatty(0) && !isatty(1));
}

int main(void) {
    stdio_round_trip();
    append_keeps_what_is_there();
    positions_do_not_move_with_pread();
    folders();
    standard_input_is_the_call();
    return finish();
}
