#include <gp/content.h>

#include <stdlib.h>
#include <string.h>

#include "base/ct.h"
#include "base/tlv.h"

enum {
    PAGES_MAX = 512,
    HEADER_MAX = 5,
    BLOCKS_MAX = 256,
    REFERENCE_MAX = GP_CHAIN_MAX + 32,
};
enum { EXTENDED_MORE = 4 /* an extended command's longer Lc and Le */ };

static int say(int result, const char *what, struct gp_why *why)
{
    if (result > 0)
        gp_why_set(why, "%s was refused: %04X, %s", what, (unsigned)result,
                   gp_strerr(result));
    else if (result < 0)
        gp_why_set(why, "%s: %s", what, gp_strerr(result));
    return result;
}

static bool step(const struct gp_progress *progress, const char *what,
                 size_t done, size_t all)
{
    return progress == NULL || progress->step == NULL ||
           progress->step(progress->ctx, what, done, all);
}

/* Sends a built command; anything but 9000 is told with its name. */
static int run(struct gp_session *s, int built, const struct buf *command,
               const char *what, struct buf *response, struct gp_why *why)
{
    int result = built;
    if (result == GP_OK)
        result = gp_session_command(s, buf_span(command), response);
    return say(result, what, why);
}

static int install_for_load(struct gp_session *s, const struct gp_capfile *cap,
                            const struct gp_load_options *options,
                            struct gp_why *why)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf command = buf_of(bytes, sizeof bytes);
    const struct gp_aid *domain =
        options->domain.n > 0 ? &options->domain : &s->domain;
    const struct gp_install_for_load in = {
        .file = gp_aid_span(&cap->package.aid),
        .domain = gp_aid_span(domain),
        .hash = options->hash,
        .parameters = options->parameters,
        .token = options->token,
    };
    return run(s, gp_cmd_install_for_load(&command, &in), &command,
               "INSTALL [for load]", NULL, why);
}

/*
 * Bytes of one LOAD: what was asked for, if it fits the session.  A file that
 * 256 short commands do not carry, which are all that LOAD can count, goes in
 * extended ones, as short as they can be.
 */
static size_t load_size(const struct gp_session *s, size_t wanted, size_t n)
{
    size_t most = gp_session_data_max(s);
    if (wanted > 0)
        return wanted < most ? wanted : most;
    size_t needed = (n + HEADER_MAX + BLOCKS_MAX - 1) / BLOCKS_MAX;
    return needed > most ? needed : most;
}

static int load_blocks(struct gp_session *s, struct span block, size_t size,
                       const struct gp_progress *progress, struct gp_why *why)
{
    uint8_t head[HEADER_MAX];
    const size_t room = GP_APDU_SHORT_MAX + EXTENDED_MORE + size;
    uint8_t *bytes = malloc(room);
    struct buf header = buf_of(head, sizeof head);
    int result =
        bytes == NULL ? GP_ERR_MEMORY : gp_load_header(&header, block.n);
    bool last = false;

    for (unsigned number = 0; !last && result == GP_OK; number++) {
        struct buf command = buf_of(bytes, room);
        result = gp_cmd_load_block(&command, buf_span(&header), block, size,
                                   number, &last);
        result = run(s, result, &command, "LOAD", NULL, why);
        size_t done = (number + 1) * size;
        if (result == GP_OK &&
            !step(progress, "LOAD", last ? block.n : done, block.n) && !last)
            result = say(GP_ERR_CANCELLED, "LOAD", why);
    }
    free(bytes);
    return result;
}

/* Before anything is sent. */
static int check_size(size_t n, size_t size, struct gp_why *why)
{
    size_t most = size * BLOCKS_MAX - HEADER_MAX;
    if (n <= most && size <= GP_LOAD_SIZE_MAX)
        return GP_OK;
    gp_why_set(why,
               "the file has %zu bytes to load; 256 LOAD commands of %zu "
               "carry %zu",
               n, size, most);
    return GP_ERR_LIMIT;
}

int gp_content_load(struct gp_session *s, const struct gp_capfile *cap,
                    const struct gp_load_options *options,
                    const struct gp_progress *progress, struct gp_why *why)
{
    size_t n = gp_capfile_block_size(cap, options->block_flags);
    size_t size = load_size(s, options->block_size, n);
    int result = check_size(n, size, why);
    if (result != GP_OK)
        return result;
    uint8_t *bytes = malloc(n);
    if (bytes == NULL)
        return GP_ERR_MEMORY;

    struct buf block = buf_of(bytes, n);
    result = gp_capfile_block(cap, options->block_flags, &block);
    if (result == GP_OK)
        result = install_for_load(s, cap, options, why);
    if (result == GP_OK)
        result = load_blocks(s, buf_span(&block), size, progress, why);
    free(bytes);
    return result;
}

int gp_content_install(struct gp_session *s, const struct gp_install *install,
                       struct gp_why *why)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf command = buf_of(bytes, sizeof bytes);
    return run(s,
               gp_cmd_install(&command, GP_INSTALL_ONLY | GP_INSTALL_SELECTABLE,
                              install),
               &command, "INSTALL [for install]", NULL, why);
}

