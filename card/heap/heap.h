/*
 * Objects: a handle (ref_t) names one; a persistent table maps handles to
 * places, so objects can move and 16 bits reach any heap.  Arrays of transient
 * contents have a persistent header and their elements in volatile memory;
 * built-in objects (APDU buffer, exceptions) are volatile altogether.
 *
 * A body is big-endian throughout: one byte an element for boolean and byte
 * arrays, two for short and reference arrays and for the cells of objects and
 * statics, four for int arrays.  An int field takes two cells, high first.
 *
 * The runtime's own records (registry, keys, packages) are HEAP_BLOB objects
 * and HEAP_REF_ARRAYs of context 0, reached from the numbered roots.
 */
#ifndef HEAP_HEAP_H
#define HEAP_HEAP_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/span.h"
#include "persist/persist.h"

typedef uint16_t ref_t; /* 0 is null */

enum heap_kind {
    HEAP_OBJECT = 1, /* length: cells */
    HEAP_BOOLEAN_ARRAY,
    HEAP_BYTE_ARRAY,
    HEAP_SHORT_ARRAY,
    HEAP_INT_ARRAY,
    HEAP_REF_ARRAY,
    HEAP_STATICS, /* a package's static image; reference cells first */
    HEAP_BLOB,    /* bytes of the runtime's own, length up to 2^24 */
    HEAP_SHADOW,  /* in an epoch: what an older object was; see shadow.c */
};

enum { /* heap_header.flags */
       HEAP_CLEAR_ON_RESET = 0x01,
       HEAP_CLEAR_ON_DESELECT = 0x02,
       HEAP_ENTRY_POINT = 0x04,  /* permanent unless also temporary */
       HEAP_TEMPORARY = 0x08,    /* may not be stored [JCRE 6.2.1] */
       HEAP_GLOBAL_ARRAY = 0x10, /* [JCRE 6.2.2] */
       HEAP_WINDOW = 0x20,       /* an array view; with its two rights: */
       HEAP_READABLE = 0x40,
       HEAP_WRITABLE = 0x80,
};

struct heap_header {
    uint8_t kind;
    uint8_t flags;
    uint8_t context;       /* 0: the runtime's; else a package id */
    uint8_t class_package; /* of an object; of a REF_ARRAY's component */
    uint16_t class_offset; /* STATICS: number of reference cells */
    uint16_t owner;        /* applet instance number, 0: the runtime */
    uint32_t length;       /* elements, cells or bytes, as the kind says */
    bool guarded;          /* an array with a check of its contents; guard.c */
};

/*
 * What heap_get found.  A view holds, header and place, as long as the heap's
 * `generation` is what it was: a caller may keep views by handle beside that
 * number and use them again while it has not changed, at most until the end
 * of the command.  The bytes behind `p` are always the current ones.
 */
struct heap_view {
    struct heap_header h;
    const uint8_t *p; /* the body, to read */
    /*
     * The same, writable, when it is volatile; else NULL, and NULL, too, when
     * it is guarded, which only heap_write() and heap_put() may change.
     */
    uint8_t *ram;
};

enum heap_write {
    HEAP_ATOMIC, /* joins a transaction, or atomic by itself */
    HEAP_NOW,    /* persist_write_now: never undone */
    HEAP_RAW,    /* neither atomic nor logged */
};

/* Roots: handles that outlive everything and keep what they reach. */
enum {
    HEAP_ROOT_PACKAGES, /* vm */
    HEAP_ROOT_APPLETS,  /* jcre */
    HEAP_ROOT_REGISTRY, /* domains */
    HEAP_ROOT_CARD,     /* domains: card-wide data */
    HEAP_ROOT_INTENT,   /* domains: what mounting must finish */
    HEAP_ROOT_CVM,      /* natives: the global PIN */
    HEAP_ROOT_UPGRADE,  /* domains: the upgrade of a load file */
    HEAP_ROOT_SPARE,    /* domains: room for what the next intent records */
    HEAP_ROOT_COUNT = 16,
};

/* First handle of the volatile built-in objects. */
#define HEAP_BUILTIN_FIRST 0xFF00u
enum { HEAP_BUILTIN_MAX = 54 };

