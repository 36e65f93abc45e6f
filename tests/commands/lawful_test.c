/*
 * Proves that content changes by nothing but authority: random sequences of
 * GlobalPlatform commands, right and wrong, are sent, and each record of the
 * registry that came, went or changed is held against rules that are written
 * here once more, and shortly, for themselves: whose session it was, what that
 * domain's privileges are, whose the record is, whether a token was right,
 * whether the card was locked or restricted.  [GPCS 5.1, 7.2, 9.1-9.6]
 *
 * What is refused leaves card_dump() as it was, and no byte of memory less.
 * Receipts never count back.  No line of card_dump() shows a
 * key; and where keys are enciphered none is in the card's memory.
 *
 *   lawful_test CAP [SEQUENCES [STEPS [FIRST]]]
 */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/hex.h"
#include "domains/authority.h"
#include "domains/cardwide.h"
#include "domains/keys.h"
#include "root.h"
#include "tests/commands/grammar.h"

enum { SEQUENCES = 12, STEPS = 40 };

/* One record of the registry, as it was. */
struct record {
    uint64_t sum; /* 0: there is none */
    uint8_t kind;
    uint16_t domain;         /* whose it is, for keys and data */
    struct registry_entry e; /* of an entry */
};

static struct {
    struct world w;
    struct grammar g;
    struct record old[REGISTRY_SLOTS];
    uint8_t card_state;
    uint8_t restrictions;
    uint16_t personalized; /* on the command's channel */
    uint16_t by;           /* whose session it was; DOMAIN_NONE: nobody's */
    bool to_domain;        /* it goes to a domain */
    uint32_t free;         /* bytes of persistent memory */
    char *dump;
    unsigned seed;
    unsigned long changes;
} now;

static struct domain *domains(void)
{
    return &now.w.host.card->domain;
}

static void demand(bool holds, const char *why)
{
    if (!holds)
        fprintf(stderr, "sequence %u, command %lu: ", now.seed, now.w.commands);
    world_demand(holds, why);
}

/* ---- what is there ---- */

static struct record look_at(uint16_t slot)
{
    struct record r = {.sum = 0};
    uint8_t bytes[KEY_RECORD_MAX];
    struct heap_view v;
    ref_t ref;

    if (!domain_record(domains(), slot, &v, &ref))
        return r;
    memcpy(bytes, v.p, v.h.length);
    world_forget_counters(bytes, v.h.length);
    if (bytes[0] == 0)
        return r; /* it counts and does nothing else */
    r.kind = bytes[0];
    r.sum = check_of(bytes, v.h.length) | 1;
    r.domain =
        domain_entry(domains(), slot, &r.e) ? r.e.domain : get_u2(v.p + 4);
    return r;
}

static bool is_entry(const struct record *r)
{
    return r->kind == ENTRY_PACKAGE || r->kind == ENTRY_APPLICATION ||
           r->kind == ENTRY_DOMAIN;
}

/* ---- the rules ---- */

/* Of the entry as it was; the issuer domain's are those of the card. */
static bool had(uint16_t slot, uint32_t privilege)
{
    return slot != DOMAIN_NONE && (now.old[slot].e.privileges & privilege) != 0;
}

static bool was_above(uint16_t above, uint16_t slot)
{
    for (unsigned i = 0; i < REGISTRY_SLOTS; i++) {
        const uint16_t domain = now.old[slot].domain;
        if (domain == above)
            return true;
        if (domain == slot)
            return false;
        slot = domain;
    }
    return false;
}

static bool was_live(void)
{
    return now.card_state != STATE_CARD_LOCKED &&
           now.card_state != STATE_CARD_TERMINATED;
}

/* Who manages content, and proves it where that is somebody else's word. */
static void check_manager(void)
{
    const bool authorized = had(now.by, PRIVILEGE_AUTHORIZED);

    demand(authorized || had(now.by, PRIVILEGE_DELEGATED),
           "content is managed without the privilege");
    demand(authorized || now.g.right, "content is managed without a token");
    demand(now.by == DOMAIN_ISD ||
               now.old[now.by].e.state == STATE_PERSONALIZED,
           "content is managed by a domain that is not personalized");
    demand(was_live(), "content is managed on a locked card");
}

static void check_not_restricted(uint8_t actions)
{
    demand(((now.restrictions | now.old[now.by].e.restrictions) & actions) == 0,
           "what is restricted was done");
}

static void check_came(const struct record *r)
{
    check_manager();
    check_not_restricted(r->kind == ENTRY_PACKAGE ? ACTION_LOAD
                                                  : ACTION_INSTALL);
}

