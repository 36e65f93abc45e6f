#include "tests/attacks/lab.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gp/capfile.h>

#include "base/hex.h"
#include "toolchain/files.h"

#define VICTIM "F0504F53B101"
#define SECRET "5EC2E7D4A7A0B1C36D91F20E8B47C5DA"
#define SERVER_PACKAGE "F0504F53D1" /* one of the CAP files' */
#define SERVER SERVER_PACKAGE "01"
#define CLIENT "F0504F53D2"      /* another: its package's AID */
#define LIBRARY "F0504F53D0"     /* with a static field that all may write */
#define DEFAULT_AID "F0504F53A1" /* where the file's own is none */

enum {
    SECRET_SIZE = 16,
    WINDOW = 4,
    COMMAND_TEXT = 1024,
    INSTRUCTIONS = 2000000
};

/* What the attacker's handlers make of an exception: NAMES. */
static const struct {
    const char *name;
    sw_t sw;
} exceptions[] = {
    {"SecurityException", 0x6601},
    {"ArrayIndexOutOfBoundsException", 0x6602},
    {"NullPointerException", 0x6603},
    {"ClassCastException", 0x6604},
    {"ArrayStoreException", 0x6605},
    {"NegativeArraySizeException", 0x6606},
    {"ArithmeticException", 0x6607},
    {"SystemException", 0x6610},
    {"TransactionException", 0x6620},
};

/* ---- telling ---- */

static void __attribute__((format(printf, 4, 5)))
tell(const struct lab *lab, const struct attack_case *c, unsigned line,
     const char *format, ...)
{
    va_list args;

    fprintf(stderr, "%s:%u: %s %s\n    ", lab->file->path, line, c->number,
            c->title);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\n    card: %04X %s\n", lab->sw, lab->host.reason);
}

/* ---- talking ---- */

/* Whether four bytes of the secret in a row are in the answer. */
static bool has_secret(struct span answer)
{
    uint8_t bytes[SECRET_SIZE];
    struct buf secret = buf_of(bytes, sizeof bytes);

    if (hex_decode(SECRET, 2 * SECRET_SIZE, &secret, NULL) != ERR_OK)
        abort();
    for (size_t i = 0; i + WINDOW <= SECRET_SIZE; i++) {
        if (answer.n >= WINDOW &&
            memmem(answer.p, answer.n, bytes + i, WINDOW) != NULL)
            return true;
    }
    return false;
}

static void heard(struct lab *lab, sw_t sw)
{
    lab->sw = sw;
    if (has_secret(span_of(lab->host.response, lab->host.n)))
        lab->leaked = true;
}

static struct span bytes_of(const char *hex, uint8_t *bytes, size_t n)
{
    struct buf b = buf_of(bytes, n);

    if (hex_decode(hex, strlen(hex), &b, NULL) != ERR_OK) {
        fprintf(stderr, "not hexadecimal: %s\n", hex);
        exit(2);
    }
    return buf_span(&b);
}

void lab_hear(struct lab *lab, const char *hex)
{
    uint8_t bytes[COMMAND_TEXT];

    heard(lab, host_raw(&lab->host, bytes_of(hex, bytes, sizeof bytes)));
}

/* ---- faults ---- */

static enum card_observed before(void *ctx, struct card_instruction *i)
{
    struct lab_fault *f = ctx;

    if (i->package > f->package)
        f->package = i->package;
    if (!f->armed || i->package != f->package || i->opcode != f->opcode ||
        --f->left > 0)
        return CARD_OBSERVE_GO;
    f->armed = false;
    memcpy(i->replacement, f->replacement, sizeof i->replacement);
    return f->skips ? CARD_OBSERVE_SKIP : CARD_OBSERVE_REPLACE;
}

