#include "natives/keys.h"

#include <string.h>

#include "apidef/api_lookup.h"
#include "base/ct.h"
#include "jcre/call.h"
#include "natives/cells.h"
#include "natives/natives.h"
#include "vault/vault.h"

/* How much room a part needs, by the size of its key. */
enum rule {
    WHOLE,  /* as many bytes as the key's size has */
    HALF,   /* half of that, rounded up */
    ONE_UP, /* a byte more: the order of a curve may be longer than its field */
    POINT,  /* an uncompressed point */
    ANY,    /* of any length: HMAC */
    TWO,    /* two bytes */
    SIX,    /* six */
    SUBORDER /* of DSA and DH: 32 bytes at most */
};

struct slot {
    uint8_t part;
    uint8_t rule;
    bool domain;
    bool optional; /* the key is of use without it */
};

/* Sizes that a family has: from, to, in steps. */
struct sizes {
    uint16_t from;
    uint16_t to;
    uint16_t step;
};

enum {
    SLOTS_MAX = 8,
    AES_MAX = 256,
    HMAC_MAX = 255,
    SUBORDER_MAX = 32,
    PART_MAX = 512
};

struct kind {
    const char *class_name;
    struct sizes sizes;
    struct slot slots[SLOTS_MAX];
    uint8_t slot_count;
};

#define NAME(x) "javacard/security/KeyBuilder$" x
#define EC_DOMAIN                                                              \
    {KEY_FIELD, WHOLE, true, false}, {KEY_A, WHOLE, true, false},              \
        {KEY_B, WHOLE, true, false}, {KEY_G, POINT, true, false},              \
        {KEY_R, ONE_UP, true, false},                                          \
    {                                                                          \
        KEY_K, TWO, true, true                                                 \
    }
#define F2M_DOMAIN                                                             \
    {KEY_FIELD, SIX, true, false}, {KEY_A, ONE_UP, true, false},               \
        {KEY_B, ONE_UP, true, false}, {KEY_G, POINT, true, false},             \
        {KEY_R, ONE_UP, true, false},                                          \
    {                                                                          \
        KEY_K, TWO, true, true                                                 \
    }
#define DSA_DOMAIN                                                             \
    {KEY_P, WHOLE, true, false}, {KEY_Q, SUBORDER, true, false},               \
    {                                                                          \
        KEY_G, WHOLE, true, false                                              \
    }
#define DH_DOMAIN                                                              \
    {KEY_P, WHOLE, true, false}, {KEY_Q, WHOLE, true, true},                   \
    {                                                                          \
        KEY_G, WHOLE, true, false                                              \
    }
#define SECRET(rule)                                                           \
    {                                                                          \
        {                                                                      \
            KEY_VALUE, rule, false, false                                      \
        }                                                                      \
    }

