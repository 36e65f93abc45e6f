/*
 * Proves what each of the 185 instructions does, in every form of its
 * operands, with every exception it throws by itself: the rows of
 * instructions.cases, whose values come from [JCVM 7.5], run as this build
 * runs code and once more watched, an instruction at a time.  The rows are
 * complete: an instruction, a form (forms.h) or an exception that none of
 * them shows fails the test, and so does one that the decoder never took,
 * where there is room for decoded methods.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/cap/text.h"
#include "tests/unit/vm/forms.h"
#include "toolchain/captext.h"
#include "vm/code.h"

enum { OPS = 256, ALIEN = 9, ALIEN_OWNER = 2, PAD = 128, EXCEPTIONS = 5 };

static const char *folder;

/* What the rows have shown of an opcode. */
static struct shown {
    bool named;
    bool decoded;
    uint32_t forms;
    bool threw[EXCEPTIONS];
} shown[OPS];

struct row {
    unsigned line;
    uint8_t op;
    char *code;
    char kind;    /* '=' a value, '!' an exception, '?' a halt */
    char *result; /* the rest of the line */
};

/* ---- reading ---- */

static uint8_t opcode_called(const char *name, size_t n, unsigned line)
{
    for (unsigned op = 0; op < CAP_OP_COUNT; op++) {
        if (strlen(cap_opcode((uint8_t)op)->name) == n &&
            memcmp(cap_opcode((uint8_t)op)->name, name, n) == 0)
            return (uint8_t)op;
    }
    fail_msg("instructions.cases:%u: no instruction has this name", line);
    return 0;
}

/* Takes a row off the text: "name: code = result"; false at the end. */
static bool next_row(char **text, unsigned *line, struct row *row)
{
    while (**text != '\0') {
        char *start = *text;
        char *end = strchr(start, '\n');
        assert_non_null(end);
        *end = '\0';
        *text = end + 1;
        (*line)++;
        if (*start == '\0' || *start == '#')
            continue;
        char *colon = strchr(start, ':');
        char *mark = strpbrk(start, "=!?");
        if (colon == NULL || mark == NULL)
            fail_msg("instructions.cases:%u: no row", *line);
        row->line = *line;
        row->op = opcode_called(start, (size_t)(colon - start), *line);
        row->code = colon + 1;
        row->kind = *mark;
        row->result = mark + 2;
        *mark = '\0';
        return true;
    }
    return false;
}

/* ---- the package around a row ---- */

static void put_text(struct tc_bytes *out, const char *text)
{
    tc_put(out, text, strlen(text));
}

/* A statement; "nops 9" is nine of them, "fold 3" makes one of three shorts:
 * lowest + 7 * (middle + 7 * top). */
static void put_statement(struct tc_bytes *out, const char *p, size_t n)
{
    unsigned count = 0;

    if (sscanf(p, " nops %u", &count) == 1) {
        while (count-- > 0)
            put_text(out, "nop\n");
    } else if (sscanf(p, " fold %u", &count) == 1) {
        while (count-- > 1)
            put_text(out, "bspush 7\nsmul\nsadd\n");
    } else {
        tc_put(out, p, n);
        put_text(out, "\n");
    }
}

static void put_code(struct tc_bytes *out, const char *code)
{
    unsigned braces = 0;
    const char *start = code;

    for (const char *p = code; *p != '\0'; p++) {
        braces += *p == '{';
        braces -= *p == '}';
        if ((*p == ';' && braces == 0) || p[1] == '\0') {
            put_statement(out, start, (size_t)(p - start) + (*p != ';'));
            start = p + 1;
        }
    }
}

static bool returns_int(const struct row *row)
{
    return strstr(row->code, "ireturn") != NULL;
}

static const char *package_of(struct tc_arena *arena, const char *frame,
                              const struct row *row)
{
    struct tc_bytes out = {.arena = arena};

    for (const char *at = strchr(frame, '@'); at != NULL;
         at = strchr(frame, '@')) {
        tc_put(&out, frame, (size_t)(at - frame));
        if (strncmp(at, "@pad", 4) == 0) {
            put_text(&out, "raw ");
            for (unsigned i = 0; i < PAD; i++)
                put_text(&out, "01800000"); /* Classref 0.0 */
        } else if (strncmp(at, "@return", 7) == 0) {
            put_text(&out, returns_int(row) ? "ireturn" : "sreturn");
        } else {
            put_code(&out, row->code);
        }
        frame = at + strcspn(at, "\n");
    }
    tc_put(&out, frame, strlen(frame) + 1);
    return (const char *)out.p;
}

/* ---- objects of another context ---- */

