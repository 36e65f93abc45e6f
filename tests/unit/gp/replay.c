#include "replay.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"

static enum err cipher(void *ctx, enum crypto_cipher c, enum crypto_mode mode,
                       enum crypto_direction direction, struct span key,
                       uint8_t *iv, const uint8_t *in, uint8_t *out, size_t n)
{
    struct replay *r = ctx;
    return r->inner.cipher(r->inner.ctx, c, mode, direction, key, iv, in, out,
                           n);
}

static enum err digest(void *ctx, enum crypto_digest d,
                       const struct span *parts, size_t count, uint8_t *out)
{
    struct replay *r = ctx;
    return r->inner.digest(r->inner.ctx, d, parts, count, out);
}

static enum err random_bytes(void *ctx, uint8_t *out, size_t n)
{
    struct replay *r = ctx;
    memcpy(out, r->challenge, n < 8 ? n : 8);
    return ERR_OK;
}

/* Tools differ in whether EXTERNAL AUTHENTICATE and SELECT end with Le. */
static bool same_command(struct span got, struct span recorded)
{
    if (got.n == recorded.n + 1 && got.p[got.n - 1] == 0)
        got.n--;
    if (recorded.n == got.n + 1 && recorded.p[recorded.n - 1] == 0)
        recorded.n--;
    return span_equal(got, recorded);
}

static int transmit(struct gp_transport *t, struct span command,
                    struct buf *response)
{
    struct replay *r = (struct replay *)(void *)t;
    for (size_t i = r->next; i < r->count && i <= r->next + r->skip; i++) {
        struct span recorded =
            span_of(r->steps[i].command, r->steps[i].command_length);
        if (!same_command(command, recorded))
            continue;
        r->next = i + 1;
        return gp_from_err(buf_put(response, r->steps[i].response,
                                   r->steps[i].response_length));
    }
    r->wrong++;
    return GP_ERR_IO;
}

static int reset(struct gp_transport *t)
{
    (void)t;
    return GP_OK;
}

static int atr(struct gp_transport *t, struct buf *out)
{
    (void)t;
    return gp_from_err(buf_put_u1(out, 0x3B));
}

static void close_replay(struct gp_transport *t)
{
    (void)t;
}

static const struct gp_transport_ops ops = {transmit, reset, atr, close_replay};

static size_t read_hex(const char *line, uint8_t *out)
{
    struct buf b = buf_of(out, REPLAY_BYTES);
    size_t n = strcspn(line, "\r\n");
    return hex_decode(line, n, &b, NULL) == ERR_OK ? b.n : 0;
}

static void read_line(struct replay *r, const char *line)
{
    if (line[0] == '>' && r->count < REPLAY_STEPS) {
        uint8_t *p = r->steps[r->count].command;
        r->steps[r->count++].command_length = read_hex(line + 1, p);
        if (p[1] == 0x50)
            memcpy(r->challenge, p + 5, sizeof r->challenge);
    } else if (line[0] == '<' && r->count > 0) {
        r->steps[r->count - 1].response_length =
            read_hex(line + 1, r->steps[r->count - 1].response);
    }
}

bool replay_open(struct replay *r, const struct crypto_port *crypto,
                 const char *folder, const char *name)
{
    char path[512];
    char line[4 * REPLAY_BYTES];
    snprintf(path, sizeof path, "%s/traces/%s.txt", folder, name);
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return false;

    memset(r, 0, sizeof *r);
    r->base.ops = &ops;
    r->inner = *crypto;
    r->crypto = (struct crypto_port){
        .ctx = r, .cipher = cipher, .digest = digest, .random = random_bytes};
    while (fgets(line, sizeof line, f) != NULL)
        read_line(r, line);
    fclose(f);
    return r->count > 0;
}