static const struct kind key_kinds[KEY_FAMILIES] = {
    [KEY_DES] = {NAME("DES"), {64, 192, 64}, SECRET(WHOLE), 1},
    [KEY_AES] = {NAME("AES"), {128, 512, 64}, SECRET(WHOLE), 1},
    [KEY_DSA_PUBLIC] = {NAME("DSAPublic"),
                        {512, 3072, 64},
                        {DSA_DOMAIN, {KEY_Y, WHOLE, false, false}},
                        4},
    [KEY_DSA_PRIVATE] = {NAME("DSAPrivate"),
                         {512, 3072, 64},
                         {DSA_DOMAIN, {KEY_X, SUBORDER, false, false}},
                         4},
    [KEY_EC_F2M_PUBLIC] = {NAME("ECPublic"),
                           {113, 571, 1},
                           {F2M_DOMAIN, {KEY_W, POINT, false, false}},
                           7},
    [KEY_EC_F2M_PRIVATE] = {NAME("ECPrivate"),
                            {113, 571, 1},
                            {F2M_DOMAIN, {KEY_S, ONE_UP, false, false}},
                            7},
    [KEY_EC_FP_PUBLIC] = {NAME("ECPublic"),
                          {112, 521, 1},
                          {EC_DOMAIN, {KEY_W, POINT, false, false}},
                          7},
    [KEY_EC_FP_PRIVATE] = {NAME("ECPrivate"),
                           {112, 521, 1},
                           {EC_DOMAIN, {KEY_S, ONE_UP, false, false}},
                           7},
    [KEY_HMAC] = {NAME("HMAC"), {1, 0x7FFF, 1}, SECRET(ANY), 1},
    [KEY_KOREAN_SEED] = {NAME("KoreanSEED"), {128, 128, 1}, SECRET(WHOLE), 1},
    [KEY_RSA_PUBLIC] = {NAME("RSAPublic"),
                        {512, 4096, 8},
                        {{KEY_MODULUS, WHOLE, false, false},
                         {KEY_EXPONENT, WHOLE, false, false}},
                        2},
    [KEY_RSA_PRIVATE] = {NAME("RSAPrivate"),
                         {512, 4096, 8},
                         {{KEY_MODULUS, WHOLE, false, false},
                          {KEY_EXPONENT, WHOLE, false, false}},
                         2},
    [KEY_RSA_CRT] = {NAME("RSAPrivateCrt"),
                     {512, 4096, 8},
                     {{KEY_P, HALF, false, false},
                      {KEY_Q, HALF, false, false},
                      {KEY_DP1, HALF, false, false},
                      {KEY_DQ1, HALF, false, false},
                      {KEY_PQ, HALF, false, false}},
                     5},
    [KEY_DH_PUBLIC] = {NAME("DHPublic"),
                       {512, 4096, 8},
                       {DH_DOMAIN, {KEY_Y, WHOLE, false, false}},
                       4},
    [KEY_DH_PRIVATE] = {NAME("DHPrivate"),
                        {512, 4096, 8},
                        {DH_DOMAIN, {KEY_X, WHOLE, false, false}},
                        4},
    [KEY_EC_F2M_PARAMETERS] = {NAME("ECParameters"),
                               {113, 571, 1},
                               {F2M_DOMAIN},
                               6},
    [KEY_EC_FP_PARAMETERS] = {NAME("ECParameters"),
                              {112, 521, 1},
                              {EC_DOMAIN},
                              6},
    [KEY_DSA_PARAMETERS] = {NAME("DSAParameters"),
                            {512, 3072, 64},
                            {DSA_DOMAIN},
                            3},
    [KEY_DH_PARAMETERS] = {NAME("DHParameters"),
                           {512, 4096, 8},
                           {DH_DOMAIN},
                           3},
    [KEY_GENERIC_SECRET] = {NAME("GenericSecret"),
                            {8, 8 * PART_MAX, 8},
                            SECRET(WHOLE),
                            1},
    [KEY_SM4] = {NAME("SM4"), {128, 128, 1}, SECRET(WHOLE), 1},
    [KEY_XEC_PUBLIC] = {NAME("XECPublic"), {112, 571, 1}, SECRET(POINT), 1},
    [KEY_XEC_PRIVATE] = {NAME("XECPrivate"), {112, 571, 1}, SECRET(ONE_UP), 1},
};

enum { PRESENT_SIZE = 2, LENGTH_SIZE = 2, BITS_A_BYTE = 8 };

static uint16_t room(const struct slot *s, uint16_t size)
{
    const uint16_t bytes = (uint16_t)((size + BITS_A_BYTE - 1) / BITS_A_BYTE);

    switch ((enum rule)s->rule) {
    case WHOLE:
        return bytes;
    case HALF:
        return (uint16_t)((bytes + 1) / 2);
    case ONE_UP:
        return (uint16_t)(bytes + 1);
    case POINT:
        return (uint16_t)(2 * bytes + 1);
    case ANY:
        return HMAC_MAX;
    case TWO:
        return 2;
    case SIX:
        return 6;
    case SUBORDER:
        return bytes < SUBORDER_MAX ? bytes : SUBORDER_MAX;
    }
    return 0;
}

