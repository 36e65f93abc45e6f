/*
 * Certificate and X509Certificate: objects that keep parts of a certificate,
 * byte arrays of their owner's, as a handler chose them.
 *
 *   fields      one array for each of X509Certificate.FIELD_*, by its bit
 *   extensions  two arrays for each: OID, value
 *   critical    a byte for each extension
 *
 * [JCAPI X509Certificate]
 */
#include "natives/cert.h"

#include "apidef/api_lookup.h"
#include "natives/cells.h"
#include "natives/natives.h"

enum { CELL_SIZE = 2, ARRAYS = 2 /* of an extension */ };

#define BUILT "javacardx/security/cert/CertificateParser$Built"
#define EXTENSION_HANDLER                                                      \
    "javacardx/security/cert/X509Certificate$ExtensionHandler"

enum vm_native_result native_throw_cert(struct vm *vm, uint16_t reason)
{
    return vm_throw_name(vm, "javacardx/security/cert/CertificateException",
                         reason);
}

enum vm_native_result native_cert_handler_threw(struct vm *vm)
{
    return vm_exception_is(vm, "javacardx/security/cert/CertificateException")
               ? vm_throw_again(vm)
               : native_throw_cert(vm, CERT_HANDLER_EXCEPTION);
}

uint8_t native_cert_token(const char *class_name, const char *method,
                          const char *descriptor)
{
    const struct api_class *row = api_class_called(class_name);
    uint8_t token = 0;

    if (row != NULL)
        (void)api_method_by_name(row, false, method, descriptor, &token);
    return token;
}

/* ---- making ---- */

bool native_cert_source(struct vm *vm, const struct vm_call *call,
                        struct native_range *r, struct x509 *x)
{
    if (!native_bytes(vm, call, call->cells[1], native_short(call, 2),
                      native_short(call, 3), r))
        return false;
    if (x509_parse(native_span(r), x) == ERR_OK)
        return true;
    (void)native_throw_cert(vm, CERT_INVALID_ENCODING);
    return false;
}

static enum err new_array(struct vm *vm, const struct vm_call *call,
                          enum heap_kind kind, uint32_t n, ref_t *out)
{
    const struct heap_header hd = {.kind = (uint8_t)kind,
                                   .context = call->caller_context,
                                   .owner = vm_owner(vm),
                                   .length = n};

    return heap_new(vm_heap(vm), &hd, out);
}

/* A new certificate, and where it comes from: parsed anew after each step. */
struct making {
    struct vm *vm;
    const struct vm_call *call;
    const struct cert_wish *wish;
    ref_t fields;
    ref_t extensions;
    ref_t critical;
};

/* What is copied: a part of the source, found when it has been parsed. */
typedef struct span part_of(const struct x509 *x, unsigned which);

static struct span field_of(const struct x509 *x, unsigned which)
{
    return x->fields[which];
}

static struct span oid_of(const struct x509 *x, unsigned which)
{
    return x509_extension_at(x, which).oid;
}

static struct span value_of(const struct x509 *x, unsigned which)
{
    return x509_extension_at(x, which).value;
}

/* A copy of a part, as element `at` of an array.  False: thrown. */
static bool keep(const struct making *m, part_of *part, unsigned which,
                 ref_t list, uint32_t at)
{
    struct heap *heap = vm_heap(m->vm);
    struct native_range r;
    uint8_t cell[CELL_SIZE];
    ref_t copy = 0;
    struct x509 x;

    if (!native_cert_source(m->vm, m->call, &r, &x))
        return false;
    const uint32_t n = (uint32_t)part(&x, which).n;
    enum err e = new_array(m->vm, m->call, HEAP_BYTE_ARRAY, n, &copy);
    if (e == ERR_OK && !native_cert_source(m->vm, m->call, &r, &x))
        return false;
    if (e == ERR_OK && n > 0)
        e = heap_write(heap, copy, 0, part(&x, which).p, n, HEAP_ATOMIC);
    set_u2(cell, copy);
    if (e == ERR_OK)
        e = heap_write(heap, list, CELL_SIZE * at, cell, sizeof cell,
                       HEAP_ATOMIC);
    if (e != ERR_OK)
        (void)vm_throw_err(m->vm, e);
    return e == ERR_OK;
}

