/*
 * Proves that a card on memory that somebody changed is refused or works: no
 * crash and no access outside at power-on, in the checker and in commands,
 * and a card that answers goes on answering.
 *
 * Input: edits of the memory of a card with the two example applets, 8 bytes
 * each: where (u8, b8: mend the checks of what was changed, as almost nothing
 * else gets past power-on), which (u16: a handle, a word), offset in it (u16),
 * how (u8), value (u16).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/crc.h"
#include "base/span.h"
#include "domains/keys.h"
#include "heap/internal.h"
#include "persist/internal.h"
#include "root.h"
#include "tests/apdu/host.h"
#include "vm/internal.h"

enum {
    MEMORY = 96 * 1024,
    EDIT_SIZE = 8,
    EDITS_MAX = 32,
    SUPER_CHECKED = 28,
    SLOTS_END = 192,
    MEND = 0x80,
    HANDLES_SEEN = 1024,
    LOADED = 2,     /* packages */
    BUDGET = 20000, /* instructions a command */
};

enum place { SUPER, LOG, HEAP, ROOTS, TABLE, HEADER, BODY, ANYWHERE, PLACES };
enum how { STORE_1, FLIP, ADD, STORE_2, STORE_4, COPY, SWAP, HOWS };

struct prepared {
    struct host host;
    struct faults image;
    uint32_t header[HANDLES_SEEN]; /* where live objects are in nv */
    uint32_t length[HANDLES_SEEN]; /* bytes of their bodies there */
    bool transient[HANDLES_SEEN];  /* these say where their elements are */
    bool record[HANDLES_SEEN];     /* sealed as those of the registry */
    unsigned count;
    unsigned sealed[LOADED][VM_SEALED]; /* what a package consists of */
    uint32_t data;
    uint32_t table_size;
};