static void check_went(const struct record *r)
{
    const struct registry_entry *owner = &now.old[r->domain].e;

    check_manager();
    check_not_restricted(ACTION_DELETE);
    demand(r->domain == now.by || had(now.by, PRIVILEGE_GLOBAL_DELETE) ||
               owner->accepts_deletion != 0,
           "what belongs to another domain was deleted");
}

/* The state alone is another: SET STATUS, or keys that personalize. */
static void check_state(uint16_t slot, const struct registry_entry *e)
{
    const struct registry_entry *old = &now.old[slot].e;

    if (slot == DOMAIN_ISD) {
        demand(now.by == DOMAIN_ISD ||
                   had(now.by, PRIVILEGE_CARD_LOCK | PRIVILEGE_CARD_TERMINATE),
               "the card's state was set without the privilege");
        demand(old->state != STATE_CARD_TERMINATED, "it was terminated");
        return;
    }
    demand(now.by == slot || was_above(now.by, slot) ||
               had(now.by, PRIVILEGE_GLOBAL_LOCK) ||
               had(now.by, PRIVILEGE_AUTHORIZED | PRIVILEGE_DELEGATED),
           "a state was set without the privilege");
    demand(was_live(), "a state was set on a locked card");
    demand((e->state & STATE_LOCKED) == 0 ||
               (old->privileges & PRIVILEGE_FINAL) == 0,
           "the final application was locked");
}

/* Privileges, association and the rest: INSTALL. */
static void check_changed(uint16_t slot, const struct registry_entry *e)
{
    const struct registry_entry *old = &now.old[slot].e;
    struct registry_entry as_if = *e;

    as_if.receipts = old->receipts;
    as_if.state = old->state;
    if (memcmp(&as_if, old, sizeof as_if) == 0) {
        check_state(slot, e);
        return;
    }
    if (slot == DOMAIN_ISD) { /* its name alone */
        demand(now.by == DOMAIN_ISD, "the issuer domain was renamed");
        return;
    }
    check_manager();
    demand(e->domain == old->domain || old->domain == now.by ||
               now.old[old->domain].e.releases != 0,
           "what belongs to another domain was extradited");
}

static void check_entry(uint16_t slot, const struct record *r)
{
    const struct record *old = &now.old[slot];

    if (old->sum == 0)
        check_came(r);
    else if (r->sum == 0)
        check_went(old);
    else
        check_changed(slot, &r->e);
}

/* What is kept of an application beside its entry. */
static bool is_beside(const struct record *r)
{
    return r->kind == ENTRY_SERVICE || r->kind == ENTRY_ORIGIN;
}

/*
 * What an application is on the contactless interface, and the card's count of
 * such changes: by who manages it, or with its state, whose rules are others.
 */
static void check_contactless(const struct record *r)
{
    const bool has_state =
        r->domain < REGISTRY_SLOTS &&
        look_at(r->domain).e.state != now.old[r->domain].e.state;

    if (r->domain < REGISTRY_SLOTS && !has_state)
        check_manager();
}

/* Keys and data: the domain's own, or one's that it personalizes. */
static void check_belongings(const struct record *old, const struct record *r)
{
    const uint16_t owner = old->sum != 0 ? old->domain : r->domain;
    const struct record there = look_at(owner);

    if (r->sum == 0 && there.kind != ENTRY_DOMAIN)
        return; /* the domain itself went, by its own rules */
    demand(owner == now.by ||
               (owner == now.personalized && now.old[owner].domain == now.by),
           "keys or data of another domain were changed");
    demand(was_live(), "keys or data were changed on a locked card");
}

/* ---- what is refused ---- */

static uint32_t free_memory(void)
{
    struct heap_usage usage;

    heap_usage(domains()->heap, &usage);
    return usage.persistent_free;
}

static bool was_refused(void)
{
    const sw_t sw = now.w.sw;

    return sw != SW_OK && sw != 1 && sw >> 8 != 0x62 && sw >> 8 != 0x63;
}

/* Not a byte of what the card tells of itself, and no memory. */
static void check_refusal(void)
{
    if (now.to_domain && was_refused()) {
        char *dump = host_dump(&now.w.host, false);
        demand(strcmp(dump, now.dump) == 0, "a refused command shows");
        demand(free_memory() >= now.free, "a refused command keeps memory");
        free(dump);
    }
    free(now.dump);
    now.dump = NULL;
}

/* ---- commands ---- */

