/* Who speaks to whom, and how. */
#include <string.h>

#include "root.h"
#include "tests/commands/maker.h"

void step_select(struct maker *m)
{
    static const uint8_t how[] = {0x00, 0x00, 0x00, 0x00, 0x02, 0x10, 0x0C};
    const bool any = seldom(&m->genes, 4);
    const struct span aid = any ? maker_aid(m) : maker_domain(m);

    maker_start(m, 0x00, 0xA4, seldom(&m->genes, 32) ? gene(&m->genes) : 4,
                how[pick(&m->genes, sizeof how)]);
    maker_put(m, aid.p, aid.n);
    (void)maker_send(m);
}

void step_channel(struct maker *m)
{
    const bool closes = pick(&m->genes, 2) != 0;
    const bool chosen = closes || pick(&m->genes, 2) != 0;

    maker_start(m, 0x00, 0x70, closes ? 0x80 : 0x00,
                chosen ? (uint8_t)pick(&m->genes, 5) : 0);
    if (seldom(&m->genes, 16))
        m->head[3] = gene(&m->genes);
    m->le = !closes && !chosen;
    (void)maker_send(m);
}

/* INITIALIZE UPDATE with nothing behind it. */
static void begin_only(struct maker *m)
{
    static const uint8_t challenge[16] = {1, 2, 3, 4, 5, 6, 7, 8};

    maker_start(m, 0x80, 0x50, pick(&m->genes, 2) != 0 ? gene(&m->genes) : 0,
                seldom(&m->genes, 8) ? gene(&m->genes) : 0);
    maker_put(m, challenge, seldom(&m->genes, 4) ? 16 : 8);
    (void)maker_send(m);
}

void step_session(struct maker *m)
{
    static const uint8_t versions[] = {0, 0, 0, 0x30, 0x20, 0x31, 0x32, 0x70};
    static const uint8_t levels[] = {0x01, 0x03, 0x33, 0x13,
                                     0x11, 0x00, 0x10, 0x02};
    const uint8_t version = versions[pick(&m->genes, sizeof versions)];
    const uint8_t level = levels[pick(&m->genes, sizeof levels)];
    const bool wrong = seldom(&m->genes, 12);

    switch (pick(&m->genes, 16)) {
    case 14:
        begin_only(m);
        break;
    case 15:
        world_open_implicit(m->g->w, m->channel, wrong);
        break;
    default:
        (void)world_authenticate(m->g->w, m->channel, version, level, wrong);
        break;
    }
}

void step_r_mac(struct maker *m)
{
    const bool begins = pick(&m->genes, 2) == 0;
    static const uint8_t data[] = {3, 1, 2, 3};

    maker_start(m, 0x80, begins ? 0x7A : 0x78,
                begins && pick(&m->genes, 2) == 0 ? 0x10 : 0x00,
                begins ? 0x01 : 0x03);
    if (seldom(&m->genes, 8))
        m->head[2] = gene(&m->genes);
    maker_put(m, data, pick(&m->genes, 2) == 0 ? 0 : sizeof data);
    (void)maker_send(m);
}

/* Selects the applet, or speaks to it. */
void step_applet(struct maker *m)
{
    static const uint8_t aid[] = {0xF0, 0x50, 0x4F, 0x53, 0x54, 0x03, 0x01};

    if (pick(&m->genes, 2) == 0) {
        maker_start(m, 0x00, 0xA4, 0x04, 0x00);
        maker_put(m, aid, sizeof aid);
    } else {
        maker_start(m, 0x80, gene(&m->genes), 0x00, 0x00);
        for (unsigned n = pick(&m->genes, 16); n > 0; n--)
            maker_byte(m, gene(&m->genes));
    }
    (void)maker_send(m);
}

/* Any instruction that a domain knows or not, and any data. */
void step_anything(struct maker *m)
{
    static const uint8_t instructions[] = {
#define DOMAIN_COMMAND(ins, classes, handler, runs) ins,
#include "domains/commands.def"
#undef DOMAIN_COMMAND
        0xC0, 0xC2, 0x70, 0xDA, 0x20};
    static const uint8_t classes[] = {0x80, 0x00, 0x84, 0x90, 0xA0, 0x0C, 0xFF};

    maker_start(m, classes[pick(&m->genes, sizeof classes)],
                instructions[pick(&m->genes, sizeof instructions)],
                gene(&m->genes), gene(&m->genes));
    for (unsigned n = pick(&m->genes, 40); n > 0; n--)
        maker_byte(m, gene(&m->genes));
    (void)maker_send(m);
}

void step_reset(struct maker *m)
{
    card_set_protocol(m->g->w->host.card,
                      seldom(&m->genes, 2) ? CARD_TYPE_A : CARD_T1);
    world_reset(m->g->w);
}
