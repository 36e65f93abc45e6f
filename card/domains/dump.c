/*
 * card_dump() in lines that are equal when content is equal:
 *
 *   card state=S restrictions=B diversification=H [keys=enciphered]
 *   package aid=H version=M.m state=B domain=H {provider=H} size=N modules=N
 *   application aid=H state=B privileges=H domain=H {provider=H} package=H
 *     {implicit=B}
 *   domain aid=H state=B privileges=H domain=H {provider=H} protocols=H flags=B
 *     accepts=H restrictions=B [receipts=N] {implicit=B}
 *   key domain=H version=B id=B type=B length=N kcv=H usage=B access=B
 *     [counter=N]
 *   data domain=H tag=H value=H
 *   service application=H name=H recorded | registered
 *   origin application=H module=H
 *   contactless application=H state=B initial=B rank=N {info=B:H} [updates=N]
 *   contactless card off=B [updates=N]
 *   upgrade aid=H version=M.m state=B
 *   objects package=H | application=H count=N bytes=N digest=H
 *   [memory persistent=N free=N largest=N transient=N/N handles=N]
 *
 * each on one line; what is in brackets appears with counters only, what is in
 * braces where there is any, keys= in a card that keeps key material
 * enciphered.  Objects are those of a package's own (statics) or of an
 * application instance; the digest sums the CRC-32 of kind, length and, but for
 * transient arrays, body.
 */
#include "domains/cardwide.h"
#include "domains/clrecord.h"
#include "domains/counters.h"
#include "domains/domain.h"
#include "domains/global.h"
#include "domains/keys.h"
#include "domains/objects.h"
#include "domains/origin.h"
#include "domains/text.h"
#include "domains/tries.h"
#include "domains/upgrade.h"

struct dump {
    struct domain *d;
    bool counters;
    void (*line)(void *ctx, const char *text);
    void *ctx;
    struct domain_text t;
};

static void start(struct dump *p, const char *what)
{
    p->t.n = 0;
    domain_text(&p->t, what);
}

static void end(struct dump *p)
{
    p->line(p->ctx, p->t.s);
}

static void put_hex(struct dump *p, const char *name, struct span s)
{
    domain_text(&p->t, name);
    domain_text_hex(&p->t, s);
}

static void put_byte(struct dump *p, const char *name, uint8_t b)
{
    domain_text(&p->t, name);
    domain_text_hex_number(&p->t, b, 2);
}

static void put_number(struct dump *p, const char *name, uint32_t v)
{
    domain_text(&p->t, name);
    domain_text_number(&p->t, v);
}

static void put_owner(struct dump *p, uint16_t slot)
{
    struct registry_entry e = {.aid_length = 0};

    (void)domain_entry(p->d, slot, &e);
    put_hex(p, " domain=", registry_aid(&e));
}

/* Whose it is [GPCS 6.5.1.7], where the sender said so. */
static void put_provider(struct dump *p, const struct registry_entry *e)
{
    if (e->provider_length > 0)
        put_hex(p, " provider=", span_of(e->provider, e->provider_length));
}

static const char *state_text(uint8_t state)
{
    switch (state) {
    case STATE_CARD_OP_READY:
        return "OP_READY";
    case STATE_CARD_INITIALIZED:
        return "INITIALIZED";
    case STATE_CARD_SECURED:
        return "SECURED";
    case STATE_CARD_LOCKED:
        return "CARD_LOCKED";
    case STATE_CARD_TERMINATED:
        return "TERMINATED";
    default:
        return "UNKNOWN";
    }
}

static void dump_card(struct dump *p)
{
    start(p, "card state=");
    domain_text(&p->t, state_text(domain_card_state(p->d)));
    put_byte(p, " restrictions=", domain_restrictions(p->d));
    put_hex(p, " diversification=",
            span_of(domain_diversification(p->d), SCP_KDD_SIZE));
    if (p->d->vault->on)
        domain_text(&p->t, " keys=enciphered");
    end(p);
}

