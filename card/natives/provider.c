/*
 * securechannel.provider.SecureChannelProvider, and the keys and parameters
 * that applets give the objects which it makes: securechannel.
 * SecureChannelKeys.  Keys that come as bytes are kept as Key objects of the
 * channel's own.  What no public text says stands in docs/settled.md.
 */
#include <string.h>

#include "base/ct.h"
#include "natives/cells.h"
#include "natives/channel.h"
#include "natives/keys.h"
#include "natives/natives.h"

enum {
    TYPE_ISO7816 = 1,
    TYPE_SCP02 = 4,
    TYPE_SCP03 = 5,
    TAG_OPTIONS = 0x80,
    BUFFER_TRANSIENT = 0x01,
    BUFFER_ANY = 0x10,
};

enum { /* KeyBuilder's types, and SecureChannelKeys' usages */
       KEY_TYPE_DES = 3,
       KEY_TYPE_AES = 15,
       USAGE_ENC = 0x01,
       USAGE_MAC = 0x02,
       USAGE_DEK = 0x03,
       USAGE_R_ENC = 0x81,
       USAGE_R_MAC = 0x82,
       USAGE_OPACITY_PUBLIC = 0x20,
       USAGE_OPACITY_PRIVATE = 0x21,
};

enum { PARAM_DIVERSIFICATION = 11, PARAM_SEQUENCE = 12, PARAM_VERSION = 13 };

enum { BITS_A_BYTE = 8, SCP02_KEY_BITS = 128, OPTIONS_SIZE = 3, KVN_MAX = 127 };

static const char class_name[] =
    "org/globalplatform/securechannel/provider/SecureChannelProvider$Instance";

/* ---- the objects ---- */

/* The elements of one of its transient arrays; NULL: it is not whole. */
static void *memory_of(const struct channel *c, enum native_cell cell,
                       uint32_t *n)
{
    struct heap_view v;
    const ref_t ref = native_cell(c->vm, c->object, cell);

    if (!heap_get(vm_heap(c->vm), ref, &v) || v.ram == NULL)
        return NULL;
    *n = v.h.length;
    return v.ram;
}

bool native_channel_look(struct channel *c)
{
    uint32_t n = 0;

    if (vm_instance_of(c->vm, c->object, vm_api_class(class_name))) {
        c->protocol_and_i =
            native_cell(c->vm, c->object, CELL_CHANNEL_PROTOCOL);
        c->session = memory_of(c, CELL_CHANNEL_SESSION, &n);
    }
    c->kind = c->protocol_and_i >> 8 == CHANNEL_ISO7816
                  ? &native_channel_iso
                  : &native_channel_provided;
    if (c->session != NULL)
        return true;
    (void)native_throw_system(c->vm, SYSTEM_ILLEGAL_USE);
    return false;
}

struct channel_message *native_channel_message(struct channel *c, size_t *room)
{
    uint32_t n = 0;
    struct channel_message *m = memory_of(c, CELL_CHANNEL_MESSAGE, &n);

    if (m == NULL)
        (void)native_throw_system(c->vm, SYSTEM_ILLEGAL_USE);
    else
        *room = n - sizeof *m;
    return m;
}

void native_channel_wipe(struct channel *c)
{
    uint32_t n = 0;
    struct channel_message *m = memory_of(c, CELL_CHANNEL_MESSAGE, &n);

    wipe(c->session, sizeof *c->session);
    if (m != NULL)
        native_channel_forget(m);
}

/* ---- making ---- */

/* "80 01 i": 6A80 for anything else, 6A81 for what is not provided. */
static sw_t take_options(struct span bytes, enum scp_protocol protocol,
                         uint8_t *i)
{
    if (bytes.n != OPTIONS_SIZE || bytes.p[0] != TAG_OPTIONS || bytes.p[1] != 1)
        return SW_WRONG_DATA;
    *i = bytes.p[2];
    if (!scp_i_allowed(protocol, *i) || scp_i_implicit(protocol, *i) ||
        (protocol == SCP_02 && (*i & SCP02_I_THREE_KEYS) == 0))
        return SW_FUNCTION_UNSUPPORTED;
    return SW_OK;
}