/* What is not known to be public is kept as a secret. */
static bool is_secret(const struct key *key, const struct slot *s)
{
    switch ((enum key_part)s->part) {
    case KEY_MODULUS:
    case KEY_W:
    case KEY_Y:
        return false;
    case KEY_VALUE:
        return key->family != KEY_XEC_PUBLIC;
    case KEY_EXPONENT:
        return key->family == KEY_RSA_PRIVATE;
    default:
        return !s->domain;
    }
}

/* What sealing adds to a part. */
static uint32_t tag_of(const struct key *key, const struct slot *s)
{
    return is_secret(key, s) ? key->tag : 0;
}

/* Bytes of a part with its length. */
static uint32_t slot_size(const struct key *key, const struct slot *s)
{
    return LENGTH_SIZE + (uint32_t)room(s, key->size) + tag_of(key, s);
}

/* Where a part stands in a record: its length, then it; NULL: no such part. */
static const struct slot *find(const struct key *key, enum key_part part,
                               uint32_t *at, unsigned *bit)
{
    const struct kind *kind = &key_kinds[key->family];

    *at = PRESENT_SIZE;
    for (*bit = 0; *bit < kind->slot_count; (*bit)++) {
        const struct slot *s = &kind->slots[*bit];
        if (s->part == part)
            return s;
        *at += slot_size(key, s);
    }
    return NULL;
}

static uint32_t record_size(const struct key *key)
{
    const struct kind *kind = &key_kinds[key->family];
    uint32_t n = PRESENT_SIZE;

    for (unsigned i = 0; i < kind->slot_count; i++)
        n += slot_size(key, &kind->slots[i]);
    return n;
}

static struct vault *vault_of(const struct vm *vm)
{
    return jcre_vault(jcre_of(vm));
}

/* What sealing adds to the secrets of a key: nothing in volatile memory. */
static uint8_t tag_in(const struct vm *vm, enum key_memory memory)
{
    return memory == KEY_PERSISTENT ? (uint8_t)vault_overhead(vault_of(vm)) : 0;
}

/* Whether all of its secrets can be shown together, and one again. */
static bool can_be_shown(const struct key *key)
{
    const struct kind *kind = &key_kinds[key->family];
    uint32_t sum = 0;
    uint32_t most = 0;

    for (unsigned i = 0; i < kind->slot_count; i++) {
        const uint32_t n = is_secret(key, &kind->slots[i])
                               ? room(&kind->slots[i], key->size)
                               : 0;
        sum += n;
        most = n > most ? n : most;
    }
    return key->tag == 0 || sum + most <= CARD_SECRETS;
}

/* 512 bits of AES are two keys, for XTS. */
static bool has_size(enum key_family family, uint16_t size)
{
    const struct sizes *s = &key_kinds[family].sizes;

    if (family == KEY_AES && size > AES_MAX && size < s->to)
        return false;
    return size >= s->from && size <= s->to && (size - s->from) % s->step == 0;
}

/* ---- making ---- */