/*
 * Array views [JCAPI JCSystem.makeArrayView], here called windows: a handle
 * of its own on part of another array's elements.  heap_get() gives the
 * window's place, length, context and rights (in the flags) with the kind of
 * its elements, and heap_write() writes through it, so who reads and writes
 * by those needs to know nothing of windows but the two rights.
 */
#define HEAP_WINDOW_FIRST 0xFE00u
enum { HEAP_WINDOWS_MAX = 32 };

struct heap_window {
    ref_t base;      /* the array, or another window; 0: no window here */
    uint8_t kind;    /* of its elements; the base may be a HEAP_BLOB */
    uint8_t rights;  /* HEAP_READABLE, HEAP_WRITABLE */
    uint8_t context; /* who may use it */
    uint16_t owner;
    uint32_t first; /* element of the base that is its element 0 */
    uint32_t length;
};

/* Which cells of an object hold references: the machine knows classes. */
struct heap_layout {
    void *ctx;
    bool (*is_reference)(void *ctx, uint8_t class_package,
                         uint16_t class_offset, uint16_t cell);
};

/*
 * Who is asked before memory is taken for an object: so many bytes of each
 * kind; NULL: nobody.  It may look into the heap and not change it.
 */
struct heap_limit {
    void *ctx;
    bool (*may_take)(void *ctx, const struct heap_header *hd,
                     uint32_t persistent, uint32_t transient);
};

enum { HEAP_GROUPS = 1024 };

struct heap {
    struct persist *persist; /* set by heap_bind */
    struct heap_layout layout;
    struct heap_limit limit; /* set by heap_set_limit */
    /*
     * Counts what ends views: a body that moved, an object that vanished,
     * changed its context or owner, or came back by an abort; a mount; a fork.
     */
    uint32_t generation;
    uint32_t moved; /* counts moves of bodies: pointers into them end, too */
    uint32_t handle_count;
    uint32_t handle_end; /* no handle from here on is in use */
    uint32_t table;      /* handle table, address in the data area */
    uint32_t objects;    /* where bodies begin */
    uint32_t granules;   /* of HEAP_ALIGN bytes, behind `objects` */
    bool epoch;
    bool watching;         /* in an epoch: older objects get shadows */
    ref_t shadowed;        /* ...this one needs none; 0: ask */
    bool freed;            /* something was, in the open transaction */
    bool any_born;         /* bits are set in `born` */
    bool any_retired;      /* bits are set in `retired` */
    bool crowded;          /* room was there, but not in one piece */
    uint32_t next_granule; /* below it nothing is free */
    uint32_t next_handle;  /* below it no handle is */
    /*
     * Where transient arrays are, so that nobody looks for them among all
     * objects: a bit for 2^group handles, set when one of these is, or was.
     */
    uint8_t transients[HEAP_GROUPS / 8];
    uint8_t group;
    /* In memory that the port lends: */
    uint8_t *used;     /* volatile map of used memory, a bit a granule */
    uint8_t *spare;    /* of the same size, for comparing, and for marks */
    uint8_t *born;     /* a bit a handle */
    uint8_t *retired;  /* the same */
    uint8_t *ram_used; /* a bit for 8 bytes of `ram` */
    uint8_t *ram;      /* elements of transient arrays */
    uint32_t ram_size;
    struct heap_builtin {
        struct heap_header h;
        uint8_t *body;
    } builtins[HEAP_BUILTIN_MAX];
    struct heap_window windows[HEAP_WINDOWS_MAX];
    uint32_t window_count; /* of them, that are there */
};

/*
 * Sets the pointers; keeps all other state.  Used after a copy, too: the port
 * of `p` lends as much memory as the original's, and what was in that has been
 * copied.
 */
void heap_bind(struct heap *h, struct persist *p, struct heap_layout layout);

/* heap_bind leaves none. */
void heap_set_limit(struct heap *h, struct heap_limit limit);

/*
 * An empty heap in a freshly formatted store.  ERR_MEMORY: that is too small,
 * or the memory that the port lends.
 */
NODISCARD enum err heap_format(struct heap *h);

/*
 * After persist_mount: finishes a move, drops what an uncommitted epoch left,
 * rebuilds the map of free memory, clears all transient memory.  ERR_CORRUPT;
 * ERR_MEMORY: the port lends too little.
 */
NODISCARD enum err heap_mount(struct heap *h);

