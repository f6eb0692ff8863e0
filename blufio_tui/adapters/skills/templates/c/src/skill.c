/* {{name}}: a skill in C. blufio.h comes with blufio-tui; `blufio-tui skill build` compiles it. */
#include "blufio.h"

SKILL(run) {
    buffer b = {0};
    put(&b, TEXT("Hello, "));
    put(&b, field_text("who"));
    put(&b, TEXT("!"));
    succeed(&b);
}
