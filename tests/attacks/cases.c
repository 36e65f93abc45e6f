#include "tests/attacks/cases.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "cap/cap.h"
#include "tests/unit/cap/loadfile.h"
#include "toolchain/captext.h"
#include "toolchain/files.h"

static void __attribute__((format(printf, 2, 3), noreturn))
stop(const struct attack_file *f, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fprintf(stderr, "%s:%u: ", f->path, f->line);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(2);
}

/* ---- files ---- */

static char *read_text(struct tc_arena *arena, const char *path)
{
    struct tc_input input;
    char error[256];

    if (!tc_file_read(arena, path, &input, error, sizeof error)) {
        fprintf(stderr, "%s\n", error);
        exit(2);
    }
    return tc_copy_text(arena, (const char *)input.bytes.p, input.bytes.n);
}

void attack_open(struct attack_file *f, const char *folder, const char *name)
{
    struct tc_arena *arena = tc_arena_new();
    char *path = NULL;

    *f = (struct attack_file){.arena = tc_arena_new(), .folder = folder};
    if (asprintf(&path, "%s/%s.cases", folder, name) < 0)
        abort();
    f->path = path;
    f->rest = f->text = strdup(read_text(arena, path));
    tc_arena_free(&arena);
}

void attack_open_text(struct attack_file *f, const char *folder,
                      const char *name, const char *text)
{
    *f = (struct attack_file){
        .arena = tc_arena_new(), .folder = folder, .path = strdup(name)};
    f->rest = f->text = strdup(text);
}

void attack_close(struct attack_file *f)
{
    tc_arena_free(&f->arena);
    free((char *)(uintptr_t)f->path);
    free(f->text);
}

/* ---- lines ---- */

/* A line in which "$" stands for the value of this round. */
static char *with_value(struct attack_file *f, char *line)
{
    char *at = f->rounds ? strchr(line, '$') : NULL;

    return at == NULL ? line
                      : tc_format(f->arena, "%.*s%02X%s", (int)(at - line),
                                  line, f->value, at + 1);
}

/* The next line without its end; NULL at the end of the file. */
static char *take_line(struct attack_file *f)
{
    const char *start = f->rest;
    size_t n = strcspn(start, "\n");

    f->last = start;
    if (*start == '\0')
        return NULL;
    f->rest = start[n] == '\0' ? start + n : start + n + 1;
    f->line++;
    return with_value(f, tc_copy_text(f->arena, start, n));
}

static void give_back(struct attack_file *f)
{
    f->rest = f->last;
    f->line--;
}

static bool is_word(const char *line, const char *word)
{
    size_t n = strlen(word);

    return strncmp(line, word, n) == 0 && (line[n] == ' ' || line[n] == '\0');
}

static const char *behind(const char *line, const char *word)
{
    line += strlen(word);
    while (*line == ' ')
        line++;
    return line;
}

/* ---- editing ---- */

static char *replaced(struct attack_file *f, const char *text,
                      const char *anchor, const char *old, const char *with)
{
    const char *from = strstr(text, anchor);
    const char *at = from == NULL ? NULL : strstr(from, old);

    if (at == NULL)
        stop(f, "no \"%s\" behind \"%s\"", old, anchor);
    return tc_format(f->arena, "%.*s%s%s", (int)(at - text), text, with,
                     at + strlen(old));
}

static struct attack_package *package_of(struct attack_file *f,
                                         struct attack_case *c,
                                         const char *name, const char *file)
{
    struct attack_package *p = &c->packages[c->package_count++];

    if (c->package_count > ATTACK_PACKAGES)
        stop(f, "too many packages");
    p->name = tc_copy_text(f->arena, name, strlen(name));
    p->text = read_text(f->arena,
                        tc_format(f->arena, "%s/%s.captext", f->folder, file));
    return p;
}

static struct attack_package *last_package(struct attack_file *f,
                                           struct attack_case *c)
{
    if (c->package_count == 0)
        return package_of(f, c, "attacker", "attacker");
    return &c->packages[c->package_count - 1];
}

/* "times N HEX": N times these bytes, which no file of cases has room for. */
static const char *with_times(struct attack_file *f, const char *line)
{
    struct tc_bytes all = {.arena = f->arena};
    unsigned count = 0;
    char hex[64];

    if (sscanf(line, " times %u %63s", &count, hex) != 2)
        return line;
    tc_put(&all, "raw ", 4);
    for (unsigned i = 0; i < count; i++)
        tc_put(&all, hex, strlen(hex));
    tc_put1(&all, 0);
    return (const char *)all.p;
}

