/* Data objects and states: STORE DATA, GET DATA, GET and SET STATUS. */
#include <string.h>

#include "tests/commands/maker.h"

static const uint16_t tags[] = {
    0x42, 0x45,   0x66, 0x67, 0x5F50, 0xBF21, 0xDF20, 0xDE, 0xFE, 0x4F,
    0xE0, 0x9F7F, 0xC1, 0xCF, 0x2F00, 0xFF21, 0xD3,   0x00, 0x01};

static uint16_t some_tag(struct maker *m, unsigned n)
{
    return tags[pick(&m->genes, n)];
}

/* ---- STORE DATA ---- */

static void put_item(struct maker *m)
{
    uint8_t value[40];
    const size_t n = pick(&m->genes, seldom(&m->genes, 4) ? 40 : 8);

    memset(value, gene(&m->genes), sizeof value);
    maker_tlv(m, some_tag(m, seldom(&m->genes, 4) ? 19 : 9), value, n);
}

/* What belongs to a key of SCP11, behind what names the key [Amd F]. */
static void put_reference(struct maker *m)
{
    static const uint8_t ids[] = {0x11, 0x10, 0x13, 0x15, 0x01};
    const uint8_t key[] = {ids[pick(&m->genes, sizeof ids)], 0x41};
    const uint8_t number = gene(&m->genes);
    const unsigned what = pick(&m->genes, 3);
    const size_t reference = maker_open(m, 0xA6);

    maker_tlv(m, 0x83, key, sizeof key);
    if (what == 0)
        maker_tlv(m, 0x42, &number, 1);
    maker_close(m, reference);
    if (what == 0)
        return;
    const size_t mark = maker_open(m, what == 1 ? 0xBF21 : 0x70);
    if (!seldom(&m->genes, 4))
        maker_tlv(m, what == 1 ? 0x7F21 : 0x93, &number, 1);
    maker_close(m, mark);
}

/* Items padded, enciphered and put back. */
static void encipher(struct maker *m)
{
    uint8_t plain[512] = {0}, cipher[512] = {0};
    size_t n = m->data.n;

    if (n > sizeof plain - 16)
        n = sizeof plain - 16;
    memcpy(plain, m->data.p, n);
    plain[n++] = 0x80;
    n = (n + 15) / 16 * 16;
    (void)world_encipher(m->g->w, m->channel, plain, cipher, n);
    m->data.n = 0;
    maker_put(m, cipher, n);
}

/* Group 0070 around what is there. */
static void enclose(struct maker *m)
{
    uint8_t items[240];
    const size_t n = m->data.n < sizeof items ? m->data.n : sizeof items;

    memcpy(items, m->data.p, n);
    m->data.n = 0;
    maker_byte(m, 0x00);
    maker_byte(m, seldom(&m->genes, 16) ? gene(&m->genes) : 0x70);
    maker_byte(m, (uint8_t)n);
    maker_put(m, items, n);
}

void step_store_data(struct maker *m)
{
    static const uint8_t formats[] = {0x10, 0x10, 0x08, 0x00, 0x18};
    const uint8_t format = formats[pick(&m->genes, sizeof formats)];
    const bool encrypted = seldom(&m->genes, 6);
    const unsigned blocks = seldom(&m->genes, 4) ? 1 + pick(&m->genes, 3) : 1;
    sw_t sw = SW_OK;

    for (unsigned i = 0; sw == SW_OK && i < blocks; i++) {
        const uint8_t last = i + 1 == blocks ? 0x80 : 0x00;
        maker_start(m, 0x80, 0xE2,
                    (uint8_t)(last | format | (encrypted ? 0x60 : 0)),
                    (uint8_t)i);
        for (unsigned n = 1 + pick(&m->genes, 3); n > 0; n--)
            seldom(&m->genes, 4) ? put_reference(m) : put_item(m);
        if (encrypted)
            encipher(m);
        if (format == 0x08)
            enclose(m);
        sw = maker_send(m);
    }
}

/* ---- GET DATA ---- */

void step_get_data(struct maker *m)
{
    static const uint16_t more[] = {0x66, 0xE0,   0xCF,   0xC1,   0x42,
                                    0x45, 0x9F7F, 0xBF0C, 0xFF21, 0x5F50,
                                    0x67, 0xC2,   0xBF21};
    const uint16_t tag = more[pick(&m->genes, 13)];

    maker_start(m, pick(&m->genes, 2) == 0 ? 0x80 : 0x00,
                seldom(&m->genes, 3) ? 0xCB : 0xCA, (uint8_t)(tag >> 8),
                (uint8_t)tag);
    if (seldom(&m->genes, 4))
        maker_tlv(m, 0x5C, m->head + 2, 2);
    else if (tag == 0xBF21)
        put_reference(m);
    (void)maker_send(m);
}

/* ---- GET STATUS ---- */

void step_get_status(struct maker *m)
{
    static const uint8_t subsets[] = {0x80, 0x40, 0x20, 0x10, 0x60, 0x30};
    static const uint8_t forms[] = {0x02, 0x03, 0x00, 0x01};
    static const uint8_t list[] = {0x9F, 0x70, 0xC5, 0x84, 0xCE};
    const struct span aid = maker_aid(m);

    maker_start(m, 0x80, 0xF2, subsets[pick(&m->genes, sizeof subsets)],
                forms[pick(&m->genes, sizeof forms)]);
    maker_tlv(m, 0x4F, aid.p, pick(&m->genes, 2) == 0 ? 0 : aid.n);
    if (seldom(&m->genes, 3))
        maker_tlv(m, 0x5C, list, pick(&m->genes, 6));
    (void)maker_send(m);
}

/* ---- SET STATUS ---- */

static void set_card(struct maker *m)
{
    static const uint8_t states[] = {0x7F, 0x0F, 0x07, 0x7F, 0x0F, 0x00};

    maker_start(m, 0x80, 0xF0, 0x80,
                seldom(&m->genes, 16) ? 0xFF : states[pick(&m->genes, 6)]);
}

void step_set_status(struct maker *m)
{
    static const uint8_t states[] = {0x80, 0x00, 0x83, 0x07, 0x0F, 0x0B, 0x1F};

    if (seldom(&m->genes, 4)) {
        set_card(m);
    } else {
        const struct span aid =
            seldom(&m->genes, 2) ? maker_application(m) : maker_domain(m);
        maker_start(m, 0x80, 0xF0, seldom(&m->genes, 3) ? 0x60 : 0x40,
                    states[pick(&m->genes, sizeof states)]);
        maker_put(m, aid.p, aid.n);
    }
    (void)maker_send(m);
}