static bool keep_fields(const struct making *m)
{
    for (unsigned f = 0; f < X509_FIELDS; f++) {
        if ((m->wish->fields >> f & 1) != 0 &&
            !keep(m, field_of, f, m->fields, f))
            return false;
    }
    return true;
}

static bool is_wanted(const struct cert_wish *wish, unsigned i)
{
    return (wish->extensions[i / 8] >> i % 8 & 1) != 0;
}

static unsigned wanted_extensions(const struct cert_wish *wish)
{
    unsigned n = 0;

    for (unsigned i = 0; i < X509_EXTENSIONS_MAX; i++)
        n += is_wanted(wish, i);
    return n;
}

static bool keep_critical(const struct making *m, unsigned which, uint32_t at)
{
    struct native_range r;
    struct x509 x;

    if (!native_cert_source(m->vm, m->call, &r, &x))
        return false;
    const uint8_t critical = x509_extension_at(&x, which).critical;
    return native_write(m->vm, m->critical, at, &critical, 1, HEAP_ATOMIC);
}

static bool keep_extensions(const struct making *m)
{
    uint32_t at = 0;

    for (unsigned i = 0; i < X509_EXTENSIONS_MAX; i++) {
        if (!is_wanted(m->wish, i))
            continue;
        if (!keep(m, oid_of, i, m->extensions, ARRAYS * at) ||
            !keep(m, value_of, i, m->extensions, ARRAYS * at + 1) ||
            !keep_critical(m, i, at))
            return false;
        at++;
    }
    return true;
}

static enum err make_lists(struct making *m)
{
    const unsigned n = wanted_extensions(m->wish);
    enum err e =
        new_array(m->vm, m->call, HEAP_REF_ARRAY, X509_FIELDS, &m->fields);

    if (e == ERR_OK)
        e = new_array(m->vm, m->call, HEAP_REF_ARRAY, ARRAYS * n,
                      &m->extensions);
    if (e == ERR_OK)
        e = new_array(m->vm, m->call, HEAP_BLOB, n, &m->critical);
    return e;
}

/* Last of all, so that it is whole when it is there. */
static ref_t make_object(const struct making *m, uint8_t version)
{
    const struct {
        enum native_cell cell;
        uint16_t value;
    } cells[] = {
        {CELL_CERT_FIELDS, m->fields},
        {CELL_CERT_EXTENSIONS, m->extensions},
        {CELL_CERT_CRITICAL, m->critical},
        {CELL_CERT_KEY, m->wish->key},
        {CELL_CERT_VERSION, version},
    };
    const ref_t object = vm_new_object(m->vm, vm_api_class(BUILT));
    enum err e = ERR_OK;

    if (object == 0)
        return 0;
    for (size_t i = 0; i < sizeof cells / sizeof cells[0] && e == ERR_OK; i++)
        e = native_set_cell(m->vm, object, cells[i].cell, cells[i].value,
                            HEAP_ATOMIC);
    if (e != ERR_OK)
        (void)vm_throw_err(m->vm, e);
    return e == ERR_OK ? object : 0;
}

ref_t native_cert_new(struct vm *vm, const struct vm_call *call,
                      const struct cert_wish *wish)
{
    struct making m = {.vm = vm, .call = call, .wish = wish};
    struct native_range r;
    struct x509 x;

    if (!native_cert_source(vm, call, &r, &x))
        return 0;
    const enum err e = make_lists(&m);
    if (e != ERR_OK) {
        (void)vm_throw_err(vm, e);
        return 0;
    }
    return keep_fields(&m) && keep_extensions(&m) ? make_object(&m, x.version)
                                                  : 0;
}

/* ---- looking ---- */

/* Element `at` of a list of arrays; 0 when there is none. */
static ref_t element(const struct vm *vm, ref_t certificate,
                     enum native_cell list, uint32_t at)
{
    struct heap_view v;

    if (!heap_get(vm_heap(vm), native_cell(vm, certificate, list), &v) ||
        at >= v.h.length)
        return 0;
    const ref_t array = get_u2(v.p + CELL_SIZE * at);
    return native_is_null(vm, array) ? 0 : array;
}

static struct span bytes_of(const struct vm *vm, ref_t array)
{
    struct heap_view v;

    return heap_get(vm_heap(vm), array, &v) ? span_of(v.p, v.h.length)
                                            : span_of(NULL, 0);
}

static struct span kept(const struct vm *vm, ref_t certificate,
                        enum x509_field field)
{
    return bytes_of(vm, element(vm, certificate, CELL_CERT_FIELDS, field));
}

