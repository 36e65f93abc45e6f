/* Keys that come, are replaced and go: PUT KEY, STORE DATA, DELETE. */
#include <string.h>

#include "domains/keys.h"
#include "tests/commands/maker.h"

enum { SECRET_MAX = 256, CHECKED = 3 };

static const uint8_t versions[] = {0x31, 0x32, 0x30, 0x20, 0x73, 0x75,
                                   0x70, 0x71, 0x01, 0x7F, 0x41};
/* Of keys by themselves: sets of three begin with 01. */
static const uint8_t ids[] = {1, 2, 3, 4, 5, 0x10, 0x11, 0x13, 0x15};

static uint8_t some_version(struct maker *m)
{
    return seldom(&m->genes, 32) ? gene(&m->genes)
                                 : versions[pick(&m->genes, sizeof versions)];
}

/* Enciphered for the session; without one it is no secret that is sent. */
static void put_secret(struct maker *m, const uint8_t *value, size_t n)
{
    uint8_t bytes[SECRET_MAX] = {0};
    uint8_t cipher[SECRET_MAX] = {0};
    const bool aes = m->g->w->sessions[m->channel].protocol == SCP_03;
    const size_t unit = aes ? 16 : 8;
    const size_t whole = (n + unit - 1) / unit * unit;

    memcpy(bytes, value, n);
    (void)world_encipher(m->g->w, m->channel, bytes, cipher, whole);
    const bool tells = whole != n || seldom(&m->genes, 4);
    maker_length(m, whole + (tells ? 1 : 0));
    if (tells)
        maker_byte(m, (uint8_t)n);
    maker_put(m, cipher, whole);
}

/* ---- components ---- */

static void put_type(struct maker *m, uint8_t type, bool extended)
{
    if (extended)
        maker_byte(m, KEY_TYPE_EXTENDED);
    maker_byte(m, seldom(&m->genes, 64) ? gene(&m->genes) : type);
}

static void put_symmetric(struct maker *m, uint8_t type, unsigned key, size_t n,
                          bool extended)
{
    static const uint8_t wrong[CHECKED] = {1, 2, 3};
    const bool checked = type == KEY_TYPE_AES || type == KEY_TYPE_DES;

    put_type(m, type, extended);
    put_secret(m, world_key(key), n);
    if (checked && !seldom(&m->genes, 32))
        maker_field(m, world_kcv(m->g->w, key, type, n), CHECKED);
    else
        maker_field(m, wrong, checked ? CHECKED : 0);
}

static const uint8_t generator[65] = {
    0x04, 0x6B, 0x17, 0xD1, 0xF2, 0xE1, 0x2C, 0x42, 0x47, 0xF8, 0xBC,
    0xE6, 0xE5, 0x63, 0xA4, 0x40, 0xF2, 0x77, 0x03, 0x7D, 0x81, 0x2D,
    0xEB, 0x33, 0xA0, 0xF4, 0xA1, 0x39, 0x45, 0xD8, 0x98, 0xC2, 0x96,
    0x4F, 0xE3, 0x42, 0xE2, 0xFE, 0x1A, 0x7F, 0x9B, 0x8E, 0xE7, 0xEB,
    0x4A, 0x7C, 0x0F, 0x9E, 0x16, 0x2B, 0xCE, 0x33, 0x57, 0x6B, 0x31,
    0x5E, 0xCE, 0xCB, 0xB6, 0x40, 0x68, 0x37, 0xBF, 0x51, 0xF5};

/* On P-256: its reference. */
static void put_curve(struct maker *m, bool extended)
{
    static const uint8_t reference = 0;

    put_type(m, KEY_TYPE_EC_REFERENCE, extended);
    maker_field(m, &reference, 1);
    maker_byte(m, 0);
}

static void put_point(struct maker *m, bool extended)
{
    put_type(m, KEY_TYPE_EC_PUBLIC, extended);
    maker_field(m, generator, sizeof generator);
    put_curve(m, extended);
}

static void put_scalar(struct maker *m, unsigned key, bool extended)
{
    put_type(m, KEY_TYPE_EC_PRIVATE, extended);
    put_secret(m, world_key(key), 32);
    put_curve(m, extended);
}