static void arm(struct lab *lab, const char *words, bool skips)
{
    struct lab_fault *f = &lab->fault;
    unsigned opcode = 0;
    char hex[20] = "";
    struct buf b;

    *f = (struct lab_fault){.observer = {f, before}, .skips = skips};
    b = buf_of(f->replacement, sizeof f->replacement);
    if (sscanf(words, "%x %19s", &opcode, hex) < 1)
        abort();
    f->armed = true;
    f->opcode = (uint8_t)opcode;
    f->left = skips && hex[0] != '\0' ? (unsigned)atoi(hex) : 1;
    if (!skips && hex_decode(hex, strlen(hex), &b, NULL) != ERR_OK)
        abort();
    card_observe(lab->host.card, &f->observer);
    lab->sw = SW_OK;
}

static void sweep(struct lab *lab, const char *words)
{
    uint8_t bytes[COMMAND_TEXT];
    char hex[COMMAND_TEXT];
    unsigned count = 0;

    if (sscanf(words, "%1023s %u", hex, &count) != 2)
        abort();
    struct span command = bytes_of(hex, bytes, sizeof bytes);
    for (unsigned i = 0; i < count; i++) {
        set_u2(bytes + 2, (uint16_t)i);
        heard(lab, host_raw(&lab->host, command));
    }
}

static void need_session(struct lab *lab)
{
    if (lab->host.session.state == SCP_OPEN)
        return;
    lab->sw = host_select(&lab->host, "");
    lab->sw = host_open_session(&lab->host, 0x30, 0x00, NULL);
}

static void manage(struct lab *lab, const char *hex)
{
    need_session(lab);
    heard(lab, host_hex(&lab->host, hex));
}

/* ---- content ---- */

static void load(struct lab *lab, const struct attack_load_file *file)
{
    uint8_t *block = malloc(file->bytes.n + 5);
    const char *aid = file->package[0] != '\0' ? file->package : DEFAULT_AID;

    if (block == NULL)
        abort();
    block[0] = 0xC4;
    block[1] = 0x83;
    block[2] = (uint8_t)(file->bytes.n >> 16);
    set_u2(block + 3, (uint16_t)file->bytes.n);
    memcpy(block + 5, file->bytes.p, file->bytes.n);
    need_session(lab);
    heard(lab, host_load_block(&lab->host, aid, "",
                               span_of(block, file->bytes.n + 5)));
    free(block);
}

/* ---- LOAD, block by block ---- */

static void begin(struct lab *lab, const char *aid)
{
    char hex[COMMAND_TEXT];

    (void)sprintf(hex, "80E60200%02X%02X%s0000000000",
                  (unsigned)strlen(aid) / 2 + 5, (unsigned)strlen(aid) / 2,
                  aid);
    manage(lab, hex);
}

static void head(struct lab *lab, size_t size, const char *more)
{
    char hex[64];

    (void)sprintf(hex, "80E8000004C482%04X00",
                  ((unsigned)size + (unsigned)atoi(more)) & 0xFFFFu);
    manage(lab, hex);
}

static void block(struct lab *lab, struct span file, const char *words)
{
    unsigned p1p2 = 0;
    size_t at = 0;
    size_t n = 0;

    if (sscanf(words, "%4x %zu %zu", &p1p2, &at, &n) != 3 || at > file.n)
        abort();
    size_t end = n == 0 ? file.n : at + n;
    for (lab->sw = SW_OK; lab->sw == SW_OK && at < end; at += n) {
        uint8_t c[5 + 200 + 1] = {0x80, 0xE8};
        n = end - at < 200 ? end - at : 200;
        c[2] = at + n < end ? 0 : (uint8_t)(p1p2 >> 8);
        c[3] = (uint8_t)p1p2++;
        c[4] = (uint8_t)n;
        memcpy(c + 5, file.p + at, n);
        need_session(lab);
        heard(lab, host_send(&lab->host, span_of(c, n + 6)));
    }
}

static size_t put_aid(char *out, const char *aid)
{
    return (size_t)sprintf(out, "%02X%s", (unsigned)strlen(aid) / 2, aid);
}

