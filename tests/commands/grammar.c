#include "tests/commands/grammar.h"

#include <string.h>

#include "domains/domain.h"
#include "tests/commands/maker.h"

/* Each as often as its weight says. */
static const struct {
    uint8_t weight;
    bool needs_session;
    void (*step)(struct maker *m);
} steps[] = {
    {24, false, step_session},   {24, true, step_install},
    {16, false, step_select},    {16, true, step_load},
    {16, true, step_delete},     {16, true, step_put_key},
    {12, true, step_store_data}, {12, true, step_store_keys},
    {12, true, step_set_status}, {10, true, step_get_status},
    {10, false, step_get_data},  {8, true, step_combined},
    {8, true, step_load_block},  {8, true, step_delete_keys},
    {8, false, step_channel},    {6, true, step_r_mac},
    {6, false, step_applet},     {6, false, step_anything},
    {6, true, step_upgrade},     {6, true, step_confidential},
    {4, false, step_reset},      {8, false, step_scp11},
};
enum { STEPS = sizeof steps / sizeof steps[0] };

static unsigned step_of(uint8_t choice)
{
    unsigned sum = 0;

    for (unsigned i = 0; i < STEPS; i++)
        sum += steps[i].weight;
    unsigned at = choice * sum / 256;
    for (unsigned i = 0; i < STEPS; i++) {
        if (at < steps[i].weight)
            return i;
        at -= steps[i].weight;
    }
    return 0;
}

/* The basic channel mostly; others, where an applet or a domain may be. */
static uint8_t channel_of(struct genes *genes)
{
    const unsigned n = pick(genes, 16);

    if (n < 12)
        return 0;
    return n < 15 ? (uint8_t)(n - 11) : (uint8_t)pick(genes, CARD_CHANNELS);
}

/* Most steps find what they need: a domain, and a session with it. */
static void be_ready(struct maker *m)
{
    static const uint8_t levels[] = {0x01, 0x03, 0x33, 0x13, 0x11, 0x00};
    struct world *w = m->g->w;

    if (seldom(&m->genes, 16))
        return;
    if (!world_is_open(w, m->channel))
        m->channel = 0;
    if (world_domain(w, m->channel) == DOMAIN_NONE)
        step_select(m);
    if (world_in_session(w, m->channel) &&
        (world_has_host(w, m->channel) || seldom(&m->genes, 4)))
        return;
    (void)world_authenticate(w, m->channel, 0,
                             levels[pick(&m->genes, sizeof levels)], false);
}

void grammar_start(struct grammar *g, struct world *w)
{
    memset(g, 0, sizeof *g);
    g->w = w;
}

void grammar_step(struct grammar *g, struct span choices)
{
    struct maker m = {.g = g, .genes = genes_of(choices)};
    const unsigned kind = step_of(gene(&m.genes));

    m.channel = channel_of(&m.genes);
    g->right = true;
    if (steps[kind].needs_session)
        be_ready(&m);
    steps[kind].step(&m);
}
