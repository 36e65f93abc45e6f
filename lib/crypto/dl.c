#include "crypto/dl.h"

#include <string.h>

/*
 * Seeds say nothing of how they were chosen but their number: a seed is the
 * SHA-256 of "DSA", the size and that number, two bytes each, and of every
 * size it is the first with which q is prime and p is found.
 */
static const struct {
    uint16_t bits;
    uint16_t seed;
    uint16_t counter;
} recipes[] = {
    {512, 138, 71},    {576, 21, 73},     {640, 4, 272},    {704, 58, 269},
    {768, 10, 73},     {832, 113, 138},   {896, 4, 7},      {960, 27, 70},
    {1024, 154, 365},  {1088, 51, 92},    {1152, 33, 170},  {1216, 100, 2340},
    {1280, 95, 772},   {1344, 218, 335},  {1408, 57, 549},  {1472, 17, 171},
    {1536, 110, 280},  {1600, 30, 1337},  {1664, 15, 648},  {1728, 4, 1254},
    {1792, 107, 82},   {1856, 23, 345},   {1920, 11, 417},  {1984, 108, 512},
    {2048, 76, 749},   {2112, 89, 2499},  {2176, 12, 1993}, {2240, 18, 1061},
    {2304, 59, 277},   {2368, 153, 2208}, {2432, 47, 151},  {2496, 2, 31},
    {2560, 133, 1996}, {2624, 94, 431},   {2688, 14, 629},  {2752, 14, 1496},
    {2816, 354, 709},  {2880, 0, 571},    {2944, 75, 2014}, {3008, 246, 4677},
    {3072, 6, 19},
};

static uint16_t q_bits(unsigned bits)
{
    if (bits >= 2048)
        return 256;
    return bits > 1024 ? 224 : 160;
}

enum err crypto_dl_dsa(const struct crypto_port *port, unsigned bits,
                       struct crypto_dl_values *out)
{
    uint8_t bytes[] = {'D', 'S', 'A', 0, 0, 0, 0};
    const struct span part = {bytes, sizeof bytes};
    struct crypto_dl_recipe recipe;
    size_t i = 0;
    enum err e = ERR_OK;

    while (i < sizeof recipes / sizeof recipes[0] && recipes[i].bits != bits)
        i++;
    if (i == sizeof recipes / sizeof recipes[0])
        return ERR_RANGE;
    set_u2(bytes + 3, recipes[i].bits);
    set_u2(bytes + 5, recipes[i].seed);
    recipe = (struct crypto_dl_recipe){.p_bits = recipes[i].bits,
                                       .q_bits = q_bits(bits),
                                       .counter = recipes[i].counter};
    e = port->digest(port->ctx, CRYPTO_SHA256, &part, 1, recipe.seed);
    return e == ERR_OK ? port->dl->make(port->ctx, &recipe, out) : e;
}