/* An odd number of 128 bytes; what it is of nobody asks. */
static void put_modulus(struct maker *m, bool extended)
{
    uint8_t n[128];

    memset(n, 0xC5, sizeof n);
    put_type(m, KEY_TYPE_RSA_N, extended);
    maker_field(m, n, sizeof n);
}

static void put_rsa(struct maker *m, unsigned key, bool extended)
{
    static const uint8_t exponent[] = {1, 0, 1};

    put_modulus(m, extended);
    if (seldom(&m->genes, 2)) {
        put_type(m, KEY_TYPE_RSA_D, extended);
        put_secret(m, world_key(key), 32);
    } else {
        put_type(m, KEY_TYPE_RSA_E, extended);
        maker_field(m, exponent, sizeof exponent);
    }
    maker_byte(m, 0);
}

static void put_tail(struct maker *m)
{
    static const uint8_t usages[] = {0x18, 0x14, 0x48, 0x81, 0x44, 0x84, 0x00};
    const uint8_t usage = usages[pick(&m->genes, sizeof usages)];
    const uint8_t access = (uint8_t)pick(&m->genes, 4);

    maker_field(m, &usage, usage == 0 ? 0 : 1);
    maker_field(m, &access, access == 3 ? 0 : 1);
}

/* ---- PUT KEY ---- */

/* Keys of a secure channel, or one more of its kind. */
static void put_set(struct maker *m, unsigned count, bool extended)
{
    static const uint8_t lengths[] = {16, 16, 24, 32};
    const bool des = seldom(&m->genes, 3);
    const size_t n = des ? 16 : lengths[pick(&m->genes, 4)];
    const unsigned key = pick(&m->genes, WORLD_KEYS);

    for (unsigned i = 0; i < count; i++) {
        put_symmetric(m, des ? KEY_TYPE_DES : KEY_TYPE_AES, key, n, extended);
        if (extended)
            put_tail(m);
    }
}

static void put_one(struct maker *m, bool extended)
{
    const unsigned key = pick(&m->genes, WORLD_KEYS);

    switch (pick(&m->genes, 6)) {
    case 0:
        put_symmetric(m, KEY_TYPE_HMAC, key, 20 + pick(&m->genes, 12),
                      extended);
        break;
    case 1:
        put_symmetric(m, KEY_TYPE_PSK, key, 1 + pick(&m->genes, 31), extended);
        break;
    case 2:
        put_point(m, extended);
        break;
    case 3:
        put_scalar(m, key, extended);
        break;
    case 4:
        put_rsa(m, key, extended);
        break;
    default:
        put_symmetric(m, KEY_TYPE_AES, key, 16, extended);
        break;
    }
    if (extended)
        put_tail(m);
}

void step_put_key(struct maker *m)
{
    const bool replaces = seldom(&m->genes, 3);
    const bool set = pick(&m->genes, 2) == 0;
    const bool extended = seldom(&m->genes, 3);

    maker_start(m, 0x80, 0xD8, replaces ? some_version(m) & 0x7F : 0,
                set ? 0x81 : ids[pick(&m->genes, sizeof ids)]);
    maker_byte(m, some_version(m));
    if (set)
        put_set(m, seldom(&m->genes, 8) ? 1 + pick(&m->genes, 4) : 3, extended);
    else
        put_one(m, extended);
    (void)maker_send(m);
}

/* ---- DELETE ---- */

void step_delete_keys(struct maker *m)
{
    const uint8_t id = ids[pick(&m->genes, sizeof ids)];
    const uint8_t version = some_version(m);
    const unsigned which = pick(&m->genes, 3);

    maker_start(m, 0x80, 0xE4, 0x00, 0x00);
    if (which != 0)
        maker_tlv(m, 0xD0, &id, 1);
    if (which != 1)
        maker_tlv(m, 0xD2, &version, 1);
    (void)maker_send(m);
}

/* ---- keys in data groups ---- */

static void put_group(struct maker *m, uint16_t dgi, const uint8_t *p, size_t n)
{
    maker_byte(m, (uint8_t)(dgi >> 8));
    maker_byte(m, (uint8_t)dgi);
    maker_byte(m, (uint8_t)(seldom(&m->genes, 64) ? gene(&m->genes) : n));
    maker_put(m, p, n);
}

