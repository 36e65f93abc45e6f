#include <string.h>

#include "base/ct.h"
#include "jcre/aid.h"
#include "jcre/call.h"
#include "jcre/state.h"
#include "jcre/table.h"
#include "jcre/native.h"

/*
 * idle --jcre_install--> installing --register()--> registered --return--> idle
 *
 * What install() updates, committed or not, is taken back when it fails, or
 * power does, before it is registered and the caller's epoch committed
 * [JCRE 3.1].  The AID object exists from the start; the pair is written to the
 * table when install() has returned, so that no transaction of the applet
 * undoes it.
 */

enum { /* reasons of SystemException */
       SYSTEM_ILLEGAL_VALUE = 1,
       SYSTEM_NO_TRANSIENT_SPACE = 2,
       SYSTEM_ILLEGAL_AID = 4,
       SYSTEM_NO_RESOURCE = 5,
};

static bool find_applet(const struct jcre *j, uint8_t package,
                        struct span applet_aid, struct vm_method *install)
{
    struct vm_package_info info;
    struct span aid;

    if (!vm_package(j->vm, package, &info))
        return false;
    for (uint8_t i = 0; i < info.applet_count; i++) {
        if (vm_package_applet(j->vm, package, i, &aid, install) &&
            span_equal(aid, applet_aid))
            return true;
    }
    return false;
}

/*
 * The array of [GPCS A.1].  The global array is longer than the parameters
 * that are in it [JCAPI Applet.install], zeros behind them: public applets
 * look at the first byte of parameters that were not given.
 */
static enum err fill_array(struct jcre *j, struct span aid,
                           struct span privileges, struct span params,
                           size_t *n)
{
    struct buf b = buf_of(j->install_array, sizeof j->install_array);
    struct heap_header hd = {0};
    enum err e = buf_put_lv(&b, aid);

    if (e == ERR_OK)
        e = buf_put_lv(&b, privileges);
    if (e == ERR_OK)
        e = buf_put_lv(&b, params);
    if (e != ERR_OK)
        return e;
    hd.kind = HEAP_BYTE_ARRAY;
    hd.flags = HEAP_GLOBAL_ARRAY;
    hd.length = sizeof j->install_array;
    heap_set_builtin(j->heap, JCRE_BUILTIN_INSTALL, &hd, j->install_array);
    *n = b.n;
    return ERR_OK;
}

static enum err start(struct jcre *j, uint8_t package, struct span aid)
{
    enum err e = ERR_CORRUPT;

    j->installing.instance = jcre_table_free(j);
    if (j->installing.instance == 0)
        return ERR_MEMORY;
    e = jcre_aid_new(j, aid, &j->installing.aid);
    if (e == ERR_OK)
        j->installing.package = package;
    return e;
}

static sw_t system_exception_sw(uint16_t reason)
{
    switch (reason) {
    case SYSTEM_ILLEGAL_VALUE:
    case SYSTEM_ILLEGAL_AID:
        return SW_WRONG_DATA;
    case SYSTEM_NO_TRANSIENT_SPACE:
    case SYSTEM_NO_RESOURCE:
        return SW_NO_MEMORY;
    default:
        return SW_UNKNOWN;
    }
}

/*
 * Whether a word says of a command that it failed, to whoever reads it: 61xx
 * and 6Cxx are of the transmission, 62xx and 63xx warnings after a command
 * that was done, 60xx and what is neither 6xxx nor 9xxx no words at all.
 * [ISO 7816-4 5.6]
 */
static bool is_error(sw_t sw)
{
    if (sw >> 12 == 9)
        return sw != SW_OK;
    return sw >= 0x6400 && sw < 0x7000 && sw >> 8 != 0x6C;
}

/*
 * No text says what becomes of the applet's reason: [JCRE 11.1.5] leaves it to
 * the installer and [GPCS 11.5.3.2] lists four words beside the general ones.
 * So it is the answer, as it would be process()'s, where it tells of a failure.
 */
static sw_t exception_sw(struct jcre *j, sw_t sw)
{
    if (vm_exception_is(j->vm, "javacard/framework/SystemException"))
        return system_exception_sw(vm_exception(j->vm).reason);
    return is_error(sw) ? sw : SW_UNKNOWN;
}