static enum err new_memory(struct vm *vm, const struct vm_call *call,
                           uint32_t n, ref_t object, enum native_cell cell)
{
    struct heap_header hd = {.kind = HEAP_BYTE_ARRAY,
                             .flags = HEAP_CLEAR_ON_DESELECT};
    ref_t ref = 0;

    hd.context = call->caller_context;
    hd.owner = vm_owner(vm);
    hd.length = n;
    const enum err e = heap_new(vm_heap(vm), &hd, &ref);
    return e == ERR_OK ? native_set_cell(vm, object, cell, ref, HEAP_ATOMIC)
                       : e;
}

static ref_t make(struct vm *vm, const struct vm_call *call,
                  uint16_t protocol_and_i)
{
    const ref_t object = vm_new_object(vm, vm_api_class(class_name));

    if (object == 0)
        return 0;
    enum err e = new_memory(vm, call, sizeof(struct channel_session), object,
                            CELL_CHANNEL_SESSION);
    if (e == ERR_OK)
        e = new_memory(vm, call,
                       sizeof(struct channel_message) + CARD_APDU_BUFFER +
                           ISO_OVERHEAD_MAX,
                       object, CELL_CHANNEL_MESSAGE);
    if (e == ERR_OK)
        e = native_set_cell(vm, object, CELL_CHANNEL_PROTOCOL, protocol_and_i,
                            HEAP_ATOMIC);
    if (e == ERR_MEMORY)
        (void)native_throw_system(vm, SYSTEM_NO_TRANSIENT_SPACE);
    else if (e != ERR_OK)
        (void)vm_throw_err(vm, e);
    return e == ERR_OK ? object : 0;
}

/* ISO 7816 has no options. */
static bool take_parameters(struct vm *vm, const struct vm_call *call,
                            int16_t type, uint16_t *protocol_and_i)
{
    const unsigned protocol = type == TYPE_SCP02   ? SCP_02
                              : type == TYPE_SCP03 ? SCP_03
                                                   : CHANNEL_ISO7816;
    struct native_range r;
    uint8_t i = 0;
    sw_t sw = SW_WRONG_DATA;

    *protocol_and_i = (uint16_t)(protocol << 8);
    if (type == TYPE_ISO7816 && native_is_null(vm, call->cells[1]))
        return true;
    if (!native_piece(vm, call, 1, &r))
        return false;
    if (type != TYPE_ISO7816)
        sw = take_options(native_span(&r), (enum scp_protocol)protocol, &i);
    else if (r.n == 0)
        sw = SW_OK;
    *protocol_and_i |= i;
    if (sw != SW_OK)
        (void)native_throw_iso(vm, sw);
    return sw == SW_OK;
}

/* Every kind of array is taken, whatever buffer type is asked for. */
enum vm_native_result native_provider_new(struct vm *vm,
                                          const struct vm_call *call)
{
    const int16_t type = native_short(call, 0);
    const int16_t buffers = native_short(call, 4);
    uint16_t protocol_and_i = 0;

    if (type != TYPE_SCP02 && type != TYPE_SCP03 && type != TYPE_ISO7816)
        return native_throw_iso(vm, SW_FUNCTION_UNSUPPORTED);
    if (buffers != BUFFER_TRANSIENT && buffers != BUFFER_ANY)
        return native_throw_system(vm, SYSTEM_ILLEGAL_VALUE);
    if (!take_parameters(vm, call, type, &protocol_and_i))
        return VM_NATIVE_THREW;
    const ref_t object = make(vm, call, protocol_and_i);
    return object != 0 ? native_done_ref(vm, object) : VM_NATIVE_THREW;
}

/* ---- keys ---- */

static enum native_cell cell_of(unsigned which)
{
    return (enum native_cell)(CELL_CHANNEL_KEY + which);
}

static bool set_cell(struct channel *c, enum native_cell cell, uint16_t value)
{
    enum err e = ERR_OK;

    if (native_cell(c->vm, c->object, cell) != value)
        e = native_set_cell(c->vm, c->object, cell, value, HEAP_ATOMIC);
    if (e != ERR_OK)
        (void)vm_throw_err(c->vm, e);
    return e == ERR_OK;
}

