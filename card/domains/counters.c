#include "domains/counters.h"

#include <string.h>

#include "domains/objects.h"

enum {
    SETS_MAX = 16,
    SIZE = 3,      /* of a counter */
    NAME_SIZE = 4, /* type and check value */
    SET_SIZE = NAME_SIZE + SIZE,
    SETS_AT = 2 * SIZE,
    ALL_SIZE = SETS_AT + SETS_MAX * SET_SIZE,
};

/* All that is kept, as it is stored. */
struct counters {
    uint8_t bytes[ALL_SIZE];
};

static uint32_t get_counter(const uint8_t *p)
{
    return (uint32_t)p[0] << 16 | get_u2(p + 1);
}

static void put_counter(uint8_t *p, uint32_t counter)
{
    p[0] = (uint8_t)(counter >> 16);
    set_u2(p + 1, (uint16_t)counter);
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static void read_all(const struct domain *d, struct counters *c)
{
    struct span stored;

    memset(c, 0, sizeof *c);
    if (domain_object(d, DOMAIN_ISD, COUNTERS_TAG, &stored) &&
        stored.n == sizeof c->bytes)
        memcpy(c->bytes, stored.p, sizeof c->bytes);
}

/* In their place, which a full card has, too. */
static enum err write_all(struct domain *d, const struct counters *c)
{
    const struct span all = span_of(c->bytes, sizeof c->bytes);
    const enum err e =
        domain_overwrite_object(d, DOMAIN_ISD, COUNTERS_TAG, all);

    return e == ERR_NOT_FOUND
               ? domain_put_object(d, DOMAIN_ISD, COUNTERS_TAG, all)
               : e;
}

static uint8_t *set_at(struct counters *c, unsigned i)
{
    return c->bytes + SETS_AT + (size_t)i * SET_SIZE;
}

static uint8_t *floor_of(struct counters *c, uint8_t type)
{
    return c->bytes + (type == KEY_TYPE_AES ? SIZE : 0);
}

static void make_name(uint8_t name[NAME_SIZE], uint8_t type,
                      const uint8_t kcv[3])
{
    name[0] = type;
    memcpy(name + 1, kcv, NAME_SIZE - 1);
}

/* The set of this name; NULL: it is not known. */
static uint8_t *find_set(struct counters *c, const uint8_t name[NAME_SIZE])
{
    for (unsigned i = 0; i < SETS_MAX; i++) {
        if (memcmp(set_at(c, i), name, NAME_SIZE) == 0)
            return set_at(c, i);
    }
    return NULL;
}

/* A free place, or that of the set which has counted least. */
static uint8_t *make_room(struct counters *c)
{
    uint8_t *least = set_at(c, 0);

    for (unsigned i = 1; i < SETS_MAX; i++) {
        if (get_counter(set_at(c, i) + NAME_SIZE) <
            get_counter(least + NAME_SIZE))
            least = set_at(c, i);
    }
    uint8_t *floor = floor_of(c, least[0]);
    if (least[0] != 0)
        put_counter(floor,
                    larger(get_counter(floor), get_counter(least + NAME_SIZE)));
    return least;
}

enum err domain_keep_counter(struct domain *d, const struct domain_key *k)
{
    uint8_t name[NAME_SIZE];
    struct span rest = k->components;
    struct domain_component part;
    struct counters c;

    if (k->id != KEY_ID_ENC || k->counter == 0 || k->kcv_length == 0 ||
        !domain_take_component(&rest, &part))
        return ERR_OK;
    read_all(d, &c);
    make_name(name, part.type, k->kcv);
    uint8_t *set = find_set(&c, name);
    if (set != NULL && get_counter(set + NAME_SIZE) >= k->counter)
        return ERR_OK; /* a deletion that goes on after a cut writes no more */
    if (set == NULL)
        set = make_room(&c);
    memcpy(set, name, NAME_SIZE);
    put_counter(set + NAME_SIZE, k->counter);
    return write_all(d, &c);
}

enum err domain_spare_counters(struct domain *d)
{
    struct counters c;
    struct span stored;

    if (domain_object(d, DOMAIN_ISD, COUNTERS_TAG, &stored))
        return ERR_OK;
    read_all(d, &c);
    return write_all(d, &c);
}

uint32_t domain_first_counter(const struct domain *d, uint8_t type,
                              const uint8_t kcv[3])
{
    uint8_t name[NAME_SIZE];
    struct counters c;

    read_all(d, &c);
    make_name(name, type, kcv);
    const uint8_t *set = find_set(&c, name);
    return larger(set != NULL ? get_counter(set + NAME_SIZE) : 0,
                  get_counter(floor_of(&c, type)));
}