/*
 * With register() the installation has succeeded, whatever install() throws
 * then [JCRE 3.1]; so the reference simulator of 2.2.2 has it, too.
 */
static bool is_installed(const struct jcre *j, enum vm_result r, sw_t sw)
{
    if (!j->installing.registered || r == VM_HALTED || sw == SW_MEMORY_FAILURE)
        return false;
    if (r == VM_THREW || sw != SW_OK)
        jcre_trace(j, "install", "failed after register(): the applet stays");
    return true;
}

static sw_t run_install(struct jcre *j, struct vm_method install, size_t n)
{
    const uint16_t args[] = {HEAP_BUILTIN_FIRST + JCRE_BUILTIN_INSTALL, 0,
                             (uint16_t)n};
    enum vm_result r = VM_HALTED;
    sw_t sw = SW_UNKNOWN;

    heap_watch(j->heap, true);
    jcre_forget_result(j);
    r = vm_run_static(j->vm, install, j->installing.package,
                      j->installing.instance, args, 3, NULL);
    sw = jcre_call_end(j, r);
    heap_watch(j->heap, false);
    if (is_installed(j, r, sw))
        return SW_OK;
    if (r == VM_THREW)
        return exception_sw(j, sw);
    return r == VM_RETURNED && sw == SW_OK ? SW_CONDITIONS : sw;
}

static sw_t finish(struct jcre *j)
{
    struct jcre_pair pair = {j->installing.applet, j->installing.aid};

    if (!vm_instance_of(j->vm, pair.applet, j->api.applet))
        return SW_CONDITIONS;
    return sw_from_err(jcre_table_set(j, j->installing.instance, pair));
}

static sw_t install_started(struct jcre *j, struct vm_method install, size_t n)
{
    sw_t sw = run_install(j, install, n);

    return sw == SW_OK ? finish(j) : sw;
}

static void forget(struct jcre *j)
{
    struct heap_header hd = {0};

    wipe(&j->installing, sizeof j->installing);
    wipe(j->install_array, sizeof j->install_array);
    hd.kind = HEAP_BYTE_ARRAY;
    hd.flags = HEAP_GLOBAL_ARRAY;
    heap_set_builtin(j->heap, JCRE_BUILTIN_INSTALL, &hd, j->install_array);
}

sw_t jcre_install(struct jcre *j, uint8_t package, struct span applet_aid,
                  struct span aid, struct span privileges, struct span params,
                  uint16_t *instance)
{
    struct vm_method install;
    size_t n = 0;
    sw_t sw = SW_WRONG_DATA;
    enum err e = ERR_CORRUPT;

    if (!find_applet(j, package, applet_aid, &install) ||
        aid.n < JCRE_AID_MIN || aid.n > JCRE_AID_MAX || jcre_find(j, aid) != 0)
        return SW_WRONG_DATA;
    if (fill_array(j, aid, privileges, params, &n) != ERR_OK)
        return SW_WRONG_DATA;
    j->installing.default_name = span_equal(aid, applet_aid);
    e = start(j, package, span_of(j->install_array + 1, aid.n));
    sw = e == ERR_OK ? install_started(j, install, n) : sw_from_err(e);
    *instance = j->installing.instance;
    forget(j);
    return sw;
}

uint16_t jcre_register(struct jcre *j, ref_t applet, const struct span *aid)
{
    struct jcre_installing *i = &j->installing;
    struct heap_view v;
    struct span given;

    if (aid != NULL && (aid->n < JCRE_AID_MIN || aid->n > JCRE_AID_MAX))
        return SYSTEM_ILLEGAL_VALUE;
    if (i->package == 0 || i->registered || vm_owner(j->vm) != i->instance)
        return SYSTEM_ILLEGAL_AID;
    if (!heap_get(j->heap, applet, &v) || v.h.owner != i->instance)
        return SYSTEM_ILLEGAL_AID;
    /* not the array's bytes, which the applet may have overwritten */
    if (!jcre_aid_get(j, i->aid, &given) ||
        (aid == NULL ? !i->default_name : !span_equal(*aid, given)))
        return SYSTEM_ILLEGAL_AID;
    i->registered = true;
    i->applet = applet;
    return 0;
}
