/* A reactor: `_initialize` runs before the exported `run`. */
#include "check.h"

static int initialized;

__attribute__((constructor)) static void initialize(void) { initialized = 1; }

__attribute__((export_name("run"))) void run(void) {
    printf("run after %s", initialized ? "_initialize" : "nothing");
    fflush(stdout);
}
