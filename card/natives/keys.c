#include "natives/keys.h"

#include <string.h>

#include "apidef/api_lookup.h"
#include "base/ct.h"
#include "natives/cells.h"
#include "natives/natives.h"

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

/* Where a part stands in a record: its length, then it; NULL: no such part. */
static const struct slot *find(enum key_family family, uint16_t size,
                               enum key_part part, uint32_t *at, unsigned *bit)
{
    const struct kind *kind = &key_kinds[family];

    *at = PRESENT_SIZE;
    for (*bit = 0; *bit < kind->slot_count; (*bit)++) {
        const struct slot *s = &kind->slots[*bit];
        if (s->part == part)
            return s;
        *at += LENGTH_SIZE + (uint32_t)room(s, size);
    }
    return NULL;
}

static uint32_t record_size(const struct kind *kind, uint16_t size)
{
    uint32_t n = PRESENT_SIZE;

    for (unsigned i = 0; i < kind->slot_count; i++)
        n += LENGTH_SIZE + (uint32_t)room(&kind->slots[i], size);
    return n;
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
    struct key key = {.family = family, .size = size};
    ref_t object = 0;

    if (!has_size(family, size)) {
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
    enum err e =
        new_record(vm, call, memory, record_size(kind, size), &key.record);
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

bool native_key_open(struct vm *vm, const struct vm_call *call, ref_t ref,
                     struct key *key)
{
    struct heap_view v;

    if (!native_view(vm, call, ref, &v))
        return false;
    if (!is_key(&v, &key->family))
        return native_refuse(vm, CRYPTO_ILLEGAL_VALUE);
    key->object = ref;
    key->record = native_cell_of(&v, CELL_KEY_RECORD);
    key->domain = native_cell_of(&v, CELL_KEY_DOMAIN);
    key->size = native_cell_of(&v, CELL_KEY_SIZE);
    key->parameter = native_cell_of(&v, CELL_KEY_PARAMETER);
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

bool native_key_part(const struct vm *vm, const struct key *key,
                     enum key_part part, struct span *out)
{
    uint32_t at = 0;
    unsigned bit = 0;
    const struct slot *s = find(key->family, key->size, part, &at, &bit);
    struct heap_view v;

    if (s == NULL || !heap_get(vm_heap(vm), record_of(key, s), &v) ||
        (get_u2(v.p) >> bit & 1) == 0)
        return false;
    const uint16_t n = get_u2(v.p + at);
    *out = span_of(v.p + at + LENGTH_SIZE, n);
    return n <= room(s, key->size);
}

uint16_t native_key_room(const struct key *key, enum key_part part)
{
    uint32_t at = 0;
    unsigned bit = 0;
    const struct slot *s = find(key->family, key->size, part, &at, &bit);

    return s != NULL ? room(s, key->size) : 0;
}

bool native_key_is_ready(const struct vm *vm, const struct key *key)
{
    const struct kind *kind = &key_kinds[key->family];
    struct span part;

    for (unsigned i = 0; i < kind->slot_count; i++) {
        const struct slot *s = &kind->slots[i];
        if (!s->optional &&
            !native_key_part(vm, key, (enum key_part)s->part, &part))
            return false;
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
                    enum key_part part, struct span bytes)
{
    struct span now;

    return native_key_part(vm, key, part, &now) && now.n == bytes.n &&
           ct_equal(now.p, bytes.p, bytes.n);
}

bool native_key_put(struct vm *vm, const struct key *key, enum key_part part,
                    struct span bytes)
{
    uint8_t written[LENGTH_SIZE + PART_MAX];
    uint32_t at = 0;
    unsigned bit = 0;
    const struct slot *s = find(key->family, key->size, part, &at, &bit);

    if (s == NULL || bytes.n > room(s, key->size) || bytes.n > PART_MAX)
        return native_refuse(vm, CRYPTO_ILLEGAL_VALUE);
    if (is_that(vm, key, part, bytes))
        return true;
    set_u2(written, (uint16_t)bytes.n);
    if (bytes.n != 0)
        memcpy(written + LENGTH_SIZE, bytes.p, bytes.n);
    /* a cut between the two leaves a part that is not there yet */
    bool done = native_write(vm, record_of(key, s), at, written,
                             (uint32_t)(LENGTH_SIZE + bytes.n), HEAP_ATOMIC) &&
                mark(vm, record_of(key, s), bit);
    wipe(written, sizeof written);
    return done;
}

bool native_key_clear(struct vm *vm, const struct key *key)
{
    const uint32_t n = record_size(&key_kinds[key->family], key->size);

    return native_fill(vm, key->record, 0, 0, n, HEAP_ATOMIC);
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