/* One control reference template. */
static void put_template(struct maker *m, uint8_t type, uint8_t length,
                         uint8_t id, uint8_t version, const uint8_t *kcv)
{
    static const uint8_t usages[] = {0x18, 0x14, 0x48, 0x84};
    const size_t mark = maker_open(m, 0xB9);

    maker_tlv(m, 0x95, &usages[(id - 1) % 3], 1);
    if (seldom(&m->genes, 2))
        maker_tlv(m, 0x96, (const uint8_t *)"\0", 1);
    maker_tlv(m, 0x80, &type, 1);
    maker_tlv(m, 0x81, &length, 1);
    maker_tlv(m, 0x82, &id, 1);
    maker_tlv(m, 0x83, &version, 1);
    if (kcv != NULL)
        maker_tlv(m, 0x84, kcv, CHECKED);
    maker_close(m, mark);
}

/* What describes the keys, as group 00B9; enciphered where all is. */
static void put_description(struct maker *m, unsigned count, unsigned key,
                            uint8_t version, bool all)
{
    uint8_t plain[SECRET_MAX] = {0}, cipher[SECRET_MAX] = {0};
    const size_t at = m->data.n;

    for (uint8_t i = 1; i <= count; i++)
        put_template(m, KEY_TYPE_AES, 16, i, version,
                     world_kcv(m->g->w, key, KEY_TYPE_AES, 16));
    size_t n = m->data.n - at;
    if (n > SECRET_MAX)
        n = SECRET_MAX;
    memcpy(plain, m->data.p + at, n);
    m->data.n = at;
    if (!all) {
        put_group(m, 0x00B9, plain, n);
        return;
    }
    if (n % 16 != 0)
        plain[n] = 0x80;
    n = (n + 15) / 16 * 16;
    (void)world_encipher(m->g->w, m->channel, plain, cipher, n);
    put_group(m, 0x00B9, cipher, n);
}

/* The bytes from `*at` on as STORE DATA; seldom cut in two. */
static void send_groups(struct maker *m, uint8_t p1)
{
    static uint8_t all[MAKER_DATA_MAX];
    const size_t n = m->data.n;
    const size_t cut =
        n > 1 && seldom(&m->genes, 4) ? 1 + gene(&m->genes) % (n - 1) : n;

    memcpy(all, m->data.p, n);
    maker_start(m, 0x80, 0xE2, cut < n ? p1 & 0x7F : p1, 0);
    maker_put(m, all, cut);
    if (maker_send(m) != SW_OK || cut == n)
        return;
    maker_start(m, 0x80, 0xE2, p1, 1);
    maker_put(m, all + cut, n - cut);
    (void)maker_send(m);
}

void step_store_keys(struct maker *m)
{
    const unsigned count = seldom(&m->genes, 4) ? 1 + pick(&m->genes, 4) : 3;
    const unsigned key = pick(&m->genes, WORLD_KEYS);
    const uint8_t version = some_version(m);
    const bool all = seldom(&m->genes, 3);
    uint8_t cipher[16] = {0};

    maker_start(m, 0x80, 0xE2, 0, 0);
    put_description(m, count, key, version, all);
    (void)world_encipher(m->g->w, m->channel, world_key(key), cipher, 16);
    for (unsigned i = 0; i < count; i++)
        put_group(m, 0x8113, cipher, 16);
    send_groups(m, all ? 0xE8 : 0x88);
}

/* ---- keys that an authority's domain is for ---- */

static void select_issuer(struct maker *m)
{
    maker_start(m, 0x00, 0xA4, 0x04, 0);
    (void)maker_send(m);
    (void)world_authenticate(m->g->w, m->channel, 0, 0x01, false);
}

/* A domain for the Authority service. */
static void make_authority(struct maker *m, struct span aid)
{
    static const uint8_t privileges[] = {0x80, 0x81, 0x00};
    static const uint8_t parameters[] = {0xEF, 0x04, 0xCB, 0x02, 0x83, 0x00,
                                         0xC9, 0x04, 0x81, 0x02, 0x03, 0x70};
    static const uint8_t package[] = {0xA0, 0, 0, 1, 0x51, 0x53, 0x50};
    static const uint8_t module[] = {0xA0, 0, 0, 1, 0x51, 0x53, 0x50, 0x41};

    maker_start(m, 0x80, 0xE6, 0x0C, 0);
    maker_field(m, package, sizeof package);
    maker_field(m, module, sizeof module);
    maker_field(m, aid.p, aid.n);
    maker_field(m, privileges, sizeof privileges);
    maker_field(m, parameters, sizeof parameters);
    maker_byte(m, 0);
    (void)maker_send(m);
}