enum vm_native_result native_cert_type(struct vm *vm,
                                       const struct vm_call *call)
{
    (void)call;
    return native_done_short(vm, CERT_TYPE_X509_DER);
}

enum vm_native_result native_cert_version(struct vm *vm,
                                          const struct vm_call *call)
{
    return native_done_short(
        vm, native_cell(vm, call->cells[0], CELL_CERT_VERSION));
}

enum vm_native_result native_cert_key(struct vm *vm, const struct vm_call *call)
{
    const ref_t key = native_cell(vm, call->cells[0], CELL_CERT_KEY);

    return native_done_ref(vm, native_is_null(vm, key) ? 0 : key);
}

/* Null: it was not kept, or was not there. */
enum vm_native_result native_cert_field(struct vm *vm,
                                        const struct vm_call *call)
{
    const int16_t id = native_short(call, 1);

    for (unsigned f = 0; f < X509_FIELDS; f++) {
        if (id == 1 << f)
            return native_done_ref(
                vm, element(vm, call->cells[0], CELL_CERT_FIELDS, f));
    }
    return native_throw_cert(vm, CERT_INVALID_PARAM);
}

enum vm_native_result native_cert_extension(struct vm *vm,
                                            const struct vm_call *call)
{
    const ref_t self = call->cells[0];
    struct native_range oid;
    ref_t one = 0;

    if (!native_bytes(vm, call, call->cells[1], native_short(call, 2),
                      native_short(call, 3), &oid))
        return VM_NATIVE_THREW;
    for (uint32_t i = 0;
         (one = element(vm, self, CELL_CERT_EXTENSIONS, ARRAYS * i)) != 0;
         i++) {
        if (span_equal(bytes_of(vm, one), native_span(&oid)))
            return native_done_ref(
                vm, element(vm, self, CELL_CERT_EXTENSIONS, ARRAYS * i + 1));
    }
    return native_done_ref(vm, 0);
}

enum vm_native_result native_cert_verify(struct vm *vm,
                                         const struct vm_call *call)
{
    const ref_t self = call->cells[0];
    const struct span tbs = kept(vm, self, X509_TBS);
    const struct span algorithm = kept(vm, self, X509_SIGNATURE_ALG);
    const struct span signature = kept(vm, self, X509_SIGNATURE);
    bool right = false;

    if (!native_object(vm, call, call->cells[1]))
        return VM_NATIVE_THREW;
    if (tbs.p == NULL || algorithm.p == NULL || signature.p == NULL)
        return native_throw_cert(vm, CERT_MISSING_DATA);
    return native_cert_check(vm, call, tbs, algorithm, signature,
                             call->cells[1], &right)
               ? native_done_short(vm, right)
               : VM_NATIVE_THREW;
}

/* ---- one extension after the other ---- */

static vm_continuation after_extension;

static enum vm_native_result show(struct vm *vm, const struct vm_call *call,
                                  uint32_t at)
{
    const ref_t self = call->cells[0];
    const ref_t oid = element(vm, self, CELL_CERT_EXTENSIONS, ARRAYS * at);
    const struct span critical =
        bytes_of(vm, native_cell(vm, self, CELL_CERT_CRITICAL));

    if (oid == 0 || at >= critical.n)
        return VM_NATIVE_DONE;
    const uint16_t args[] = {
        oid, critical.p[at],
        element(vm, self, CELL_CERT_EXTENSIONS, ARRAYS * at + 1)};
    vm_native_keep(vm, at);
    return vm_native_call_own_interface(
        vm, call->cells[1], vm_api_class(EXTENSION_HANDLER),
        native_cert_token(EXTENSION_HANDLER, "onExtension", "([BZ[B)Z"), args,
        sizeof args / sizeof args[0], after_extension);
}

static enum vm_native_result after_extension(struct vm *vm, bool threw,
                                             uint16_t value)
{
    const struct vm_call call = vm_native_again(vm);

    (void)value;
    return threw ? native_cert_handler_threw(vm)
                 : show(vm, &call, vm_native_note(vm) + 1);
}

enum vm_native_result native_cert_extensions(struct vm *vm,
                                             const struct vm_call *call)
{
    return native_instance(vm, call, call->cells[1], EXTENSION_HANDLER)
               ? show(vm, call, 0)
               : VM_NATIVE_THREW;
}
