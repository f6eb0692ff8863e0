/* Ten everyday command line programs as anybody would write them: options and files from the arguments, text from
 * standard input, the result on standard output or in a file. Which one it is says the name it was started by. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *lines[4096];
static int count;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static FILE *in(int argc, char **argv) {
    if (optind >= argc || strcmp(argv[optind], "-") == 0) return stdin;
    FILE *file = fopen(argv[optind], "r");
    if (!file) fail(argv[optind]);
    return file;
}

static void read_lines(FILE *file) {
    char line[1024];
    while (count < 4096 && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        lines[count++] = strdup(line);
    }
}

static int by_text(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }
static int by_number(const void *a, const void *b) { return atoi(*(char **)a) - atoi(*(char **)b); }

static int echo(int argc, char **argv) {
    for (int i = 1; i < argc; i++) printf("%s%s", i > 1 ? " " : "", argv[i]);
    putchar('\n');
    return 0;
}

static int cat(int argc, char **argv) {
    const char *out = NULL;
    for (int c; (c = getopt(argc, argv, "o:")) != -1;) {
        if (c != 'o') return 2;
        out = optarg;
    }
    FILE *to = out ? fopen(out, "w") : stdout;
    if (!to) fail(out);
    do {
        FILE *from = in(argc, argv);
        for (int c; (c = getc(from)) != EOF;) putc(c, to);
    } while (++optind < argc);
    return fclose(to) != 0;
}

static int wc(int argc, char **argv) {
    int which = getopt(argc, argv, "lwc");
    long newlines = 0, words = 0, bytes = 0;
    int before = ' ';
    FILE *file = in(argc, argv);
    for (int c; (c = getc(file)) != EOF; before = c) {
        bytes++;
        newlines += c == '\n';
        words += !isspace(c) && isspace(before);
    }
    if (which == 'l') printf("%ld\n", newlines);
    else if (which == 'w') printf("%ld\n", words);
    else if (which == 'c') printf("%ld\n", bytes);
    else printf("%ld %ld %ld\n", newlines, words, bytes);
    return 0;
}

static int head(int argc, char **argv) {
    int most = 10;
    for (int c; (c = getopt(argc, argv, "n:")) != -1;) most = atoi(optarg);
    read_lines(in(argc, argv));
    for (int i = 0; i < count && i < most; i++) puts(lines[i]);
    return 0;
}

static int sort(int argc, char **argv) {
    int numbers = 0, reverse = 0;
    for (int c; (c = getopt(argc, argv, "nr")) != -1;) {
        numbers |= c == 'n';
        reverse |= c == 'r';
    }
    read_lines(in(argc, argv));
    qsort(lines, count, sizeof *lines, numbers ? by_number : by_text);
    for (int i = 0; i < count; i++) puts(lines[reverse ? count - 1 - i : i]);
    return 0;
}

static int uniq(int argc, char **argv) {
    int counted = getopt(argc, argv, "c") == 'c';
    read_lines(in(argc, argv));
    for (int i = 0, run = 1; i < count; i++, run++) {
        if (i + 1 < count && strcmp(lines[i], lines[i + 1]) == 0) continue;
        if (counted) printf("%d ", run);
        puts(lines[i]);
        run = 0;
    }
    return 0;
}

static int tr(int argc, char **argv) {
    if (argc != 3 || strlen(argv[1]) != strlen(argv[2])) {
        fprintf(stderr, "usage: tr FROM TO\n");
        return 2;
    }
    for (int c; (c = getchar()) != EOF;) {
        const char *found = c ? strchr(argv[1], c) : NULL;
        putchar(found ? argv[2][found - argv[1]] : c);
    }
    return 0;
}

static int grep(int argc, char **argv) {
    int inverted = 0, found = 0;
    for (int c; (c = getopt(argc, argv, "v")) != -1;) inverted |= c == 'v';
    const char *wanted = argv[optind++];
    read_lines(in(argc, argv));
    for (int i = 0; i < count; i++) {
        if ((strstr(lines[i], wanted) != NULL) == inverted) continue;
        puts(lines[i]);
        found = 1;
    }
    return !found;
}

static int seq(int argc, char **argv) {
    if (argc != 3) return 2;
    for (long i = atol(argv[1]); i <= atol(argv[2]); i++) printf("%ld\n", i);
    return 0;
}

static int cksum(int argc, char **argv) {
    unsigned a = 1, b = 0;
    FILE *file = in(argc, argv);
    for (int c; (c = getc(file)) != EOF; b = (b + a) % 65521) a = (a + c) % 65521;
    printf("%08x\n", b << 16 | a);
    return 0;
}

static const struct {
    const char *name;
    int (*run)(int, char **);
} tools[] = {{"echo", echo}, {"cat", cat},   {"wc", wc},     {"head", head}, {"sort", sort},
             {"uniq", uniq}, {"tr", tr},     {"grep", grep}, {"seq", seq},   {"cksum", cksum}};

int main(int argc, char **argv) {
    for (size_t i = 0; i < sizeof tools / sizeof *tools; i++)
        if (strcmp(tools[i].name, argv[0]) == 0) return tools[i].run(argc, argv);
    fprintf(stderr, "%s: not one of the ten\n", argv[0]);
    return 127;
}
