/*
 * Runs a script on cards in this process and writes what they answer, for
 * comparison with the same classes on a JVM.  A line of the script is one of:
 *
 *   card                        a new, empty card
 *   load FILE                   a CAP file
 *   block AID FILE              the package AID, from what LOAD carries
 *   refused AID FILE            the same, and the card takes it not
 *   delete AID                  a package and all that was made of it
 *   install PACKAGE AID CLASS   an applet of it; the class is the JVM's affair
 *   select AID
 *   reset                       power off and on
 *   > COMMAND                   in hexadecimal; its answer makes one line
 *
 * Everything but a command has to work.  Arguments: script, answers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "tests/apdu/host.h"

enum { LINE_MAX_SIZE = 2048, MEDIUM = 1024 * 1024, NAME_MAX_SIZE = 40 };

struct run {
    struct host host;
    bool has_card;
    FILE *out;
    const char *line; /* what is being done, for messages */
    unsigned number;
};

static bool failed(const struct run *r, sw_t sw)
{
    fprintf(stderr, "line %u, %s: %04X %s\n", r->number, r->line, sw,
            r->host.reason);
    return false;
}

static bool succeeds(const struct run *r, sw_t sw)
{
    return sw == SW_OK || failed(r, sw);
}

static bool new_card(struct run *r)
{
    const struct card_profile profile = host_profile(false);

    if (r->has_card)
        host_close(&r->host);
    r->has_card = host_open(&r->host, &profile, MEDIUM, "corpus");
    return r->has_card || failed(r, 0);
}

static bool open_session(struct run *r)
{
    return succeeds(r, host_select(&r->host, "")) &&
           succeeds(r, host_open_session(&r->host, 0x30, 0x01, NULL));
}

static bool load(struct run *r, const char *path)
{
    return open_session(r) && succeeds(r, host_load_cap(&r->host, path, ""));
}

static sw_t load_block(struct run *r, const char *aid, const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = malloc(MEDIUM);
    size_t n = f != NULL && bytes != NULL ? fread(bytes, 1, MEDIUM, f) : 0;

    if (f != NULL)
        fclose(f);
    sw_t sw = n > 0 ? host_load_block(&r->host, aid, "", span_of(bytes, n)) : 0;
    free(bytes);
    return sw;
}

static bool refused(struct run *r, const char *aid, const char *path)
{
    if (!open_session(r))
        return false;
    sw_t sw = load_block(r, aid, path);
    return (sw != 0 && sw != SW_OK) || failed(r, sw);
}

static size_t put_name(uint8_t *out, const char *hex)
{
    struct buf b = buf_of(out + 1, 16);

    (void)!hex_decode(hex, strlen(hex), &b, NULL);
    out[0] = (uint8_t)b.n;
    return b.n + 1;
}

static bool install(struct run *r, const char *package, const char *aid)
{
    uint8_t c[80] = {0x80, 0xE6, 0x0C, 0x00};
    static const uint8_t rest[] = {1, 0, 2, 0xC9, 0, 0, 0};
    size_t n = 5;

    n += put_name(c + n, package);
    n += put_name(c + n, aid);
    n += put_name(c + n, aid);
    memcpy(c + n, rest, sizeof rest);
    n += sizeof rest;
    c[4] = (uint8_t)(n - 6);
    return open_session(r) && succeeds(r, host_send(&r->host, span_of(c, n)));
}

static bool delete_all(struct run *r, const char *aid)
{
    uint8_t c[40] = {0x80, 0xE4, 0x00, 0x80};
    size_t n = put_name(c + 6, aid);

    c[4] = (uint8_t)(n + 1);
    c[5] = 0x4F;
    return open_session(r) &&
           succeeds(r, host_send(&r->host, span_of(c, n + 7)));
}

static bool command(struct run *r, const char *hex)
{
    uint8_t bytes[300];
    struct buf b = buf_of(bytes, sizeof bytes);

    if (hex_decode(hex, strlen(hex), &b, NULL) != ERR_OK)
        return failed(r, 0);
    sw_t sw = host_raw(&r->host, buf_span(&b));
    for (size_t i = 0; i < r->host.n; i++)
        fprintf(r->out, "%02X", r->host.response[i]);
    fprintf(r->out, "%04X%s%s\n", sw, r->host.reason[0] ? " " : "",
            r->host.reason);
    return true;
}

static bool obey(struct run *r)
{
    char verb[NAME_MAX_SIZE] = "";
    char a[LINE_MAX_SIZE] = "";
    char b[LINE_MAX_SIZE] = "";

    sscanf(r->line, "%39s %2047s %2047s", verb, a, b);
    if (strcmp(verb, ">") == 0)
        return command(r, a);
    if (strcmp(verb, "card") == 0)
        return new_card(r);
    if (strcmp(verb, "load") == 0)
        return load(r, a);
    if (strcmp(verb, "block") == 0)
        return open_session(r) && succeeds(r, load_block(r, a, b));
    if (strcmp(verb, "refused") == 0)
        return refused(r, a, b);
    if (strcmp(verb, "delete") == 0)
        return delete_all(r, a);
    if (strcmp(verb, "install") == 0)
        return install(r, a, b);
    if (strcmp(verb, "reset") == 0)
        return host_reset(&r->host) == CARD_OK || failed(r, 0);
    if (strcmp(verb, "select") == 0)
        return succeeds(r, host_select(&r->host, a));
    return failed(r, 0);
}

int main(int argc, char **argv)
{
    struct run r = {.has_card = false};
    char line[LINE_MAX_SIZE];
    bool ok = true;

    if (argc != 3)
        return 2;
    FILE *script = fopen(argv[1], "r");
    r.out = fopen(argv[2], "w");
    if (script == NULL || r.out == NULL) {
        perror(argv[0]);
        return 2;
    }
    while (ok && fgets(line, sizeof line, script) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        r.line = line;
        r.number++;
        ok = obey(&r);
    }
    if (r.has_card)
        host_close(&r.host);
    fclose(script);
    return fclose(r.out) == 0 && ok ? 0 : 1;
}