/* Indented lines, put in front of the section's mark. */
static void take_section(struct attack_file *f, struct attack_case *c,
                         const char *name)
{
    struct attack_package *p = last_package(f, c);
    const char *mark = tc_format(f->arena, "//+%s\n", name);
    const char *lines = "";
    char *l = NULL;

    while ((l = take_line(f)) != NULL && (l[0] == ' ' || l[0] == '\0'))
        lines = tc_format(f->arena, "%s%s\n", lines, with_times(f, l));
    if (l != NULL)
        give_back(f);
    p->text = replaced(f, p->text, "", mark,
                       tc_format(f->arena, "\n%s%s", lines, mark));
}

/* What "<" lines say, replaced by what the ">" lines behind them say. */
static void take_edit(struct attack_file *f, struct attack_case *c,
                      const char *anchor, const char *first)
{
    struct attack_package *p = last_package(f, c);
    const char *old = behind(first, "<");
    const char *with = NULL;
    char *l = NULL;

    while ((l = take_line(f)) != NULL && (l[0] == '<' || l[0] == '>')) {
        const char *rest = l[1] == ' ' ? l + 2 : l + 1;
        if (l[0] == '<' && with != NULL)
            break;
        if (l[0] == '<')
            old = tc_format(f->arena, "%s\n%s", old, rest);
        else
            with =
                with == NULL ? rest : tc_format(f->arena, "%s\n%s", with, rest);
    }
    if (with == NULL)
        stop(f, "nothing to put in place");
    p->text = replaced(f, p->text, anchor, old, with);
    if (l != NULL)
        give_back(f);
}

static void take_patch(struct attack_file *f, struct attack_case *c,
                       const char *line)
{
    struct attack_package *p = last_package(f, c);
    struct attack_patch *patch = &p->patches[p->patch_count++];
    char component[32];
    char hex[128];

    if (p->patch_count > ATTACK_PATCHES ||
        sscanf(line, "! %31s %u %127s", component, &patch->at, hex) != 3)
        stop(f, "no patch: %s", line);
    patch->component = tc_copy_text(f->arena, component, strlen(component));
    patch->hex = tc_copy_text(f->arena, hex, strlen(hex));
}

/* ---- cases ---- */

static bool take_outcome(struct attack_case *c, bool story, const char *line)
{
    const char **to = story && c->step_count > 0
                          ? c->steps[c->step_count - 1].outcomes
                          : c->outcomes;

    if (is_word(line, "on"))
        to[1] = behind(line, "on");
    else if (is_word(line, "off"))
        to[0] = behind(line, "off");
    else if (is_word(line, "both"))
        to[0] = to[1] = behind(line, "both");
    else
        return false;
    return true;
}

static void take_step(struct attack_file *f, struct attack_case *c,
                      const char *line)
{
    line = behind(line, "");
    if (*line == '\0' || take_outcome(c, true, line))
        return;
    if (c->step_count == ATTACK_STEPS)
        stop(f, "too many steps");
    c->steps[c->step_count++] =
        (struct attack_step){.line = f->line, .words = line};
}

static void add_step(struct attack_file *f, struct attack_case *c,
                     const char *verb, const char *name)
{
    c->steps[c->step_count++] = (struct attack_step){
        .line = c->line, .words = tc_format(f->arena, "%s %s", verb, name)};
}

/* Where the outcomes of a case belong that has no story. */
static void make_story(struct attack_file *f, struct attack_case *c)
{
    for (unsigned i = 0; i < c->package_count; i++) {
        add_step(f, c, "load", c->packages[i].name);
        add_step(f, c, "install", c->packages[i].name);
    }
    add_step(f, c, "select", c->packages[c->package_count - 1].name);
    add_step(f, c, "send", "0001000000");
    for (unsigned b = 0; b < 2; b++) {
        const char *o = c->outcomes[b];
        if (o == NULL)
            stop(f, "a case without an outcome");
        unsigned back = *o == 'R' ? 4 : *o == 'I' ? 3 : 1;
        c->steps[c->step_count - back].outcomes[b] = o;
    }
}

static void take_name(struct attack_file *f, struct attack_case *c,
                      const char *line)
{
    char number[16];
    int n = 0;

    if (sscanf(line, "= %15s %n", number, &n) != 1)
        stop(f, "a case without a number: %s", line);
    *c = (struct attack_case){
        .line = f->line,
        .number = tc_copy_text(f->arena, number, strlen(number)),
        .title = line + n};
}