static const char *const commands[] = {
    "00A4040007F0504F53540101",
    "8050000000",
    "8020000004313233340",
    "80300000020064",
    "8040000002000A",
    "8052000000",
    "00A4040007F0504F53540201",
    "8050000000",
    "00A4040000",
    "80CA006600",
    "80CAFF2100",
    "0070000001",
    "01A4040007F0504F53540101",
    "8150000000",
    "80F24002024F0000",
    "80500000080000000000000000",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static void demand_ok(sw_t sw)
{
    demand(sw == SW_OK);
}

static bool in_registry(const struct card *card, ref_t object)
{
    struct heap_view v;
    ref_t ref;

    for (uint16_t s = 0;
         (s = domain_next_slot(&card->domain, s)) != DOMAIN_NONE; s++) {
        if (domain_record(&card->domain, s, &v, &ref) && ref == object)
            return true;
    }
    return false;
}

static void note_package(struct prepared *p, uint8_t package, ref_t object,
                         unsigned i)
{
    static const uint8_t parts[VM_SEALED] = {0, 1, VM_LIST_SIGNATURES};

    for (unsigned k = 0; k < VM_SEALED; k++) {
        if (vm_listed(&p->host.card->vm, package, parts[k]) == object)
            p->sealed[package - 1][k] = i;
    }
}

static void note_objects(struct prepared *p)
{
    struct card *card = p->host.card;
    struct heap *heap = &card->heap;
    struct heap_view v;

    p->data = card->persist.data_start;
    p->table_size = heap->handle_count * 4;
    for (ref_t r = heap_next(heap, 0); r != 0 && r < HANDLES_SEEN;
         r = heap_next(heap, r)) {
        const unsigned i = p->count++;
        demand(heap_get(heap, r, &v));
        p->header[i] =
            p->data + heap_address(heap, heap_place(heap_entry(heap, r)));
        p->length[i] = heap_stored_size(&v.h) - HEAP_HEAD_SIZE;
        p->transient[i] = v.ram != NULL;
        p->record[i] =
            in_registry(card, r) || r == heap_root(heap, HEAP_ROOT_CARD);
        for (uint8_t k = 1; k <= LOADED; k++)
            note_package(p, k, r, i);
    }
}

/* A card in use: packages that share, instances, a PIN, objects. */
static void prepare(struct prepared *p)
{
    struct host *h = &p->host;
    const struct card_profile profile = host_profile(false);

    demand(host_open(h, &profile, MEMORY, "fuzz"));
    demand_ok(host_select(h, ""));
    demand_ok(host_open_session(h, 0x30, 0x01, NULL));
    demand_ok(host_load_cap(h, APPLETS "/wallet.cap", ""));
    demand_ok(host_load_cap(h, APPLETS "/loyalty.cap", ""));
    demand_ok(host_hex(h, "80E60C001D06F0504F53540107F0504F5354010107F0504F535"
                          "401010100"
                          "02C90000"));
    demand_ok(host_hex(h, "80E60C001D06F0504F53540207F0504F5354020107F0504F535"
                          "402010100"
                          "02C90000"));
    demand_ok(host_select(h, "F0504F53540101"));
    demand_ok(host_hex(h, "80300000020064"));
    demand(host_reset(h) == CARD_OK);
    note_objects(p);
    demand(p->count > 0 && faults_open(&p->image, MEMORY, 1));
    faults_copy(&p->image, &h->faults);
}

/* ---- one edit ---- */

static uint32_t place_of(const struct prepared *p, enum place where,
                         uint16_t which, uint16_t at, uint32_t *size)
{
    const unsigned object = which % p->count;

    switch (where) {
    case SUPER:
        *size = SLOTS_END;
        return at % SLOTS_END;
    case LOG:
        *size = p->data - SLOTS_END;
        return SLOTS_END + (which * 16u + at) % *size;
    case HEAP:
        *size = HEAP_ROOTS_AT;
        return p->data + at % HEAP_ROOTS_AT;
    case ROOTS:
        *size = HEAP_TABLE_AT - HEAP_ROOTS_AT;
        return p->data + HEAP_ROOTS_AT + at % *size;
    case TABLE:
        *size = p->table_size;
        return p->data + HEAP_TABLE_AT + (which * 4u + at % 4) % *size;
    case HEADER:
        *size = HEAP_HEAD_SIZE;
        return p->header[object] + at % HEAP_HEAD_SIZE;
    case BODY:
        *size = p->length[object] > 0 ? p->length[object] : 1;
        return p->header[object] + HEAP_HEAD_SIZE + at % *size;
    default:
        *size = MEMORY;
        return (which * 256u + at) % MEMORY;
    }
}

/* Bytes that an edit may touch: up to 4, none beyond the memory. */
static void change(uint8_t *p, uint8_t *other, enum how how, uint16_t value)
{
    switch (how) {
    case STORE_1:
        p[0] = (uint8_t)value;
        return;
    case FLIP:
        p[0] = (uint8_t)(p[0] ^ 1u << (value & 7));
        return;
    case ADD:
        p[0] = (uint8_t)(p[0] + value);
        return;
    case STORE_2:
        set_u2(p, value);
        return;
    case STORE_4:
        set_u4(p, (uint32_t)(int32_t)(int16_t)value);
        return;
    case COPY:
        memcpy(p, other, 4);
        return;
    default: {
        uint8_t kept[4];
        memcpy(kept, p, 4);
        memmove(p, other, 4);
        memcpy(other, kept, 4);
    }
    }
}

/* ---- what was changed, made to agree with its checks ---- */

static void mend_super(uint8_t *nv)
{
    set_u4(nv + SUPER_CHECKED, crc_of(nv, SUPER_CHECKED));
    for (uint8_t i = 0; i < 2; i++) {
        uint8_t *slot = nv + PERSIST_SLOT_AT + i * PERSIST_SLOT_STEP;
        set_u8(slot + 16, check_add(CHECK_START, slot, 16));
    }
}

/* The number of handles, and the record of a move. */
static void mend_heap(uint8_t *heap)
{
    set_u4(heap + HEAP_COUNT_AT + 4, ~get_u4(heap + HEAP_COUNT_AT));
    const uint64_t bits = get_u8(heap + HEAP_MOVE_AT) >> 7;
    set_u8(heap + HEAP_MOVE_AT, bits << 7 | heap_check_move(bits));
}

static void mend_roots(uint8_t *roots)
{
    for (unsigned i = 0; i < HEAP_ROOT_COUNT; i++) {
        uint8_t *root = roots + 4 * i;
        if (get_u4(root) != 0)
            set_u2(root + 2, get_u2(root) ^ 0xFFFF);
    }
}

static void mend_entry(uint8_t *table, uint32_t i)
{
    const uint32_t entry = get_u4(table + 4 * i) | HEAP_USED;

    set_u4(table + 4 * i,
           (entry & ~0xFFu) | heap_check_entry(entry, (ref_t)(i + 1)));
}

/* The bodies are where they were, whatever now leads to them. */
static void mend_package(struct prepared *p, unsigned package)
{
    uint8_t *nv = p->host.faults.bytes;
    struct span parts[VM_SEALED];

    for (unsigned k = 0; k < VM_SEALED; k++) {
        const unsigned i = p->sealed[package][k];
        parts[k] = span_of(nv + p->header[i] + HEAP_HEAD_SIZE, p->length[i]);
    }
    parts[0].n -= VM_SEAL_SIZE;
    set_u8(nv + (parts[0].p - nv) + parts[0].n, vm_seal(parts));
}

/* What is mended here is what the card wrote. */
static void demand_seals(struct prepared *p)
{
    for (unsigned i = 0; i < LOADED; i++)
        mend_package(p, i);
    demand(memcmp(p->host.faults.bytes, p->image.bytes, MEMORY) == 0);
}

static void mend_packages(struct prepared *p, unsigned object)
{
    for (unsigned i = 0; i < LOADED; i++) {
        for (unsigned k = 0; k < VM_SEALED; k++) {
            if (p->sealed[i][k] == object)
                mend_package(p, i);
        }
    }
}

static void mend_body(const struct prepared *p, uint8_t *body, unsigned i)
{
    if (p->transient[i])
        set_u2(body + 2, get_u2(body) ^ 0xFFFF);
    if (!p->record[i])
        return;
    if (body[0] == ENTRY_KEY && p->length[i] > KEY_RECORD_HEAD)
        domain_put_counter(body + KEY_COUNTER_AT,
                           get_u4(body + KEY_COUNTER_AT) >> 8);
    const uint32_t n = p->length[i] - REGISTRY_SEAL_SIZE;
    set_u4(body + n, domain_seal(body, n));
}

static void mend(struct prepared *p, enum place where, uint16_t which,
                 uint32_t here)
{
    uint8_t *nv = p->host.faults.bytes;
    const unsigned object = which % p->count;

    switch (where) {
    case SUPER:
        mend_super(nv);
        return;
    case HEAP:
        mend_heap(nv + p->data);
        return;
    case ROOTS:
        mend_roots(nv + p->data + HEAP_ROOTS_AT);
        return;
    case TABLE:
        mend_entry(nv + p->data + HEAP_TABLE_AT,
                   (here - p->data - HEAP_TABLE_AT) / 4);
        return;
    case HEADER:
        set_u2(nv + p->header[object] + 14,
               heap_check_head(nv + p->header[object]));
        return;
    case BODY:
        mend_body(p, nv + p->header[object] + HEAP_HEAD_SIZE, object);
        mend_packages(p, object);
        return;
    default:
        return;
    }
}

static void edit(struct prepared *p, const uint8_t *raw)
{
    uint8_t *nv = p->host.faults.bytes;
    const enum place where = (raw[0] & ~MEND) % PLACES;
    const uint16_t which = get_u2(raw + 1);
    const uint16_t at = get_u2(raw + 3);
    uint32_t size = 0;
    uint32_t here = place_of(p, where, which, at, &size);
    uint32_t there = place_of(p, where, get_u2(raw + 6), at, &size);

    if (here > MEMORY - 4 || there > MEMORY - 4)
        return;
    change(nv + here, nv + there, raw[5] % HOWS, get_u2(raw + 6));
    if ((raw[0] & MEND) != 0)
        mend(p, where, which, here);
}

/* ---- what a changed card does ---- */

static void hear(void *ctx, const char *line)
{
    (void)ctx;
    (void)line;
}

static void send_all(struct host *h)
{
    uint8_t bytes[64];

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        size_t n = strlen(commands[i]) / 2;
        for (size_t k = 0; k < n; k++) {
            unsigned b = 0;
            sscanf(commands[i] + 2 * k, "%2x", &b);
            bytes[k] = (uint8_t)b;
        }
        size_t got =
            card_transmit(h->card, bytes, n, h->response, CARD_APDU_MAX);
        if (got == 0)
            return; /* mute until the next power-on */
        demand(got >= 2);
    }
}

static void use(struct host *h)
{
    if (card_power_on(h->card) != CARD_OK)
        return;
    (void)card_check(h->card, hear, NULL);
    card_dump(h->card, true, hear, NULL);
    send_all(h);
    (void)card_check(h->card, hear, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct prepared p;

    if (p.count == 0) {
        prepare(&p);
        demand_seals(&p);
        p.host.port.instructions = BUDGET;
    }
    card_power_off(p.host.card);
    faults_copy(&p.host.faults, &p.image);
    for (size_t i = 0; i < EDITS_MAX && (i + 1) * EDIT_SIZE <= n; i++)
        edit(&p, data + i * EDIT_SIZE);
    use(&p.host);
    card_power_off(p.host.card);
    use(&p.host);
    return 0;
}
