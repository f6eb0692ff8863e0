/* How a module can end: what standard input says. */
#include "check.h"
#include <time.h>

/* Part of the snapshot, though this C library no longer declares it. */
__attribute__((import_module("wasi_snapshot_preview1"), import_name("proc_raise"))) int raise_signal(int);

int main(int count, char **arguments) {
    char what[64] = "";
    if (!fgets(what, sizeof what, stdin)) return 9;
    if (strstr(what, "arguments")) printf("%d %s %s %s", count, arguments[0], getenv("SHOWN"), getenv("HIDDEN") ? "?" : "-");
    if (strstr(what, "status")) exit(3);
    if (strstr(what, "nothing")) return 0;
    if (strstr(what, "early")) {
        printf("said before");
        fflush(stdout);
        _Exit(0);
    }
    if (strstr(what, "log")) fprintf(stderr, "first line\nsecond line");
    if (strstr(what, "sleep")) {
        struct timespec long_time = {3600, 0};
        nanosleep(&long_time, NULL);
        printf("woke up");
    }
    if (strstr(what, "abort")) abort();
    if (strstr(what, "much")) {
        for (int line = 0; line < 100000; line++) puts("more and more of the same");
    }
    if (strstr(what, "signal")) return raise_signal(15);
    if (strstr(what, "wild")) return __wasi_random_get((uint8_t *)0xfffffff0, 64);
    if (strstr(what, "random")) {
        uint64_t first = 0, second = 0;
        __wasi_random_get((uint8_t *)&first, 8);
        __wasi_random_get((uint8_t *)&second, 8);
        printf("%s", first && second && first != second ? "different" : "the same");
    }
    if (strstr(what, "calls")) {
        struct stat found;
        for (int call = 0; call < 20000; call++) stat("/data/missing", &found);
        printf("all of them");
    }
    if (strstr(what, "clock")) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        printf("%s", now.tv_sec > 1700000000 ? "after 2023" : "before");
    }
    return 0;
}