/* Whether the card's profile keeps keys of this family from applets. */
static bool is_withheld(const struct vm *vm, enum key_family family)
{
    static const uint16_t kinds[KEY_FAMILIES] = {
        [KEY_DES] = CARD_FAMILY_DES,
        [KEY_AES] = CARD_FAMILY_AES,
        [KEY_DSA_PUBLIC] = CARD_FAMILY_DSA,
        [KEY_DSA_PRIVATE] = CARD_FAMILY_DSA,
        [KEY_EC_F2M_PUBLIC] = CARD_FAMILY_EC,
        [KEY_EC_F2M_PRIVATE] = CARD_FAMILY_EC,
        [KEY_EC_FP_PUBLIC] = CARD_FAMILY_EC,
        [KEY_EC_FP_PRIVATE] = CARD_FAMILY_EC,
        [KEY_HMAC] = CARD_FAMILY_HMAC,
        [KEY_KOREAN_SEED] = CARD_FAMILY_SEED,
        [KEY_RSA_PUBLIC] = CARD_FAMILY_RSA,
        [KEY_RSA_PRIVATE] = CARD_FAMILY_RSA,
        [KEY_RSA_CRT] = CARD_FAMILY_RSA,
        [KEY_DH_PUBLIC] = CARD_FAMILY_DH,
        [KEY_DH_PRIVATE] = CARD_FAMILY_DH,
        [KEY_EC_F2M_PARAMETERS] = CARD_FAMILY_EC,
        [KEY_EC_FP_PARAMETERS] = CARD_FAMILY_EC,
        [KEY_DSA_PARAMETERS] = CARD_FAMILY_DSA,
        [KEY_DH_PARAMETERS] = CARD_FAMILY_DH,
        [KEY_GENERIC_SECRET] = CARD_FAMILY_HMAC,
        [KEY_SM4] = CARD_FAMILY_SM4,
        [KEY_XEC_PUBLIC] = CARD_FAMILY_XEC,
        [KEY_XEC_PRIVATE] = CARD_FAMILY_XEC,
    };
    const struct jcre_services *s = jcre_services(jcre_of(vm));

    return s != NULL && s->calls->withheld != NULL &&
           (s->calls->withheld(s->ctx) & kinds[family]) != 0;
}

static enum err new_record(struct vm *vm, const struct vm_call *call,
                           enum key_memory memory, uint32_t n, ref_t *out)
{
    static const uint8_t flags[] = {
        [KEY_PERSISTENT] = 0,
        [KEY_CLEAR_ON_RESET] = HEAP_CLEAR_ON_RESET,
        [KEY_CLEAR_ON_DESELECT] = HEAP_CLEAR_ON_DESELECT,
    };
    struct heap_header hd = {0};

    hd.kind = memory == KEY_PERSISTENT ? HEAP_BLOB : HEAP_BYTE_ARRAY;
    hd.flags = flags[memory];
    hd.context = call->caller_context;
    hd.owner = vm_owner(vm);
    hd.length = n;
    return heap_new(vm_heap(vm), &hd, out);
}

static enum err fill_in(struct vm *vm, ref_t key, const struct key *of)
{
    const struct {
        enum native_cell cell;
        uint16_t value;
    } cells[] = {
        {CELL_KEY_RECORD, of->record},           {CELL_KEY_DOMAIN, of->domain},
        {CELL_KEY_FAMILY, (uint16_t)of->family}, {CELL_KEY_SIZE, of->size},
        {CELL_KEY_PARAMETER, of->parameter},
    };
    enum err e = ERR_OK;

    for (size_t i = 0; i < sizeof cells / sizeof cells[0] && e == ERR_OK; i++)
        e = native_set_cell(vm, key, cells[i].cell, cells[i].value,
                            HEAP_ATOMIC);
    return e;
}

ref_t native_key_new(struct vm *vm, const struct vm_call *call,
                     enum key_family family, enum key_memory memory,
                     uint16_t size)
{
    const struct kind *kind = &key_kinds[family];
    const int16_t wanted[] = {(int16_t)family, (int16_t)size};
    struct key key = {
        .family = family, .size = size, .tag = tag_in(vm, memory)};
    ref_t object = 0;

    if (!has_size(family, size) || !can_be_shown(&key) ||
        is_withheld(vm, family)) {
        (void)native_no_algorithm(vm, "KeyBuilder", wanted, 2);
        return 0;
    }
    if (memory == KEY_CLEAR_ON_DESELECT &&
        jcre_selected_context(jcre_of(vm)) != call->caller_context) {
        (void)native_throw_system(vm, SYSTEM_ILLEGAL_TRANSIENT);
        return 0;
    }
    object = vm_new_object(vm, vm_api_class(kind->class_name));
    if (object == 0)
        return 0;
    enum err e = new_record(vm, call, memory, record_size(&key), &key.record);
    if (e == ERR_OK)
        e = fill_in(vm, object, &key);
    if (e != ERR_OK)
        (void)vm_throw_err(vm, e);
    return e == ERR_OK ? object : 0;
}