static void install(struct lab *lab, const char *package, const char *applet)
{
    char hex[COMMAND_TEXT] = "80E60C00";
    char data[COMMAND_TEXT / 2];
    size_t n = put_aid(data, package);

    n += put_aid(data + n, applet);
    n += put_aid(data + n, applet);
    (void)sprintf(data + n, "010002C90000");
    (void)sprintf(hex + 8, "%02X%s00", (unsigned)strlen(data) / 2, data);
    manage(lab, hex);
}

static void drop(struct lab *lab, const char *package)
{
    char hex[COMMAND_TEXT];

    (void)sprintf(hex, "80E40080%02X4F%02X%s00",
                  (unsigned)strlen(package) / 2 + 2,
                  (unsigned)strlen(package) / 2, package);
    manage(lab, hex);
}

/* ---- the card ---- */

static void must(const struct lab *lab, const char *what)
{
    if (lab->sw == SW_OK)
        return;
    fprintf(stderr, "%s: %04X %s\n", what, lab->sw, lab->host.reason);
    exit(2);
}

static void add_victim(struct lab *lab, const char *folder)
{
    struct attack_file file = {
        .arena = tc_arena_new(), .folder = folder, .path = "victim"};
    struct tc_input input;
    char error[256];

    if (!tc_file_read(file.arena,
                      tc_format(file.arena, "%s/victim.captext", folder),
                      &input, error, sizeof error))
        abort();
    const struct attack_package p = {
        .name = "victim",
        .text = tc_copy_text(file.arena, (const char *)input.bytes.p,
                             input.bytes.n)};
    const struct attack_load_file made = attack_assemble(&file, &p);
    load(lab, &made);
    must(lab, "the victim's load");
    install(lab, made.package, made.applet);
    must(lab, "the victim's installation");
    tc_arena_free(&file.arena);
}

/* With its Descriptor, which tells the kinds of interface methods. */
static void add_cap(struct lab *lab, const char *path)
{
    static uint8_t bytes[UINT16_MAX];
    struct attack_load_file file = {.applet = ""};
    struct buf out = buf_of(bytes, sizeof bytes);
    struct gp_capfile *cap = NULL;
    struct gp_why why;
    char applet[33];

    if (gp_capfile_open(path, &cap, &why) != 0 ||
        gp_capfile_block(cap, GP_BLOCK_WITH_DESCRIPTOR, &out) != 0) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(2);
    }
    file.bytes = buf_span(&out);
    hex_encode(span_of(cap->package.aid.p, cap->package.aid.n), file.package);
    load(lab, &file);
    must(lab, path);
    for (size_t i = 0; i < cap->applet_count; i++) {
        hex_encode(span_of(cap->applets[i].p, cap->applets[i].n), applet);
        install(lab, file.package, applet);
        must(lab, path);
    }
    gp_capfile_free(&cap);
}

void lab_open(struct lab *lab, const char *folder, char *const *cap_paths,
              unsigned caps)
{
    struct card_profile profile = host_profile(false);

    lab->cap_paths = cap_paths;
    lab->caps = caps;
    if (!host_open(&lab->host, &profile, HOST_MEMORY, "attacks"))
        abort();
    lab->host.port.instructions = INSTRUCTIONS;
    lab->host.card = card_init(lab->host.memory, card_size(), &lab->host.port);
    if (lab->host.card == NULL || host_reset(&lab->host) != CARD_OK)
        abort();
    add_victim(lab, folder);
    for (unsigned i = 0; i < caps; i++)
        add_cap(lab, cap_paths[i]);
    (void)host_reset(&lab->host);
}

void lab_close(struct lab *lab)
{
    free(lab->content);
    lab->content = NULL;
    host_close(&lab->host);
}

/* Takes the lines out that have these words. */
static void take_out(char *text, const char *words)
{
    char *at = NULL;

    while ((at = strstr(text, words)) != NULL) {
        char *end = strchr(at, '\n') + 1;
        while (at > text && at[-1] != '\n')
            at--;
        memmove(at, end, strlen(end) + 1);
    }
}