static bool forget_all(struct channel *c, bool clear)
{
    const uint16_t own = native_cell(c->vm, c->object, CELL_CHANNEL_OWN);

    for (unsigned which = 0; which < CHANNEL_KEYS; which++) {
        struct key key;
        const ref_t ref = native_cell(c->vm, c->object, cell_of(which));
        if ((clear || (own >> which & 1) != 0) &&
            native_key_look(c->vm, ref, &key) && !native_key_clear(c->vm, &key))
            return false;
        if (!set_cell(c, cell_of(which), 0))
            return false;
    }
    return set_cell(c, CELL_CHANNEL_OWN, 0) &&
           set_cell(c, CELL_CHANNEL_GIVER, 0);
}

bool native_channel_forget_keys(struct channel *c, bool clear)
{
    bool own = false;

    return native_begin(c->vm, &own) &&
           native_end(c->vm, own, forget_all(c, clear));
}

/* The keys of another instance give way first. */
static bool put_key(struct channel *c, unsigned which, ref_t ref, bool is_own)
{
    const uint16_t bit = (uint16_t)(1u << which);

    if (native_cell(c->vm, c->object, CELL_CHANNEL_GIVER) != c->caller &&
        !forget_all(c, false))
        return false;
    const uint16_t own = native_cell(c->vm, c->object, CELL_CHANNEL_OWN);
    return set_cell(c, cell_of(which), ref) &&
           set_cell(c, CELL_CHANNEL_OWN,
                    is_own ? own | bit : own & (uint16_t)~bit) &&
           set_cell(c, CELL_CHANNEL_GIVER, c->caller);
}

/* Which key a usage means; false: thrown. */
static bool find_usage(struct vm *vm, uint8_t usage, unsigned *which)
{
    static const uint8_t usages[CHANNEL_KEYS] = {
        [CHANNEL_ENC] = USAGE_ENC,     [CHANNEL_MAC] = USAGE_MAC,
        [CHANNEL_DEK] = USAGE_DEK,     [CHANNEL_R_ENC] = USAGE_R_ENC,
        [CHANNEL_R_MAC] = USAGE_R_MAC,
    };

    for (*which = 0; *which < CHANNEL_KEYS; (*which)++) {
        if (usages[*which] == usage)
            return true;
    }
    (void)native_throw_system(vm, SYSTEM_ILLEGAL_VALUE);
    return false;
}

/*
 * The same of a master key: those of responses are derived from the others',
 * and OPACITY's are another protocol's.
 */
static bool find_master(struct vm *vm, uint8_t usage, bool opacity,
                        unsigned *which)
{
    if (opacity &&
        (usage == USAGE_OPACITY_PUBLIC || usage == USAGE_OPACITY_PRIVATE))
        *which = CHANNEL_KEYS;
    else if (!find_usage(vm, usage, which))
        return false;
    if (*which <= CHANNEL_DEK)
        return true;
    (void)native_throw_iso(vm, SW_DATA_INVALID);
    return false;
}

/* `this`, if its protocol derives session keys, or is given them.  False:
 * thrown. */
static bool open_for(struct vm *vm, const struct vm_call *call, bool session,
                     struct channel *c)
{
    if (!native_channel_open(vm, call, c))
        return false;
    if ((c->kind == &native_channel_iso) == session)
        return true;
    (void)native_throw_iso(vm, SW_FUNCTION_UNSUPPORTED);
    return false;
}

/* Whether the protocol has such keys. */
static bool fits(const struct channel *c, enum key_family family, unsigned bits)
{
    if (c->protocol_and_i >> 8 == SCP_02)
        return family == KEY_DES && bits == SCP02_KEY_BITS;
    return family == KEY_AES && bits <= SCP_KEY_MAX * BITS_A_BYTE &&
           (bits == 128 || bits == 192 || bits == 256);
}