/* ---- looking ---- */

static bool is_key(const struct heap_view *v, enum key_family *family)
{
    const struct vm_class class = {v->h.class_package, v->h.class_offset};
    const uint16_t number = native_cell_of(v, CELL_KEY_FAMILY);

    if (v->h.kind != HEAP_OBJECT || number >= KEY_FAMILIES)
        return false;
    *family = (enum key_family)number;
    return vm_is_named(class, key_kinds[number].class_name);
}

/* All of a key that its object, in view, says. */
static void read_cells(const struct vm *vm, ref_t ref,
                       const struct heap_view *v, struct key *key)
{
    key->object = ref;
    key->record = native_cell_of(v, CELL_KEY_RECORD);
    key->domain = native_cell_of(v, CELL_KEY_DOMAIN);
    key->size = native_cell_of(v, CELL_KEY_SIZE);
    key->parameter = native_cell_of(v, CELL_KEY_PARAMETER);
    key->tag = 0;
    if (vault_overhead(vault_of(vm)) != 0)
        key->tag = tag_in(vm, native_key_memory(vm, key));
}

bool native_key_look(const struct vm *vm, ref_t ref, struct key *key)
{
    struct heap_view v;

    if (!heap_get(vm_heap(vm), ref, &v) || !is_key(&v, &key->family))
        return false;
    read_cells(vm, ref, &v, key);
    return !native_is_null(vm, key->record);
}

bool native_key_open(struct vm *vm, const struct vm_call *call, ref_t ref,
                     struct key *key)
{
    struct heap_view v;

    if (!native_view(vm, call, ref, &v))
        return false;
    if (!is_key(&v, &key->family))
        return native_refuse(vm, CRYPTO_ILLEGAL_VALUE);
    read_cells(vm, ref, &v, key);
    if (!native_is_null(vm, key->record))
        return true;
    return native_refuse(vm, CRYPTO_UNINITIALIZED_KEY);
}

enum key_memory native_key_memory(const struct vm *vm, const struct key *key)
{
    struct heap_view v;

    if (!heap_get(vm_heap(vm), key->record, &v) || v.ram == NULL)
        return KEY_PERSISTENT;
    return (v.h.flags & HEAP_CLEAR_ON_RESET) != 0 ? KEY_CLEAR_ON_RESET
                                                  : KEY_CLEAR_ON_DESELECT;
}

/* The record that a part is in. */
static ref_t record_of(const struct key *key, const struct slot *s)
{
    return s->domain && key->domain != 0 ? key->domain : key->record;
}

/* A part that is set, as it is stored; its length is that of what was set. */
static bool stored_part(const struct vm *vm, const struct key *key,
                        const struct slot *s, uint32_t at, unsigned bit,
                        struct span *out)
{
    struct heap_view v;

    if (!heap_get(vm_heap(vm), record_of(key, s), &v) ||
        (get_u2(v.p) >> bit & 1) == 0)
        return false;
    const uint16_t n = get_u2(v.p + at);
    *out = span_of(v.p + at + LENGTH_SIZE, n);
    return n <= room(s, key->size);
}

/* The vault knows a part by its record and its place there. */
static struct vault_place place_of(const struct key *key, const struct slot *s,
                                   unsigned bit)
{
    return (struct vault_place){VAULT_OF_KEY, record_of(key, s), (uint16_t)bit};
}