/*
 * The content, and of the values that change by themselves the memory's.  The
 * Java client is an attacker that stays: what it does to itself is not told.
 */
static char *content(struct lab *lab)
{
    char *same = host_dump(&lab->host, false);
    char *all = host_dump(&lab->host, true);
    const char *memory = lab->caps == 0 ? strstr(all, "memory ") : NULL;

    take_out(same, "=" CLIENT);
    take_out(same, "objects package=" LIBRARY);
    char *both = NULL;

    if (asprintf(&both, "%s%s", same, memory != NULL ? memory : "") < 0)
        abort();
    free(same);
    free(all);
    return both;
}

void lab_mark(struct lab *lab)
{
    free(lab->content);
    lab->content = content(lab);
}

/* ---- outcomes ---- */

static bool is_exception(const struct lab *lab, const char *words)
{
    char name[64];
    unsigned reason = 0;

    if (sscanf(words, "%63s %u", name, &reason) < 1)
        return false;
    for (size_t i = 0; i < sizeof exceptions / sizeof exceptions[0]; i++) {
        if (strcmp(exceptions[i].name, name) == 0)
            return lab->sw == exceptions[i].sw + reason;
    }
    return false;
}

static bool is_answer(const struct lab *lab, const char *hex)
{
    uint8_t bytes[COMMAND_TEXT];
    struct span wanted = bytes_of(hex, bytes, sizeof bytes);

    return lab->sw == SW_OK && lab->host.n >= wanted.n &&
           memcmp(lab->host.response, wanted.p, wanted.n) == 0;
}

/* A status word that may stand first, then words of the reason. */
static bool is_refusal(const struct lab *lab, const char *words, sw_t usual)
{
    unsigned sw = usual;
    int n = 0;

    if (strlen(words) >= 4 && isxdigit((unsigned char)words[0]) &&
        isxdigit((unsigned char)words[1]) &&
        isxdigit((unsigned char)words[2]) &&
        isxdigit((unsigned char)words[3]) && sscanf(words, "%4X %n", &sw, &n))
        words += n;
    return lab->sw == sw && strstr(lab->host.reason, words) != NULL;
}

static bool has_outcome(const struct lab *lab, const char *outcome)
{
    const char *words = NULL;

    if (outcome == NULL)
        return lab->sw == SW_OK;
    words = outcome[1] == ' ' ? outcome + 2 : outcome + 1;
    switch (outcome[0]) {
    case 'R':
    case 'I':
    case 'S':
        return is_refusal(lab, words, SW_WRONG_DATA);
    case 'X':
        return is_exception(lab, words);
    case 'H':
        return lab->sw == SW_UNKNOWN &&
               strstr(lab->host.reason, "the virtual machine halted") != NULL &&
               strstr(lab->host.reason, words) != NULL;
    case 'A':
        return is_answer(lab, words);
    default:
        fprintf(stderr, "no outcome: %s\n", outcome);
        exit(2);
    }
}

/* ---- stories ---- */