static void before(struct world *w, const struct world_command *c)
{
    const struct domain_channel *ch = &domains()->channels[c->channel];

    for (uint16_t s = 0; s < REGISTRY_SLOTS; s++)
        now.old[s] = look_at(s);
    now.to_domain = world_domain(w, c->channel) != DOMAIN_NONE;
    now.free = free_memory();
    now.dump = now.to_domain ? host_dump(&w->host, false) : NULL;
    now.card_state = domain_card_state(domains());
    now.restrictions = domain_restrictions(domains());
    now.personalized = ch->personalized;
    now.by = world_has_host(w, c->channel) ? ch->session_domain : DOMAIN_NONE;
}

/* They count on while their domain is there. */
static void check_receipts(const struct record *old, const struct record *r)
{
    demand(old->kind != ENTRY_DOMAIN || r->kind != ENTRY_DOMAIN ||
               r->e.receipts >= old->e.receipts,
           "receipts count back");
}

static void check_slot(uint16_t slot)
{
    const struct record *old = &now.old[slot];
    const struct record r = look_at(slot);

    check_receipts(old, &r);
    if (r.sum == old->sum)
        return;
    demand(now.by != DOMAIN_NONE, "a record changed without a session");
    now.changes++;
    if (is_entry(old) || is_entry(&r))
        check_entry(slot, &r);
    else if (is_beside(old) || is_beside(&r))
        check_manager();
    else if (old->kind == ENTRY_CONTACTLESS || r.kind == ENTRY_CONTACTLESS)
        check_contactless(r.sum != 0 ? &r : old);
    else
        check_belongings(old, &r);
}

static void behind(struct world *w, const struct world_command *c)
{
    const struct domain_channel *ch = &domains()->channels[c->channel];

    if (now.by == DOMAIN_NONE && world_has_host(w, c->channel))
        now.by = ch->session_domain; /* opened by its first C-MAC */
    demand((now.restrictions & ~domain_restrictions(domains())) == 0,
           "OPEN's restrictions were lifted");
    for (uint16_t s = 0; s < REGISTRY_SLOTS; s++)
        check_slot(s);
    check_refusal();
}

/* ---- sequences ---- */

static void look_at_line(void *ctx, const char *line)
{
    char hex[17];

    (void)ctx;
    for (unsigned i = 0; i < WORLD_KEYS; i++) {
        for (unsigned part = 0; part < 4; part++) {
            hex_encode(span_of(world_key(i) + 8 * part, 8), hex);
            demand(strcasestr(line, hex) == NULL, "the dump shows a key");
        }
    }
}

static void run(unsigned seed, unsigned steps, bool enciphered)
{
    uint64_t random = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    const struct faults *memory = &now.w.host.faults;

    now.seed = seed;
    world_start(&now.w);
    grammar_start(&now.g, &now.w);
    for (unsigned i = 0; i < steps; i++) {
        uint8_t choices[STEP_BYTES];
        for (unsigned k = 0; k < sizeof choices; k++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            choices[k] = (uint8_t)(random >> 56);
            if (k > 0 && (random >> 40) % 3 != 0)
                choices[k] = 0; /* much is as usual */
        }
        grammar_step(&now.g, span_of(choices, sizeof choices));
    }
    card_dump(now.w.host.card, true, look_at_line, NULL);
    demand(!enciphered ||
               !world_shows_key(span_of(memory->bytes, memory->size)),
           "the memory shows a key that is enciphered");
}

int main(int argc, char **argv)
{
    const unsigned sequences = argc > 2 ? (unsigned)atoi(argv[2]) : SEQUENCES;
    const unsigned steps = argc > 3 ? (unsigned)atoi(argv[3]) : STEPS;
    const unsigned first = argc > 4 ? (unsigned)atoi(argv[4]) : 1;

    if (argc < 2) {
        fprintf(stderr, "usage: lawful_test CAP [SEQUENCES [STEPS [FIRST]]]\n");
        return 2;
    }
    for (unsigned enciphered = 0; enciphered < 2; enciphered++) {
        world_open(&now.w, argv[1], enciphered != 0);
        now.w.before = before;
        now.w.behind = behind;
        now.w.log = getenv("COMMANDS_LOG") != NULL ? stderr : NULL;
        for (unsigned i = enciphered; i < sequences; i += 2)
            run(first + i, steps, enciphered != 0);
        printf("%lu commands, %lu records changed by right\n", now.w.commands,
               now.changes);
        world_close(&now.w);
    }
    return now.changes > 0 ? 0 : 1;
}