/* What does not open was changed by others than this card: it stops. */
static bool show(const struct vm *vm, struct vault_place place,
                 struct span *part)
{
    part->p = vault_show(vault_of(vm), place, part->p, part->n);
    if (part->p != NULL)
        return true;
    jcre_trace(jcre_of(vm), "key", "an enciphered key does not open");
    persist_give_up(vm_heap(vm)->persist);
    return false;
}

bool native_key_part(const struct vm *vm, const struct key *key,
                     enum key_part part, struct span *out)
{
    uint32_t at = 0;
    unsigned bit = 0;
    const struct slot *s = find(key, part, &at, &bit);

    if (s == NULL || !stored_part(vm, key, s, at, bit, out))
        return false;
    return tag_of(key, s) == 0 || show(vm, place_of(key, s, bit), out);
}

bool native_key_opens(const struct vm *vm, const struct key *key)
{
    const struct kind *kind = &key_kinds[key->family];
    uint8_t plain[PART_MAX];
    struct span stored;
    uint32_t at = PRESENT_SIZE;
    enum err e = ERR_OK;

    for (unsigned i = 0; i < kind->slot_count && e == ERR_OK; i++) {
        const struct slot *s = &kind->slots[i];
        if (tag_of(key, s) != 0 && stored_part(vm, key, s, at, i, &stored))
            e = vault_get(vault_of(vm), place_of(key, s, i), stored.p, stored.n,
                          plain);
        at += slot_size(key, s);
    }
    wipe(plain, sizeof plain);
    return e == ERR_OK;
}

uint16_t native_key_room(const struct key *key, enum key_part part)
{
    uint32_t at = 0;
    unsigned bit = 0;
    const struct slot *s = find(key, part, &at, &bit);

    return s != NULL ? room(s, key->size) : 0;
}

bool native_key_is_ready(const struct vm *vm, const struct key *key)
{
    const struct kind *kind = &key_kinds[key->family];
    struct span part;
    uint32_t at = PRESENT_SIZE;

    for (unsigned i = 0; i < kind->slot_count; i++) {
        const struct slot *s = &kind->slots[i];
        if (!s->optional && !stored_part(vm, key, s, at, i, &part))
            return false;
        at += slot_size(key, s);
    }
    return true;
}

/* ---- changing ---- */

/* One more part is there. */
static bool mark(struct vm *vm, ref_t record, unsigned bit)
{
    uint8_t present[PRESENT_SIZE];
    struct heap_view v;

    if (!heap_get(vm_heap(vm), record, &v))
        return false;
    if ((get_u2(v.p) >> bit & 1) != 0)
        return true;
    set_u2(present, (uint16_t)(get_u2(v.p) | 1u << bit));
    return native_write(vm, record, 0, present, sizeof present, HEAP_ATOMIC);
}

/* Writing it again would only wear the memory out. */
static bool is_that(const struct vm *vm, const struct key *key,
                    const struct slot *s, uint32_t at, unsigned bit,
                    struct span stored, size_t n)
{
    struct span now;

    return stored_part(vm, key, s, at, bit, &now) && now.n == n &&
           ct_equal(now.p, stored.p, stored.n);
}

/* Its length, and it as it is stored; false: thrown. */
static bool put_in_form(struct vm *vm, const struct key *key,
                        const struct slot *s, unsigned bit, struct span bytes,
                        struct buf *written)
{
    enum err e = ERR_OK;

    set_u2(written->p, (uint16_t)bytes.n);
    written->n = LENGTH_SIZE + bytes.n;
    if (tag_of(key, s) != 0) {
        e = vault_put(vault_of(vm), place_of(key, s, bit), bytes,
                      written->p + LENGTH_SIZE);
        written->n += key->tag;
    } else if (bytes.n != 0) {
        memcpy(written->p + LENGTH_SIZE, bytes.p, bytes.n);
    }
    if (e != ERR_OK)
        (void)native_crypto_failed(vm, e);
    return e == ERR_OK;
}