/* The case is there for each of these values, one after the other. */
static void take_rounds(struct attack_file *f, const char *line)
{
    unsigned from = 0;

    f->step = 1;
    if (sscanf(line, "each %x %x %x", &from, &f->to, &f->step) < 2)
        stop(f, "no range: %s", line);
    if (!f->rounds)
        f->value = from;
    f->rounds = true;
}

/* After a case: back to its beginning, or on. */
static void next_round(struct attack_file *f, const char *start, unsigned line)
{
    if (!f->rounds)
        return;
    f->value += f->step;
    f->rounds = f->value <= f->to;
    if (!f->rounds)
        return;
    f->rest = start;
    f->line = line;
}

static void take_package(struct attack_file *f, struct attack_case *c,
                         const char *line)
{
    char name[32];
    char file[32];

    if (sscanf(line, "package %31s %31s", name, file) != 2)
        stop(f, "no package: %s", line);
    (void)package_of(f, c, name, file);
}

static bool is_section(const char *line)
{
    static const char *const names[] = {"import", "pool", "class",
                                        "method", "code", "file"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(line, names[i]) == 0)
            return true;
    }
    return false;
}

bool attack_next(struct attack_file *f, struct attack_case *c)
{
    const char *anchor = "";
    bool started = false;
    bool story = false;
    const char *start = f->rest;
    unsigned line = f->line;
    char *l = NULL;

    tc_arena_reset(f->arena);
    while ((l = take_line(f)) != NULL) {
        if (l[0] == '#' || (l[0] == '\0' && !story))
            continue;
        if (l[0] == '=' && started) {
            give_back(f);
            break;
        }
        if (l[0] == '=') {
            take_name(f, c, l);
            started = true;
        } else if (story || strcmp(l, "story") == 0) {
            if (story)
                take_step(f, c, l);
            story = true;
        } else if (is_section(l)) {
            take_section(f, c, l);
        } else if (is_word(l, "package")) {
            take_package(f, c, l);
        } else if (l[0] == '@') {
            anchor = behind(l, "@");
        } else if (is_word(l, "each")) {
            take_rounds(f, l);
        } else if (l[0] == '<') {
            take_edit(f, c, anchor, l);
        } else if (l[0] == '!') {
            take_patch(f, c, l);
        } else if (!take_outcome(c, false, l)) {
            stop(f, "not understood: %s", l);
        }
    }
    if (started)
        (void)last_package(f, c);
    if (started && !story)
        make_story(f, c);
    next_round(f, start, line);
    return started;
}

/* ---- assembling ---- */

static void patch(struct attack_file *f, struct span file,
                  const struct attack_patch *p)
{
    uint8_t *info = loadfile_find(file, p->component);
    struct buf b = {NULL, 0, 64};

    if (info == NULL)
        stop(f, "no %s to be patched", p->component);
    b.p = info + p->at;
    if (hex_decode(p->hex, strlen(p->hex), &b, NULL) != ERR_OK)
        stop(f, "no bytes: %s", p->hex);
}

static void name_of(struct span file, const char *component, unsigned at,
                    char hex[33])
{
    const uint8_t *info = loadfile_find(file, component);

    hex[0] = '\0';
    if (info != NULL && info[at] <= 16)
        hex_encode(span_of(info + at + 1, info[at]), hex);
}

static const char *line_of(struct attack_file *f, const char *text, unsigned n)
{
    while (n > 1 && (text = strchr(text, '\n')) != NULL && n-- > 1)
        text++;
    return text == NULL ? ""
                        : tc_copy_text(f->arena, text, strcspn(text, "\n"));
}

struct attack_load_file attack_assemble(struct attack_file *f,
                                        const struct attack_package *p)
{
    const struct tc_input input = {
        p->name, span_of((const uint8_t *)p->text, strlen(p->text))};
    struct tc_bytes all = {.arena = f->arena};
    struct attack_load_file file;
    struct tc_assembled made;

    if (!tc_cap_assemble(&input, &made))
        stop(f, "%s, line %u: %s: %s", p->name, made.messages[0].line,
             made.messages[0].text, line_of(f, p->text, made.messages[0].line));
    for (size_t i = 0; i < made.part_count; i++) {
        if (made.parts[i].tag != 0)
            tc_put(&all, made.parts[i].bytes.p, made.parts[i].bytes.n);
    }
    tc_assembled_free(&made);
    file.bytes = tc_bytes_span(&all);
    for (unsigned i = 0; i < p->patch_count; i++)
        patch(f, file.bytes, &p->patches[i]);
    name_of(file.bytes, "Header", 9, file.package);
    name_of(file.bytes, "Applet", 1, file.applet);
    return file;
}