/* In the order of the static fields that hold them, the first at byte 2. */
static void seed(struct bench *b, uint8_t package, uint16_t node)
{
    static const uint8_t kinds[] = {HEAP_BYTE_ARRAY, HEAP_SHORT_ARRAY,
                                    HEAP_INT_ARRAY,  HEAP_REF_ARRAY,
                                    HEAP_OBJECT,     HEAP_OBJECT};
    const struct vm_class object = vm_api_class("java/lang/Object");
    const struct vm_class runtime = vm_api_class("java/lang/RuntimeException");
    const struct vm_class classes[] = {{0, 0}, {0, 0},          {0, 0},
                                       object, {package, node}, runtime};

    for (unsigned i = 0; i < sizeof kinds; i++) {
        const struct heap_header hd = {.kind = kinds[i],
                                       .context = ALIEN,
                                       .owner = ALIEN_OWNER,
                                       .class_package = classes[i].package,
                                       .class_offset = classes[i].offset,
                                       .length = 5};
        uint8_t raw[2];
        ref_t ref = 0;
        assert_int_equal(heap_new(&b->heap, &hd, &ref), ERR_OK);
        set_u2(raw, ref);
        assert_int_equal(heap_write(&b->heap,
                                    vm_resident(&b->vm, package)->statics,
                                    2 + 2 * i, raw, 2, HEAP_ATOMIC),
                         ERR_OK);
    }
}

/* ---- watching ---- */

struct watch {
    const struct vm_resident *r;
    struct card_instruction last;
    bool any;
    bool ran[OPS];
};

static void note(struct watch *w, int32_t to)
{
    const uint8_t *p = w->r->cap.part[CAP_METHOD].p + w->last.pc;

    if (w->any)
        shown[p[0]].forms |= forms_of(p, to);
    w->any = false;
}

static enum card_observed before(void *ctx, struct card_instruction *i)
{
    struct watch *w = ctx;
    const bool same = i->depth == w->last.depth && i->method == w->last.method;

    note(w, same ? (int32_t)(i->pc - w->last.pc) : FORMS_NOWHERE);
    w->last = *i;
    w->any = true;
    w->ran[i->opcode] = true;
    return CARD_OBSERVE_GO;
}

/* ---- running ---- */

static enum vm_result run(struct bench *b, uint8_t package, uint32_t subject)
{
    return vm_run_static(&b->vm, (struct vm_method){package, subject}, package,
                         1, NULL, 0, NULL);
}

static int32_t value_of(const struct bench *b)
{
    return b->vm.result_cells == 2
               ? (int32_t)((uint32_t)b->vm.result[0] << 16 | b->vm.result[1])
               : (int16_t)b->vm.result[0];
}

/* Whether the row came out as it says; complains if not. */
static bool is_right(const struct bench *b, const struct row *row,
                     enum vm_result result, const char *how)
{
    const unsigned cells = returns_int(row) ? 2 : 1;
    bool right = false;

    if (row->kind == '=')
        right = result == VM_RETURNED && b->vm.result_cells == cells &&
                value_of(b) == strtol(row->result, NULL, 0);
    else if (row->kind == '!')
        right = result == VM_THREW && vm_exception_is(&b->vm, row->result);
    else
        right = result == VM_HALTED &&
                strstr(vm_halt_text(&b->vm), row->result) != NULL;
    if (!right)
        print_error("instructions.cases:%u: %s: %d, value %ld, %02X/%u, %s\n",
                    row->line, how, (int)result, (long)value_of(b),
                    vm_exception(&b->vm).class.package,
                    vm_exception(&b->vm).class.offset, vm_halt_text(&b->vm));
    return right;
}

static void note_exception(const struct row *row)
{
    const char *name = NULL;

    for (unsigned i = 0; (name = forms_exception(row->op, i)) != NULL; i++) {
        if (row->kind == '!' && strcmp(name, row->result) == 0)
            shown[row->op].threw[i] = true;
    }
}

/* The code of `subject` calls what it makes, and then the row's method. */
static uint32_t inside(const struct vm_resident *r, uint32_t subject)
{
    enum { MADE = 2 + 3 + 1 + 3 + 1 };
    struct vm_pool entry;

    assert_true(
        vm_pool(r, get_u2(r->cap.part[CAP_METHOD].p + subject + MADE), &entry));
    return entry.b;
}