/* Its first keys, and then the one that it is for. */
static void personalize_authority(struct maker *m, struct span aid)
{
    maker_start(m, 0x00, 0xA4, 0x04, 0);
    maker_put(m, aid.p, aid.n);
    if (maker_send(m) != SW_OK)
        return;
    (void)world_authenticate(m->g->w, m->channel, 0, 0x01, false);
    maker_start(m, 0x80, 0xD8, 0, 0x81);
    maker_byte(m, 0x30);
    for (unsigned i = 0; i < 3; i++)
        put_symmetric(m, KEY_TYPE_AES, 0, 16, false);
    (void)maker_send(m);
    maker_start(m, 0x80, 0xD8, 0, (uint8_t)(1 + pick(&m->genes, 3)));
    maker_byte(m, 0x74);
    put_scalar(m, 1, false);
    (void)maker_send(m);
}

/* A template of keys, most often in order. */
static size_t put_offer(struct maker *m, uint8_t out[80], bool proven)
{
    static const uint8_t types[] = {KEY_TYPE_AES, KEY_TYPE_DES, KEY_TYPE_PSK,
                                    KEY_TYPE_HMAC};
    static const uint8_t lengths[] = {16, 24, 32, 20};
    const size_t start = m->data.n;
    const size_t mark = maker_open(m, 0xA6);
    const uint8_t parameters =
        (uint8_t)(pick(&m->genes, 8) | (proven ? 0x08 : 0));
    const uint8_t scenario[] = {seldom(&m->genes, 8) ? 4 : 3, parameters};
    const uint8_t usage = seldom(&m->genes, 4) ? 0x5C : 0x10;
    const uint8_t type = types[pick(&m->genes, seldom(&m->genes, 4) ? 4 : 1)];
    const uint8_t length =
        lengths[pick(&m->genes, seldom(&m->genes, 4) ? 4 : 1)];
    const uint8_t version = some_version(m);

    maker_tlv(m, 0x90, scenario, scenario[0] == 3 ? 2 : 1);
    maker_tlv(m, 0x95, &usage, 1);
    maker_tlv(m, 0x80, &type, 1);
    maker_tlv(m, 0x81, &length, 1);
    maker_tlv(m, 0x83, &version, 1);
    if (seldom(&m->genes, 4))
        maker_tlv(m, 0x91, scenario, pick(&m->genes, 3));
    if ((parameters & 4) != 0)
        maker_tlv(m, 0x84, (const uint8_t *)"host", 4);
    maker_close(m, mark);
    const size_t n = m->data.n - start < 80 ? m->data.n - start : 80;
    memcpy(out, m->data.p + start, n);
    m->data.n = start;
    return n;
}

void step_confidential(struct maker *m)
{
    uint8_t offer[80], signature[64] = {1};
    const bool proven = seldom(&m->genes, 8);

    if (seldom(&m->genes, 2)) {
        static const uint8_t aid[] = {0xA0, 0, 0, 1, 0x51, 0x53, 0x53};
        select_issuer(m);
        make_authority(m, span_of(aid, sizeof aid));
        personalize_authority(m, span_of(aid, sizeof aid));
        select_issuer(m);
    }
    maker_start(m, 0x80, 0xE2, 0, 0);
    const size_t n = put_offer(m, offer, proven);
    put_group(m, proven ? 0x3A02 : 0x00A6, offer, n);
    if (offer[2] == 0x90 && offer[4] == 4)
        put_group(m, 0x8010, world_key(0), 16);
    else
        put_group(m, 0x7F49, generator, sizeof generator);
    if (proven)
        put_group(m, 0x5F37, signature, sizeof signature);
    send_groups(m, seldom(&m->genes, 8) ? 0x88 : 0x89);
}