/* Writes a part in its form, unless it is there. */
static bool write_part(struct vm *vm, const struct key *key,
                       const struct slot *s, uint32_t at, unsigned bit,
                       struct span written)
{
    const struct span stored =
        span_of(written.p + LENGTH_SIZE, written.n - LENGTH_SIZE);

    if (is_that(vm, key, s, at, bit, stored, get_u2(written.p)))
        return true;
    /* a cut between the two leaves a part that is not there yet */
    return native_write(vm, record_of(key, s), at, written.p,
                        (uint32_t)written.n, HEAP_ATOMIC) &&
           mark(vm, record_of(key, s), bit);
}

bool native_key_put(struct vm *vm, const struct key *key, enum key_part part,
                    struct span bytes)
{
    uint8_t form[LENGTH_SIZE + VAULT_TAG + PART_MAX];
    struct buf written = buf_of(form, sizeof form);
    uint32_t at = 0;
    unsigned bit = 0;
    const struct slot *s = find(key, part, &at, &bit);

    if (s == NULL || bytes.n > room(s, key->size) || bytes.n > PART_MAX)
        return native_refuse(vm, CRYPTO_ILLEGAL_VALUE);
    const bool done =
        put_in_form(vm, key, s, bit, bytes, &written) &&
        write_part(vm, key, s, at, bit, span_of(written.p, written.n));
    wipe(form, sizeof form);
    return done;
}

bool native_key_clear(struct vm *vm, const struct key *key)
{
    return native_fill(vm, key->record, 0, 0, record_size(key), HEAP_ATOMIC);
}

/* ---- javacard.security.Key, and what getters and setters share ---- */

enum vm_native_result native_key_get(struct vm *vm, const struct vm_call *call,
                                     enum key_part part)
{
    struct native_range to;
    struct span bytes;
    struct key key;

    /* the array before what would go into it */
    if (!native_key_open(vm, call, call->cells[0], &key) ||
        !native_target(vm, call, call->cells[1], native_short(call, 2), 0, &to))
        return VM_NATIVE_THREW;
    if (!native_key_part(vm, &key, part, &bytes))
        return native_throw_crypto(vm, CRYPTO_UNINITIALIZED_KEY);
    if (!native_target(vm, call, call->cells[1], native_short(call, 2),
                       (int32_t)bytes.n, &to) ||
        !native_write(vm, to.ref, to.at, bytes.p, to.n, HEAP_ATOMIC))
        return VM_NATIVE_THREW;
    return native_done_short(vm, (int32_t)to.n);
}

enum vm_native_result native_key_set(struct vm *vm, const struct vm_call *call,
                                     enum key_part part, bool exact)
{
    struct span bytes;
    struct key key;

    if (!native_key_given(vm, call, native_short(call, 3), &bytes) ||
        !native_key_open(vm, call, call->cells[0], &key))
        return VM_NATIVE_THREW;
    const uint16_t most = native_key_room(&key, part);
    if (bytes.n == 0 || bytes.n > most || (exact && bytes.n < most))
        return native_throw_crypto(vm, CRYPTO_ILLEGAL_VALUE);
    return native_key_put(vm, &key, part, bytes) ? VM_NATIVE_DONE
                                                 : VM_NATIVE_THREW;
}

enum vm_native_result native_key_size(struct vm *vm, const struct vm_call *call)
{
    struct key key;

    return native_key_open(vm, call, call->cells[0], &key)
               ? native_done_short(vm, key.size)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_key_initialized(struct vm *vm,
                                             const struct vm_call *call)
{
    struct key key;

    return native_key_open(vm, call, call->cells[0], &key)
               ? native_done_short(vm, native_key_is_ready(vm, &key))
               : VM_NATIVE_THREW;
}

enum vm_native_result native_key_clear_key(struct vm *vm,
                                           const struct vm_call *call)
{
    struct key key;

    return native_key_open(vm, call, call->cells[0], &key) &&
                   native_key_clear(vm, &key)
               ? VM_NATIVE_DONE
               : VM_NATIVE_THREW;
}