/* A key of the object's own: the one it has, if that is one of this size. */
static ref_t own_key(struct channel *c, const struct vm_call *call,
                     unsigned which, enum key_family family, uint16_t bits)
{
    const uint16_t own = native_cell(c->vm, c->object, CELL_CHANNEL_OWN);
    const ref_t ref = native_cell(c->vm, c->object, cell_of(which));
    struct key key;

    if ((own >> which & 1) == 0 || !native_key_look(c->vm, ref, &key))
        return native_key_new(c->vm, call, family, KEY_PERSISTENT, bits);
    if (key.size == bits)
        return ref;
    if (!native_key_clear(c->vm, &key))
        return 0;
    jcre_request_deletion(jcre_of(c->vm));
    return native_key_new(c->vm, call, family, KEY_PERSISTENT, bits);
}

static bool keep_value(struct channel *c, const struct vm_call *call,
                       unsigned which, enum key_family family,
                       struct span value)
{
    const ref_t ref =
        own_key(c, call, which, family, (uint16_t)(value.n * BITS_A_BYTE));
    struct key key;

    return ref != 0 && native_key_look(c->vm, ref, &key) &&
           native_key_put(c->vm, &key, KEY_VALUE, value) &&
           put_key(c, which, ref, true);
}

enum vm_native_result native_keys_master_bytes(struct vm *vm,
                                               const struct vm_call *call)
{
    const uint8_t type = (uint8_t)call->cells[4];
    const enum key_family family = type == KEY_TYPE_DES ? KEY_DES : KEY_AES;
    uint8_t value[SCP_KEY_MAX];
    struct native_range r;
    unsigned which = 0;
    struct channel c;
    bool own = false;

    if (type != KEY_TYPE_DES && type != KEY_TYPE_AES)
        return native_throw_system(vm, SYSTEM_ILLEGAL_VALUE);
    if (!open_for(vm, call, false, &c) ||
        !find_master(vm, (uint8_t)call->cells[5], false, &which) ||
        !native_piece(vm, call, 1, &r))
        return VM_NATIVE_THREW;
    if (!fits(&c, family, r.n * BITS_A_BYTE))
        return native_throw_iso(vm, SW_DATA_INVALID);
    memcpy(value, native_span(&r).p, r.n); /* objects may move */
    const bool done =
        native_begin(vm, &own) &&
        native_end(vm, own,
                   keep_value(&c, call, which, family, span_of(value, r.n)));
    wipe(value, sizeof value);
    return done ? VM_NATIVE_DONE : VM_NATIVE_THREW;
}

enum vm_native_result native_keys_master(struct vm *vm,
                                         const struct vm_call *call)
{
    unsigned which = 0;
    struct channel c;
    struct key key;
    bool own = false;

    if (!open_for(vm, call, false, &c) ||
        !find_master(vm, (uint8_t)call->cells[2], true, &which) ||
        !native_key_open(vm, call, call->cells[1], &key))
        return VM_NATIVE_THREW;
    if (!fits(&c, key.family, key.size))
        return native_throw_iso(vm, SW_DATA_INVALID);
    if (c.session->scp.state == SCP_OPEN && c.session->level_set)
        return native_throw_iso(vm, SW_CONDITIONS);
    const bool done =
        native_begin(vm, &own) &&
        native_end(vm, own, put_key(&c, which, key.object, false));
    return done ? VM_NATIVE_DONE : VM_NATIVE_THREW;
}

enum vm_native_result native_keys_reset(struct vm *vm,
                                        const struct vm_call *call)
{
    struct channel c;

    return open_for(vm, call, false, &c) && native_channel_forget_keys(&c, true)
               ? VM_NATIVE_DONE
               : VM_NATIVE_THREW;
}

/* ---- session keys ---- */

/* The keys of another instance give way first. */
static sw_t give_session_key(struct channel *c, unsigned which, bool aes,
                             struct span value)
{
    static const uint8_t keys[CHANNEL_KEYS] = {
        [CHANNEL_ENC] = ISO_ENC,     [CHANNEL_MAC] = ISO_MAC,
        [CHANNEL_DEK] = ISO_KEYS,    [CHANNEL_R_ENC] = ISO_R_ENC,
        [CHANNEL_R_MAC] = ISO_R_MAC,
    };
    const uint16_t giver = native_cell(c->vm, c->object, CELL_CHANNEL_GIVER);

