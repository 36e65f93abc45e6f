/* SCP11: sessions of its variants, and its commands with anything in them. */
#include "securechannel/scp11.h"

#include <string.h>

#include "tests/commands/maker.h"

static void select_issuer(struct maker *m)
{
    maker_start(m, 0x00, 0xA4, 0x04, 0x00);
    (void)maker_send(m);
}

static void open_session(struct maker *m)
{
    static const uint8_t variants[] = {SCP11_A, SCP11_A, SCP11_C, SCP11_B};
    static const uint8_t mistakes[] = {
        NO_MISTAKE, NO_MISTAKE,         NO_MISTAKE,    NO_MISTAKE,
        WRONG_KEY,  FORGED_CERTIFICATE, NO_CERTIFICATE};
    const uint8_t variant = variants[pick(&m->genes, sizeof variants)];
    const uint8_t mistake = mistakes[pick(&m->genes, sizeof mistakes)];

    world_open_scp11(m->g->w, m->channel, variant,
                     seldom(&m->genes, 3) ? SCP11_USAGE_MAC
                                          : SCP11_USAGE_ENCRYPT,
                     (enum world_mistake)mistake);
}

/* A byte of what is there is another. */
static void spoil(struct maker *m)
{
    if (m->data.n == 0 || pick(&m->genes, 2) == 0)
        return;
    const size_t at = (size_t)gene(&m->genes) * 256 + gene(&m->genes);
    m->data.p[at % m->data.n] ^= (uint8_t)(1 + pick(&m->genes, 255));
}

/* The host's certificate, or some other; of a chain, perhaps. */
static void bring_certificate(struct maker *m)
{
    static const uint8_t small[] = {0x30, 0x03, 0x02, 0x01, 0x01};
    const struct world *w = m->g->w;

    maker_start(m, 0x80, 0x2A, seldom(&m->genes, 8) ? gene(&m->genes) : 0x41,
                seldom(&m->genes, 4) ? 0x90 : 0x10);
    if (seldom(&m->genes, 4))
        maker_put(m, small, sizeof small);
    else
        maker_put(m, w->certificate, w->certificate_length);
    spoil(m);
    (void)maker_send(m);
}

/* An offer with any point: that of the card's own key is one. */
static void offer(struct maker *m)
{
    static const uint8_t variants[] = {SCP11_A, SCP11_B, SCP11_C, 0x10};
    static const uint8_t head[] = {0xA6, 0x0D, 0x90, 0x02, 0x11,
                                   0x00, 0x95, 0x01, 0x3C, 0x80,
                                   0x01, 0x88, 0x81, 0x01, 0x10};
    const uint8_t variant = variants[pick(&m->genes, sizeof variants)];
    const uint8_t parameter = variant == SCP11_A   ? 0x01
                              : variant == SCP11_C ? 0x03
                                                   : 0x00;

    maker_start(m, 0x80, variant == SCP11_B ? 0x88 : 0x82,
                seldom(&m->genes, 3) ? 0x00 : 0x41, variant);
    maker_put(m, head, sizeof head);
    m->data.p[5] = parameter;
    maker_tlv(m, 0x5F49, m->g->w->card_point, sizeof m->g->w->card_point);
    spoil(m);
    (void)maker_send(m);
}

void step_scp11(struct maker *m)
{
    if (!seldom(&m->genes, 4))
        select_issuer(m);
    switch (pick(&m->genes, 8)) {
    case 6:
        bring_certificate(m);
        break;
    case 7:
        offer(m);
        break;
    default:
        open_session(m);
        break;
    }
}