/*
 * False for null, free and unknown handles; then *v is not written.  A handle
 * or header that contradicts its check ends all writing, too: see
 * persist_is_dead.
 */
bool heap_get(const struct heap *h, ref_t ref, struct heap_view *v);

/* Bytes of body that a header of this kind and length needs. */
uint32_t heap_body_size(const struct heap_header *hd);
/* Bytes of persistent memory that an object with this header takes up. */
uint32_t heap_taken(const struct heap_header *hd);

/*
 * A new object with a zeroed body.  In a transaction it goes away with an
 * abort.  ERR_MEMORY: persistent memory, handles or, for a transient array,
 * volatile memory are used up, or the limit says so; nothing has changed.
 */
NODISCARD enum err heap_new(struct heap *h, const struct heap_header *hd,
                            ref_t *out);

/*
 * Sees to it that heap_new() finds the room for such an object in one piece if
 * there is enough in all, by moving others.  ERR_MEMORY: there is not enough.
 * ERR_STATE: nothing can move while a transaction is open.  Views end, and
 * with them every pointer into a body.
 */
NODISCARD enum err heap_make_room(struct heap *h, const struct heap_header *hd);
/*
 * The same for what heap_new() lately found no room for; to be called between
 * commands.
 */
NODISCARD enum err heap_settle_down(struct heap *h);

/* Wipes and frees; inside a transaction it joins it (wiped at its end). */
NODISCARD enum err heap_free(struct heap *h, ref_t ref);

/* Writes n bytes at byte `at` of the body; ERR_RANGE outside it. */
NODISCARD enum err heap_write(struct heap *h, ref_t ref, uint32_t at,
                              const uint8_t *bytes, uint32_t n,
                              enum heap_write how);

/*
 * While an epoch watches, before a conditional update of persistent memory
 * through `v`: sees to the object's shadow.  ERR_MEMORY, ERR_LOG_FULL.
 */
NODISCARD enum err heap_before_update(struct heap *h,
                                      const struct heap_view *v);

/*
 * The same through a view that still holds, HEAP_ATOMIC: the caller has seen
 * to it that at + n is inside the body.
 */
NODISCARD enum err heap_put(struct heap *h, const struct heap_view *v,
                            uint32_t at, const uint8_t *bytes, uint32_t n);

/* heap_put of one or two bytes of persistent memory. */
NODISCARD enum err heap_keep_byte_(struct heap *h, const struct heap_view *v,
                                   uint32_t at, uint8_t value);
NODISCARD enum err heap_keep_short_(struct heap *h, const struct heap_view *v,
                                    uint32_t at, uint16_t value);

/* heap_put of one byte, and of two, the high one first. */
NODISCARD static inline enum err heap_put_byte(struct heap *h,
                                               const struct heap_view *v,
                                               uint32_t at, uint8_t value)
{
    if (v->ram == NULL)
        return heap_keep_byte_(h, v, at, value);
    v->ram[at] = value;
    return ERR_OK;
}

NODISCARD static inline enum err heap_put_short(struct heap *h,
                                                const struct heap_view *v,
                                                uint32_t at, uint16_t value)
{
    if (v->ram == NULL)
        return heap_keep_short_(h, v, at, value);
    set_u2(v->ram + at, value);
    return ERR_OK;
}

/*
 * Guarded arrays [JCAPI SensitiveArrays] have a check of their contents, which
 * every write renews together with the elements: atomically, where they are
 * persistent, however it is asked for.  A write first proves it: ERR_DAMAGED
 * when what is there is not what was written.
 */

/* Whether a guarded array, or what a window is on, is what was written. */
bool heap_is_sound(const struct heap *h, ref_t ref);
/*
 * Writes the whole body of a guarded array, whatever is there.  ERR_LOG_FULL:
 * nothing has changed.
 */
NODISCARD enum err heap_guarded_renew(struct heap *h, ref_t ref,
                                      const uint8_t *bytes);

/* Changes context and owner of an object (atomic). */
NODISCARD enum err heap_set_owner(struct heap *h, ref_t ref, uint8_t context,
                                  uint16_t owner);

ref_t heap_root(const struct heap *h, unsigned i);
NODISCARD enum err heap_set_root(struct heap *h, unsigned i, ref_t ref);