static bool play(struct bench *b, const struct row *row, uint8_t package)
{
    struct watch w = {.r = vm_resident(&b->vm, package)};
    const struct card_observer observer = {&w, before};
    const uint32_t subject = 1u + 8u * w.r->cap.part[CAP_METHOD].p[0];
    struct vm_pool node;

    assert_true(vm_pool(w.r, 1, &node));
    seed(b, package, node.class.offset);
    bool right = is_right(b, row, run(b, package, subject), "unwatched");
    const struct vm_method m = {package, inside(w.r, subject)};
    const bool decoded = vm_code_find(&b->vm, m) != 0;
    vm_observe(&b->vm, &observer);
    right = is_right(b, row, run(b, package, subject), "watched") && right;
    vm_observe(&b->vm, NULL);
    note(&w, FORMS_NOWHERE);
    if (!w.ran[row->op])
        print_error("instructions.cases:%u: it never runs\n", row->line);
    shown[row->op].named = true;
    shown[row->op].decoded |= decoded;
    note_exception(row);
    return right && w.ran[row->op];
}

static bool assemble(struct bench *b, struct tc_arena *arena, const char *frame,
                     const struct row *row, uint8_t *package)
{
    const char *text = package_of(arena, frame, row);
    const struct tc_input input = {
        "row", span_of((const uint8_t *)text, strlen(text))};
    struct tc_assembled made;
    enum err e = ERR_FORMAT;

    if (tc_cap_assemble(&input, &made))
        e = bench_link_bytes(b, made.file, package);
    else
        snprintf(b->why, sizeof b->why, "line %u: %s", made.messages[0].line,
                 made.messages[0].text);
    tc_assembled_free(&made);
    if (e != ERR_OK)
        print_error("instructions.cases:%u: not linked: %s\n", row->line,
                    b->why);
    return e == ERR_OK;
}

static bool try_row(struct bench *b, struct tc_arena *arena, const char *frame,
                    const struct row *row)
{
    uint8_t package = 0;
    uint32_t freed = 0;

    if (!assemble(b, arena, frame, row, &package))
        return false;
    const bool right = play(b, row, package);
    assert_int_equal(vm_unlink(&b->vm, package), ERR_OK);
    assert_int_equal(heap_collect(&b->heap, NULL, 0, &freed), ERR_OK);
    return right;
}

static void every_row_is_right(void **state)
{
    struct tc_arena *arena = tc_arena_new();
    const char *frame = text_read(arena, folder, "instructions.captext");
    char *rows = text_read(arena, folder, "instructions.cases");
    struct row row;
    unsigned line = 0;
    unsigned wrong = 0;

    while (next_row(&rows, &line, &row)) {
        struct tc_arena *own = tc_arena_new();
        wrong += !try_row(*state, own, frame, &row);
        tc_arena_free(&own);
    }
    tc_arena_free(&arena);
    assert_int_equal(wrong, 0);
}

/* ---- nothing is missing ---- */

static unsigned missing_forms(uint8_t op)
{
    const uint32_t missing = forms_all(op) & ~shown[op].forms;

    for (unsigned i = 0; i < 32; i++) {
        if ((missing >> i & 1u) != 0)
            print_error("no row for %s: %s\n", cap_opcode(op)->name,
                        forms_name(op, i));
    }
    return missing != 0;
}

static unsigned missing_exceptions(uint8_t op)
{
    unsigned missing = 0;
    const char *name = NULL;

    for (unsigned i = 0; (name = forms_exception(op, i)) != NULL; i++) {
        if (!shown[op].threw[i])
            print_error("no row for %s: %s\n", cap_opcode(op)->name, name);
        missing += !shown[op].threw[i];
    }
    return missing;
}

static void every_instruction_has_been_seen(void **state)
{
    unsigned missing = 0;
    (void)state;

    for (unsigned i = 0; i < CAP_OP_COUNT; i++) {
        const uint8_t op = (uint8_t)i;
        if (!shown[op].named)
            print_error("no row for %s\n", cap_opcode(op)->name);
        missing +=
            !shown[op].named + missing_forms(op) + missing_exceptions(op);
    }
    assert_int_equal(missing, 0);
}

/* Subroutines alone are left to the plain loop. */
static void every_other_has_been_decoded(void **state)
{
    unsigned wrong = 0;
    (void)state;

    for (unsigned i = 0; i < CAP_OP_COUNT; i++) {
        const bool taken = i != O(jsr) && i != O(ret) && !BENCH_IN_PLACE;
        if (shown[i].decoded != taken)
            print_error("%s: %sdecoded\n", cap_opcode((uint8_t)i)->name,
                        taken ? "not " : "");
        wrong += shown[i].decoded != taken;
    }
    assert_int_equal(wrong, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_right),
        cmocka_unit_test(every_instruction_has_been_seen),
        cmocka_unit_test(every_other_has_been_decoded),
    };
    if (argc != 2)
        return 2;
    folder = argv[1];
    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