/* ---- upgrade ---- */

enum { UPGRADE_STEPS_MAX = 8, UPGRADE_ANSWER_MAX = 255 };

int gp_content_manage_upgrade(struct gp_session *s,
                              enum gp_upgrade_action action, struct span file,
                              struct gp_upgrade *state, struct gp_why *why)
{
    static const char what[] = "MANAGE ELF UPGRADE";
    uint8_t bytes[GP_APDU_SHORT_MAX], answer[UPGRADE_ANSWER_MAX];
    struct buf command = buf_of(bytes, sizeof bytes);
    struct buf response = buf_of(answer, sizeof answer);

    int result = run(s, gp_cmd_manage_elf_upgrade(&command, action, file),
                     &command, what, &response, why);
    return result == GP_OK
               ? say(gp_upgrade_parse(buf_span(&response), state), what, why)
               : result;
}

/* One step from where the card stands. */
static int upgrade_step(struct gp_session *s, const struct gp_capfile *cap,
                        const struct gp_load_options *options,
                        const struct gp_progress *progress,
                        struct gp_upgrade *state, struct gp_why *why)
{
    const struct span aid = gp_aid_span(&cap->package.aid);

    if (state->state == GP_UPGRADE_NONE)
        return gp_content_manage_upgrade(s, GP_UPGRADE_START, aid, state, why);
    if (state->state != GP_UPGRADE_AWAITS_FILE)
        return gp_content_manage_upgrade(s, GP_UPGRADE_RESUME, span_of(NULL, 0),
                                         state, why);
    int result = gp_content_load(s, cap, options, progress, why);
    return result == GP_OK
               ? gp_content_manage_upgrade(s, GP_UPGRADE_RESUME,
                                           span_of(NULL, 0), state, why)
               : result;
}

int gp_content_upgrade(struct gp_session *s, const struct gp_capfile *cap,
                       const struct gp_load_options *options,
                       const struct gp_progress *progress,
                       struct gp_upgrade *state, struct gp_why *why)
{
    int result = gp_content_manage_upgrade(s, GP_UPGRADE_STATUS,
                                           span_of(NULL, 0), state, why);
    if (result == GP_OK && state->file.n > 0 &&
        !gp_aid_equal(&state->file, &cap->package.aid)) {
        gp_why_set(why, "another load file is being upgraded");
        return GP_ERR_ARGUMENT;
    }
    for (unsigned i = 0; result == GP_OK && i < UPGRADE_STEPS_MAX; i++) {
        if (i > 0 && (state->state == GP_UPGRADE_NONE ||
                      state->state == GP_UPGRADE_COMPLETED ||
                      state->state == GP_UPGRADE_RESTORE_FAILED))
            return GP_OK;
        result = upgrade_step(s, cap, options, progress, state, why);
    }
    return result;
}

int gp_content_delete(struct gp_session *s, struct span aid, bool related,
                      struct gp_why *why)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf command = buf_of(bytes, sizeof bytes);
    return run(s, gp_cmd_delete(&command, aid, related), &command, "DELETE",
               NULL, why);
}

static int list_pages(struct gp_session *s, enum gp_scope scope,
                      struct buf *response,
                      void (*each)(void *ctx, const struct gp_status *entry),
                      void *ctx)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    for (unsigned page = 0; page < PAGES_MAX; page++) {
        struct buf command = buf_of(bytes, sizeof bytes);
        int result =
            gp_cmd_get_status(&command, scope, span_of(NULL, 0), page > 0);
        if (result == GP_OK)
            result = gp_session_transmit(s, buf_span(&command), response);
        if (result != GP_OK)
            return result;
        sw_t sw = gp_response_sw(response);
        if (sw == SW_DATA_NOT_FOUND)
            return GP_OK; /* nothing of this kind */
        if (sw != SW_OK && sw != SW_MORE_DATA)
            return sw;
        result = gp_status_parse(gp_response_data(response), each, ctx);
        if (result != GP_OK || sw == SW_OK)
            return result;
    }
    return GP_ERR_PROTOCOL;
}

int gp_content_list(struct gp_session *s, enum gp_scope scope,
                    void (*each)(void *ctx, const struct gp_status *entry),
                    void *ctx, struct gp_why *why)
{
    uint8_t *bytes = malloc(GP_RESPONSE_MAX);
    if (bytes == NULL)
        return GP_ERR_MEMORY;
    struct buf response = buf_of(bytes, GP_RESPONSE_MAX);
    int result = list_pages(s, scope, &response, each, ctx);
    free(bytes);
    return say(result, "GET STATUS", why);
}

static int begin_personalization(struct gp_session *s, struct span aid,
                                 struct gp_why *why)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf command = buf_of(bytes, sizeof bytes);
    if (aid.n == 0)
        return GP_OK;
    return run(s, gp_cmd_install_for_personalization(&command, aid), &command,
               "INSTALL [for personalization]", NULL, why);
}