static int index_of(const struct attack_case *c, const char *name)
{
    for (unsigned i = 0; i < c->package_count; i++) {
        if (strcmp(c->packages[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}

/* A step about a package of the case. */
static bool content_step(struct lab *lab, struct attack_file *f,
                         const struct attack_case *c, const char *verb,
                         const char *words)
{
    char name[32] = "";
    int n = 0;
    (void)sscanf(words, "%31s %n", name, &n);
    int i = index_of(c, name);

    if (i < 0)
        return false;
    const struct attack_load_file file = attack_assemble(f, &c->packages[i]);
    if (strcmp(verb, "load") == 0) {
        load(lab, &file);
        lab->loaded[i] = lab->loaded[i] || lab->sw == SW_OK;
    } else if (strcmp(verb, "install") == 0) {
        lab->sw = SW_OK;
        if (file.applet[0] != '\0')
            install(lab, file.package, file.applet);
    } else if (strcmp(verb, "delete") == 0) {
        drop(lab, file.package);
        lab->loaded[i] = lab->loaded[i] && lab->sw != SW_OK;
    } else if (strcmp(verb, "begin") == 0) {
        begin(lab, file.package);
    } else if (strcmp(verb, "head") == 0) {
        head(lab, file.bytes.n, words + n);
    } else if (strcmp(verb, "block") == 0) {
        block(lab, file.bytes, words + n);
        lab->loaded[i] = lab->loaded[i] ||
                         (lab->sw == SW_OK && strncmp(words + n, "80", 2) == 0);
    } else if (strcmp(verb, "select") == 0) {
        heard(lab, host_select(&lab->host, file.applet));
    } else {
        return false;
    }
    return true;
}

static bool step(struct lab *lab, struct attack_file *f,
                 const struct attack_case *c, const char *words)
{
    char verb[16];
    int n = 0;

    if (sscanf(words, "%15s %n", verb, &n) != 1)
        return false;
    const char *rest = words + n;
    if (strcmp(verb, "send") == 0)
        lab_hear(lab, rest);
    else if (strcmp(verb, "sweep") == 0)
        sweep(lab, rest);
    else if (strcmp(verb, "manage") == 0)
        manage(lab, rest);
    else if (strcmp(verb, "reset") == 0)
        lab->sw = host_reset(&lab->host) == CARD_OK ? SW_OK : 0;
    else if (strcmp(verb, "skip") == 0 || strcmp(verb, "replace") == 0)
        arm(lab, rest, verb[0] == 's');
    else if (strcmp(verb, "mark") == 0)
        lab_mark(lab);
    else if (content_step(lab, f, c, verb, rest))
        return true;
    else if (strcmp(verb, "select") == 0)
        heard(lab, host_select(&lab->host, rest));
    else
        return false;
    return true;
}

static bool ends(const char *outcome)
{
    return outcome != NULL && (outcome[0] == 'R' || outcome[0] == 'I');
}

unsigned lab_play(struct lab *lab, struct attack_file *f,
                  const struct attack_case *c)
{
    lab->file = f;
    lab_mark(lab);
    memset(lab->loaded, 0, sizeof lab->loaded);
    lab->leaked = false;
    for (unsigned i = 0; i < c->step_count; i++) {
        const struct attack_step *s = &c->steps[i];
        const char *outcome = s->outcomes[lab->on];
        lab->host.reason[0] = '\0';
        lab->host.n = 0;
        if (!step(lab, f, c, s->words)) {
            tell(lab, c, s->line, "no step: %s", s->words);
            return 1;
        }
        if (!has_outcome(lab, outcome)) {
            char answer[2 * COMMAND_TEXT];
            hex_encode(span_of(lab->host.response,
                               lab->host.n < 64 ? lab->host.n : 64),
                       answer);
            tell(lab, c, s->line, "%s: wants %s, answers %s", s->words,
                 outcome != NULL ? outcome : "9000", answer);
            return 1;
        }
        if (ends(outcome))
            break;
    }
    return 0;
}

/* A package that may be there after this step: it is asked to go. */
static void may_load(struct lab *lab, const struct attack_case *c,
                     const struct attack_step *s)
{
    int i = -1;

    if (strncmp(s->words, "load ", 5) == 0)
        i = index_of(c, s->words + 5);
    if (strncmp(s->words, "begin ", 6) == 0)
        i = index_of(c, s->words + 6);
    if (i >= 0 && !ends(s->outcomes[lab->on]))
        lab->loaded[i] = true;
}

void lab_try(struct lab *lab, struct attack_file *f,
             const struct attack_case *c)
{
    lab->file = f;
    memset(lab->loaded, 0, sizeof lab->loaded);
    lab->leaked = false;
    for (unsigned i = 0; i < c->step_count; i++) {
        const struct attack_step *s = &c->steps[i];
        lab->host.reason[0] = '\0';
        if (strcmp(s->words, "mark") == 0)
            continue;
        may_load(lab, c, s);
        (void)step(lab, f, c, s->words);
        if (lab->sw == 0 || ends(s->outcomes[lab->on]))
            break;
    }
}

void lab_save(const struct lab *lab, struct faults *saved)
{
    faults_copy(saved, &lab->host.faults);
}

void lab_restore(struct lab *lab, const struct faults *saved)
{
    faults_copy(&lab->host.faults, saved);
    if (host_reset(&lab->host) != CARD_OK)
        abort();
}

/* ---- afterwards ---- */

void lab_settle(struct lab *lab)
{
    manage(lab, "80F0400006" VICTIM);
    manage(lab, "80E4000003D2013100");
    manage(lab, "80E4000003D2013200");
    if (lab->caps == 0)
        return;
    if (host_select(&lab->host, SERVER) == SW_OK)
        lab_hear(lab, "8004000000");
    else
        install(lab, SERVER_PACKAGE, SERVER);
}

static unsigned check_victim(struct lab *lab, const struct attack_case *c)
{
    unsigned findings = 0;

    lab->sw = host_select(&lab->host, VICTIM);
    for (unsigned ins = 1; lab->sw == SW_OK && ins <= 2; ins++) {
        char hex[64];
        (void)sprintf(hex, "00%02X000010" SECRET "00", ins);
        lab->sw = host_hex(&lab->host, hex);
        if (lab->sw != SW_OK || lab->host.response[0] != 0)
            findings++;
    }
    if (lab->sw == SW_OK && lab->caps > 0) {
        (void)host_select(&lab->host, SERVER);
        lab->sw = host_hex(&lab->host, "8001000000");
        findings += lab->sw != SW_OK || lab->host.response[0] != 0;
    }
    if (lab->sw != SW_OK || findings > 0)
        tell(lab, c, c->line, "the victim is harmed");
    return findings + (lab->sw != SW_OK);
}

static unsigned check_card(struct lab *lab, const struct attack_case *c)
{
    char *findings = NULL;
    unsigned count = host_check(&lab->host, &findings);

    if (count > 0)
        tell(lab, c, c->line, "the card is not consistent:\n%s", findings);
    free(findings);
    return count;
}

/* In reverse: a package may use one that was loaded before it. */
static unsigned clear_away(struct lab *lab, struct attack_file *f,
                           const struct attack_case *c)
{
    unsigned failures = 0;

    for (unsigned i = c->package_count; i > 0; i--) {
        if (!lab->loaded[i - 1])
            continue;
        (void)content_step(lab, f, c, "delete", c->packages[i - 1].name);
        if (lab->sw == SW_OK || lab->sw == SW_DATA_NOT_FOUND)
            continue;
        failures++;
        tell(lab, c, c->line, "cannot be deleted");
    }
    return failures;
}

/* Tells the first line that differs. */
static unsigned compare_content(struct lab *lab, const struct attack_case *c)
{
    char *now = content(lab);
    const char *was = lab->content;
    const char *is = now;
    bool same = strcmp(was, is) == 0;

    while (!same && *is != '\0' && *was != '\0') {
        size_t n = strcspn(is, "\n") + 1;
        if (strncmp(is, was, n) != 0)
            break;
        is += n;
        was += n;
    }
    if (!same)
        tell(lab, c, c->line,
             "the card was\n      %.*s\n    and is\n      %.*s",
             (int)strcspn(was, "\n"), was, (int)strcspn(is, "\n"), is);
    free(now);
    return !same;
}

unsigned lab_compare(struct lab *lab, struct attack_file *f,
                     const struct attack_case *c)
{
    unsigned findings = check_victim(lab, c) + check_card(lab, c);

    if (lab->leaked) {
        tell(lab, c, c->line, "the victim's secret was answered");
        findings++;
    }
    findings += clear_away(lab, f, c);
    if (host_reset(&lab->host) != CARD_OK) {
        tell(lab, c, c->line, "the card does not come up again");
        return findings + 1;
    }
    findings += check_victim(lab, c) + check_card(lab, c);
    (void)host_reset(&lab->host);
    return findings + compare_content(lab, c);
}