/* Transactions; see persist.h.  begin: ERR_STATE when one is open. */
NODISCARD enum err heap_begin(struct heap *h);
NODISCARD enum err heap_commit(struct heap *h);
/*
 * The caller has nulled the references that volatile places of its own hold
 * to objects born in the transaction (heap_born); transient reference arrays
 * are nulled here.
 */
NODISCARD enum err heap_abort(struct heap *h);
bool heap_in_transaction(const struct heap *h);
/*
 * Handles freed by an abort (of a transaction or an epoch) are retired: they
 * stay free and unused until this call, made when no volatile place can hold
 * one any more, so a stale reference never names a new object.
 */
void heap_release_retired(struct heap *h);
bool heap_has_retired(const struct heap *h);
/* Whether `ref` was allocated in the open transaction. */
bool heap_born(const struct heap *h, ref_t ref);

/*
 * An epoch spans a change too large for the log: every object allocated in
 * it vanishes when the epoch is aborted or power fails before its commit, and
 * references to them in older objects and in transient arrays become null.
 * Transactions may open and commit inside an epoch.  One epoch at a time.
 * heap_epoch_commit also sets root `i` to `ref` in the same atomic step when
 * i < HEAP_ROOT_COUNT (otherwise pass HEAP_ROOT_COUNT).
 */
NODISCARD enum err heap_epoch_begin(struct heap *h);
NODISCARD enum err heap_epoch_commit(struct heap *h, unsigned i, ref_t ref);
NODISCARD enum err heap_epoch_abort(struct heap *h);
bool heap_in_epoch(const struct heap *h);
/*
 * In an epoch, from here on, or no longer: HEAP_ATOMIC writes to objects that
 * are older than the epoch are taken back, too, when it is aborted or power
 * fails before its commit.  What a transaction commits meanwhile is no
 * exception; HEAP_NOW writes stay.
 */
void heap_watch(struct heap *h, bool on);

/* Built-in volatile objects; index < HEAP_BUILTIN_MAX. */
void heap_set_builtin(struct heap *h, unsigned index,
                      const struct heap_header *hd, uint8_t *body);

/*
 * A window that lies in its base (the caller has checked that).  It is null
 * when the base is gone.  ERR_MEMORY: HEAP_WINDOWS_MAX are there.
 */
NODISCARD enum err heap_window_new(struct heap *h, const struct heap_window *w,
                                   ref_t *out);
/* The array that a window is on; `ref` itself when it is none. */
ref_t heap_window_base(const struct heap *h, ref_t ref);
/* Drops a window that nothing refers to any more; 0: all of them. */
void heap_window_forget(struct heap *h, ref_t ref);

/* Clears CLEAR_ON_DESELECT arrays of one context. [JCRE 5.1] */
void heap_clear_on_deselect(struct heap *h, uint8_t context);
/* Clears every transient array. */
void heap_clear_on_reset(struct heap *h);

/* The lowest live handle above `ref`, 0 at the end: to visit all. */
ref_t heap_next(const struct heap *h, ref_t ref);

/* Calls f for each non-null reference an object holds, until f is false. */
bool heap_each_reference(const struct heap *h, ref_t ref,
                         bool (*f)(void *ctx, ref_t target), void *ctx);

/*
 * Mark and sweep: frees what neither roots nor `extra` (count handles of the
 * caller's) reach.  Not in a transaction or an epoch.  *freed: objects.
 */
NODISCARD enum err heap_collect(struct heap *h, const ref_t *extra,
                                uint16_t count, uint32_t *freed);

/* Bytes free: persistent (all, and the largest object), and transient. */
struct heap_usage {
    uint32_t persistent_size;
    uint32_t persistent_free;
    uint32_t persistent_largest;
    uint32_t transient_reset_free;
    uint32_t transient_deselect_free;
    uint32_t handles_free;
};
void heap_usage(const struct heap *h, struct heap_usage *u);

/* Bytes that the objects of one owner take, as heap_limit counts them. */
struct heap_share {
    uint32_t persistent;
    uint32_t transient;
};
void heap_owned(const struct heap *h, uint16_t owner, struct heap_share *share);

/* Every invariant of the heap; calls report with a line each, returns count. */
unsigned heap_check(const struct heap *h,
                    void (*report)(void *ctx, const char *line), void *ctx);

#endif