static void dump_package(struct dump *p, const struct registry_entry *e)
{
    struct vm_package_info info = {.major = 1, .applet_count = 1};

    (void)vm_package(p->d->vm, e->package, &info);
    start(p, "package");
    put_hex(p, " aid=", registry_aid(e));
    put_number(p, " version=", info.major);
    put_number(p, ".", info.minor);
    put_byte(p, " state=", e->state);
    put_owner(p, e->domain);
    put_provider(p, e);
    put_number(p, " size=", info.code_size);
    put_number(p, " modules=", info.applet_count);
    end(p);
}

static void put_entry_head(struct dump *p, const struct registry_entry *e)
{
    put_hex(p, " aid=", registry_aid(e));
    put_byte(p, " state=", e->state);
    domain_text(&p->t, " privileges=");
    domain_text_hex_number(&p->t, domain_privileges(p->d, e), 6);
    put_owner(p, e->domain);
    put_provider(p, e);
}

static void put_implicit(struct dump *p, const struct registry_entry *e)
{
    for (size_t i = 0; i < REGISTRY_IMPLICIT_MAX; i++) {
        if (e->implicit[i] != 0)
            put_byte(p, " implicit=", e->implicit[i]);
    }
}

static void put_memory(struct dump *p, const struct registry_entry *e)
{
    static const char *const names[DOMAIN_AMOUNTS] = {
        [AMOUNT_QUOTA] = " volatile-quota=",
        [AMOUNT_QUOTA + 1] = " quota=",
        [AMOUNT_RESERVED] = " volatile-reserved=",
        [AMOUNT_RESERVED + 1] = " reserved=",
        [AMOUNT_GRANTED] = " volatile-granted=",
        [AMOUNT_GRANTED + 1] = " granted=",
    };

    for (size_t i = 0; i < DOMAIN_AMOUNTS; i++) {
        if ((e->memory.given & (1u << i)) != 0)
            put_number(p, names[i], e->memory.bytes[i]);
    }
}

static void dump_application(struct dump *p, const struct registry_entry *e)
{
    struct registry_entry package = {.aid_length = 0};

    (void)domain_find_code(p->d, e->package, &package);
    start(p, "application");
    put_entry_head(p, e);
    put_hex(p, " package=", registry_aid(&package));
    put_implicit(p, e);
    put_memory(p, e);
    end(p);
}

/* Tags 82, 83, 87 and 86. */
static void put_policies(struct dump *p, const struct registry_entry *e)
{
    const uint8_t bytes[] = {e->accepts, e->accepts_deletion, e->releases,
                             e->casd[0], e->casd[1]};

    put_hex(p, " accepts=", span_of(bytes, sizeof bytes));
}

static void dump_domain(struct dump *p, const struct registry_entry *e)
{
    start(p, "domain");
    put_entry_head(p, e);
    domain_text(&p->t, " protocols=");
    for (size_t i = 0; i < REGISTRY_PROTOCOLS_MAX; i++) {
        if (e->protocols[i].id == 0)
            continue;
        domain_text_hex_number(&p->t, e->protocols[i].id, 2);
        domain_text_hex_number(&p->t, e->protocols[i].i, 2);
    }
    put_byte(p, " flags=", e->flags);
    put_policies(p, e);
    put_byte(p, " restrictions=", e->restrictions);
    put_implicit(p, e);
    put_memory(p, e);
    if (p->counters)
        put_number(p, " receipts=", e->receipts);
    end(p);
}

static void dump_key(struct dump *p, const struct domain_key *k)
{
    struct domain_component c = {.type = 0};
    struct span rest = k->components;

    (void)domain_take_component(&rest, &c);
    start(p, "key");
    put_owner(p, k->domain);
    put_byte(p, " version=", k->version);
    put_byte(p, " id=", k->id);
    put_byte(p, " type=", c.type);
    put_number(p, " length=", (uint32_t)c.value.n);
    put_hex(p, " kcv=", span_of(k->kcv, k->kcv_length));
    put_byte(p, " usage=", k->usage);
    put_byte(p, " access=", k->access);
    if (p->counters)
        put_number(p, " counter=", k->counter);
    end(p);
}