    if (giver != 0 && giver != c->caller)
        native_channel_wipe(c);
    if (c->session->iso.open && c->session->level_set)
        return SW_CONDITIONS;
    if (keys[which] == ISO_KEYS) /* no data are ciphered alone */
        return SW_DATA_INVALID;
    switch (scp_iso_give_key(&c->session->iso, (enum iso_key)keys[which], aes,
                             value)) {
    case ERR_OK:
        return SW_OK;
    case ERR_EXISTS:
        return SW_CONDITIONS;
    default:
        return SW_DATA_INVALID;
    }
}

static enum vm_native_result keep_session_key(struct channel *c, unsigned which,
                                              bool aes, struct span value,
                                              ref_t object)
{
    bool own = false;

    const sw_t sw = give_session_key(c, which, aes, value);
    if (sw != SW_OK)
        return native_throw_iso(c->vm, sw);
    return native_begin(c->vm, &own) &&
                   native_end(c->vm, own, put_key(c, which, object, false))
               ? VM_NATIVE_DONE
               : VM_NATIVE_THREW;
}

enum vm_native_result native_keys_session_bytes(struct vm *vm,
                                                const struct vm_call *call)
{
    const uint8_t type = (uint8_t)call->cells[5];
    struct native_range r;
    unsigned which = 0;
    struct channel c;

    if (!open_for(vm, call, true, &c))
        return VM_NATIVE_THREW;
    if (type != KEY_TYPE_DES && type != KEY_TYPE_AES)
        return native_throw_system(vm, SYSTEM_ILLEGAL_VALUE);
    if (!find_usage(vm, (uint8_t)call->cells[4], &which) ||
        !native_piece(vm, call, 1, &r))
        return VM_NATIVE_THREW;
    return keep_session_key(&c, which, type == KEY_TYPE_AES, native_span(&r),
                            0);
}

/* Its value is taken now; the object is cleared with the session. */
enum vm_native_result native_keys_session(struct vm *vm,
                                          const struct vm_call *call)
{
    struct span value;
    unsigned which = 0;
    struct channel c;
    struct key key;

    if (!open_for(vm, call, true, &c) ||
        !find_usage(vm, (uint8_t)call->cells[2], &which) ||
        !native_key_open(vm, call, call->cells[1], &key))
        return VM_NATIVE_THREW;
    if ((key.family != KEY_DES && key.family != KEY_AES) ||
        !native_key_part(vm, &key, KEY_VALUE, &value))
        return native_throw_iso(vm, SW_DATA_INVALID);
    return keep_session_key(&c, which, key.family == KEY_AES, value,
                            key.object);
}

/* ---- parameters ---- */

static bool tell(struct channel_session *s, int16_t parameter, size_t sequence,
                 struct span value)
{
    switch (parameter) {
    case PARAM_DIVERSIFICATION:
        if (value.n != sizeof s->kdd)
            return false;
        memcpy(s->kdd, value.p, value.n);
        return true;
    case PARAM_SEQUENCE:
        if (value.n != sequence)
            return false;
        memcpy(s->sequence, value.p, value.n);
        s->counted = 1;
        return true;
    default:
        if (value.n != 1 || value.p[0] == 0 || value.p[0] > KVN_MAX)
            return false;
        s->kvn = value.p[0];
        return true;
    }
}

enum vm_native_result native_keys_parameter(struct vm *vm,
                                            const struct vm_call *call)
{
    const int16_t parameter = native_short(call, 1);
    struct native_range r;
    struct channel c;

    if (!native_channel_open(vm, call, &c))
        return VM_NATIVE_THREW;
    if (parameter < PARAM_DIVERSIFICATION || parameter > PARAM_VERSION ||
        c.kind == &native_channel_iso)
        return native_throw_system(vm, SYSTEM_ILLEGAL_VALUE);
    if (!native_piece(vm, call, 2, &r))
        return VM_NATIVE_THREW;
    return tell(c.session, parameter, c.protocol_and_i >> 8 == SCP_02 ? 2 : 3,
                native_span(&r))
               ? VM_NATIVE_DONE
               : native_throw_iso(vm, SW_WRONG_DATA);
}