static int store(struct gp_session *s, uint8_t flags, size_t number, bool last,
                 struct span data, struct gp_why *why)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf command = buf_of(bytes, sizeof bytes);
    if (number > 0xFF)
        return say(GP_ERR_LIMIT, "STORE DATA", why);
    int result =
        run(s, gp_cmd_store_data(&command, flags, (uint8_t)number, last, data),
            &command, "STORE DATA", NULL, why);
    wipe(bytes, sizeof bytes);
    return result;
}

int gp_content_personalize(struct gp_session *s, struct span aid, uint8_t flags,
                           struct span data, const struct gp_progress *progress,
                           struct gp_why *why)
{
    size_t most = gp_session_data_max(s);
    size_t all = data.n;
    int result = begin_personalization(s, aid, why);

    for (size_t number = 0; result == GP_OK; number++) {
        size_t n = data.n < most ? data.n : most;
        bool last = n == data.n;
        result = store(s, flags, number, last, span_of(data.p, n), why);
        data = span_of(data.p + n, data.n - n);
        if (result != GP_OK || last)
            break;
        if (!step(progress, "STORE DATA", all - data.n, all))
            result = say(GP_ERR_CANCELLED, "STORE DATA", why);
    }
    return result;
}

int gp_content_store(struct gp_session *s, struct span aid, uint8_t flags,
                     const struct span *items, size_t count,
                     const struct gp_progress *progress, struct gp_why *why)
{
    int result = begin_personalization(s, aid, why);
    for (size_t i = 0; i < count && result == GP_OK; i++) {
        bool last = i + 1 == count;
        result = store(s, flags, i, last, items[i], why);
        if (result == GP_OK && !step(progress, "STORE DATA", i + 1, count) &&
            !last)
            result = say(GP_ERR_CANCELLED, "STORE DATA", why);
    }
    return result;
}

int gp_content_put_keys(struct gp_session *s, const struct gp_put_key *how,
                        const struct secret_scp_keys *keys, struct gp_why *why)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    uint8_t answer[GP_APDU_SHORT_MAX];
    struct buf command = buf_of(bytes, sizeof bytes);
    struct buf response = buf_of(answer, sizeof answer);
    const struct span each[] = {{keys->enc, keys->length},
                                {keys->mac, keys->length},
                                {keys->dek, keys->length}};

    int built = gp_cmd_put_keys(&command, &s->scp, s->crypto, how, keys);
    int result = run(s, built, &command, "PUT KEY", &response, why);
    wipe(bytes, sizeof bytes);
    if (result == GP_OK && gp_put_key_check(gp_response_data(&response),
                                            s->crypto, how, each, 3) != GP_OK) {
        gp_why_set(why, "PUT KEY: the card confirms other check values");
        result = GP_ERR_PROTOCOL;
    }
    return result;
}

int gp_content_put_ec_key(struct gp_session *s, const struct gp_put_key *how,
                          const struct secret_gp_ec_key *key, bool private,
                          struct gp_why *why)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    uint8_t answer[GP_APDU_SHORT_MAX];
    struct buf command = buf_of(bytes, sizeof bytes);
    struct buf response = buf_of(answer, sizeof answer);

    int built =
        gp_cmd_put_ec_key(&command, &s->scp, s->crypto, how, key, private);
    int result = run(s, built, &command, "PUT KEY", &response, why);
    wipe(bytes, sizeof bytes);
    if (result == GP_OK && gp_put_key_check(gp_response_data(&response),
                                            s->crypto, how, NULL, 0) != GP_OK) {
        gp_why_set(why, "PUT KEY: the card confirms another version");
        result = GP_ERR_PROTOCOL;
    }
    return result;
}

int gp_content_store_reference(struct gp_session *s, uint8_t kid, uint8_t kvn,
                               enum gp_reference what, struct span value,
                               struct gp_why *why)
{
    static const uint16_t tags[] = {[GP_REFERENCE_CERTIFICATES] = 0xBF21,
                                    [GP_REFERENCE_IDENTIFIER] = 0x42,
                                    [GP_REFERENCE_SERIALS] = 0x70};
    const uint8_t key[] = {kid, kvn};
    const bool inside = what == GP_REFERENCE_IDENTIFIER;
    uint8_t bytes[REFERENCE_MAX];
    struct buf data = buf_of(bytes, sizeof bytes);
    size_t mark;

    enum err e = tlv_open(&data, 0xA6, &mark);
    if (e == ERR_OK && inside)
        e = tlv_put(&data, tags[what], value);
    if (e == ERR_OK)
        e = tlv_put(&data, 0x83, span_of(key, sizeof key));
    if (e == ERR_OK)
        e = tlv_close(&data, mark);
    if (e == ERR_OK && !inside)
        e = tlv_put(&data, tags[what], value);
    if (e != ERR_OK)
        return say(gp_from_err(e), "STORE DATA", why);
    return gp_content_personalize(s, (struct span){NULL, 0}, GP_STORE_TLV,
                                  buf_span(&data), NULL, why);
}