static void dump_data(struct dump *p, const struct heap_view *v)
{
    const uint32_t tag = (uint32_t)v->p[1] << 16 | get_u2(v->p + 2);

    if ((tag == COUNTERS_TAG || tag == TRIES_TAG) && !p->counters)
        return;
    start(p, "data");
    put_owner(p, get_u2(v->p + 4));
    domain_text(&p->t, " tag=");
    domain_text_hex_number(&p->t, tag, tag > 0xFFFF ? 6 : 4);
    put_hex(p,
            " value=", span_of(v->p + OBJECT_HEAD, v->h.length - OBJECT_HEAD));
    end(p);
}

static void dump_service(struct dump *p, const struct domain_service *s)
{
    struct registry_entry e = {.aid_length = 0};

    (void)domain_entry(p->d, s->application, &e);
    start(p, "service");
    put_hex(p, " application=", registry_aid(&e));
    domain_text(&p->t, " name=");
    domain_text_hex_number(&p->t, s->name, 4);
    domain_text(&p->t, s->is_registered ? " registered" : " recorded");
    end(p);
}

/* Not its parameters, which may be secret. */
static void dump_origin(struct dump *p, uint16_t application,
                        struct span module)
{
    struct registry_entry e = {.aid_length = 0};

    (void)domain_entry(p->d, application, &e);
    start(p, "origin");
    put_hex(p, " application=", registry_aid(&e));
    put_hex(p, " module=", module);
    end(p);
}

static void put_rank(struct dump *p, int32_t rank)
{
    domain_text(&p->t, rank < 0 ? " rank=-" : " rank=");
    domain_text_number(&p->t, rank < 0 ? 0u - (uint32_t)rank : (uint32_t)rank);
}

/* Items of the same kind in the order in which they came. */
static void put_items(struct dump *p, struct span items)
{
    struct span value;
    uint8_t type = 0;

    for (; domain_cl_take(&items, &type, &value); type = 0) {
        put_byte(p, " info=", type);
        put_hex(p, ":", value);
    }
}

static void dump_contactless(struct dump *p, const struct domain_cl *cl)
{
    struct registry_entry e = {.aid_length = 0};

    start(p, "contactless");
    if (cl->application == CL_CARD) {
        put_byte(p, " card off=", cl->state);
    } else {
        (void)domain_entry(p->d, cl->application, &e);
        put_hex(p, " application=", registry_aid(&e));
        put_byte(p, " state=", cl->state);
        put_byte(p, " initial=", cl->initial);
        put_rank(p, cl->rank);
        put_items(p, cl->items);
    }
    if (p->counters)
        put_number(p, " updates=", cl->updates);
    end(p);
}

static void dump_slot(struct dump *p, uint16_t slot)
{
    struct domain_cl cl;
    struct registry_entry e;
    struct domain_service s;
    struct domain_key k;
    struct heap_view v;
    struct span module;
    uint16_t application;
    ref_t ref;

    if (domain_entry(p->d, slot, &e)) {
        if (e.kind == ENTRY_PACKAGE)
            dump_package(p, &e);
        else if (e.kind == ENTRY_APPLICATION)
            dump_application(p, &e);
        else
            dump_domain(p, &e);
    } else if (domain_key(p->d, slot, &k)) {
        dump_key(p, &k);
    } else if (domain_service(p->d, slot, &s)) {
        dump_service(p, &s);
    } else if (domain_origin_record(p->d, slot, &application, &module)) {
        dump_origin(p, application, module);
    } else if (domain_cl_record(p->d, slot, &cl)) {
        dump_contactless(p, &cl);
    } else if (domain_record(p->d, slot, &v, &ref) &&
               v.h.length >= OBJECT_HEAD) {
        dump_data(p, &v);
    }
}

/* ---- objects ---- */

struct summary {
    uint32_t count;
    uint32_t bytes;
    uint32_t digest;
};

static uint32_t crc32(uint32_t crc, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        crc ^= bytes[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));
    }
    return crc;
}

static void add_object(const struct heap_view *v, struct summary *s)
{
    uint32_t size = heap_body_size(&v->h);
    const uint8_t transient = HEAP_CLEAR_ON_RESET | HEAP_CLEAR_ON_DESELECT;
    uint8_t head[6] = {v->h.kind, v->h.flags};

    set_u4(head + 2, v->h.length);
    uint32_t crc = crc32(0xFFFFFFFFu, head, sizeof head);
    if ((v->h.flags & transient) == 0)
        crc = crc32(crc, v->p, size);
    s->count++;
    s->bytes += size;
    s->digest += ~crc;
}

/* `owner` 0: what belongs to the package and to none of its instances. */
static struct summary sum(const struct domain *d, uint8_t context,
                          uint16_t owner)
{
    struct summary s = {0, 0, 0};
    struct heap_view v;

    for (ref_t r = heap_next(d->heap, 0); r != 0 && r < HEAP_BUILTIN_FIRST;
         r = heap_next(d->heap, r)) {
        if (heap_get(d->heap, r, &v) && v.h.context == context &&
            v.h.owner == owner)
            add_object(&v, &s);
    }
    return s;
}

static void dump_objects(struct dump *p, const struct registry_entry *e)
{
    bool is_package = e->kind == ENTRY_PACKAGE;
    struct summary s = sum(p->d, e->package, is_package ? 0 : e->instance);

    start(p, "objects");
    put_hex(p, is_package ? " package=" : " application=", registry_aid(e));
    put_number(p, " count=", s.count);
    put_number(p, " bytes=", s.bytes);
    domain_text(&p->t, " digest=");
    domain_text_hex_number(&p->t, s.digest, 8);
    end(p);
}

static void dump_upgrade(struct dump *p)
{
    struct domain_upgrade u;

    if (!domain_upgrade(p->d, &u))
        return;
    start(p, "upgrade");
    put_hex(p, " aid=", upgrade_aid(&u));
    put_number(p, " version=", u.version >> 8);
    put_number(p, ".", u.version & 0xFF);
    put_byte(p, " state=", (uint8_t)u.state);
    end(p);
}

static void dump_memory(struct dump *p)
{
    struct heap_usage u;

    heap_usage(p->d->heap, &u);
    start(p, "memory");
    put_number(p, " persistent=", u.persistent_size);
    put_number(p, " free=", u.persistent_free);
    put_number(p, " largest=", u.persistent_largest);
    put_number(p, " transient=", u.transient_reset_free);
    put_number(p, "/", u.transient_deselect_free);
    put_number(p, " handles=", u.handles_free);
    end(p);
}

void domain_dump(struct domain *d, bool counters,
                 void (*line)(void *ctx, const char *text), void *ctx)
{
    struct dump p = {.d = d, .counters = counters, .line = line, .ctx = ctx};
    struct registry_entry e;

    dump_card(&p);
    for (uint16_t s = domain_next_slot(d, 0); s != DOMAIN_NONE;
         s = domain_next_slot(d, (uint16_t)(s + 1)))
        dump_slot(&p, s);
    for (uint16_t s = 0; domain_each_entry(d, &s, &e); s++) {
        bool has_objects =
            (e.kind == ENTRY_APPLICATION && e.instance != 0) ||
            (e.kind == ENTRY_PACKAGE && e.package != REGISTRY_NATIVE_PACKAGE);
        if (has_objects)
            dump_objects(&p, &e);
    }
    dump_upgrade(&p);
    if (counters)
        dump_memory(&p);
}
