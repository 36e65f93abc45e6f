/* The members of struct vm: for card.c and the files of card/vm. */
#ifndef VM_STATE_H
#define VM_STATE_H

#include "cap/cap.h"
#include "vm/vm.h"

/* What a frame is entered from, and so where its return goes. */
enum vm_entry {
    VM_FROM_JAVA,    /* the calling method goes on */
    VM_FROM_OUTSIDE, /* vm_run_* ends */
    VM_FROM_NATIVE,  /* a native's continuation runs */
};

struct vm_frame {
    uint8_t package;
    uint8_t entry;            /* enum vm_entry */
    uint8_t advance;          /* added to pc when a callee has returned */
    uint8_t context;          /* active in it */
    uint8_t previous_context; /* what returning restores */
    uint16_t owner;
    uint16_t previous_owner;
    uint32_t code;   /* addresses in Method: of its first instruction, */
    uint32_t pc;     /*   and of the one in hand while it is not on top */
    uint32_t method; /*   and of its header; of a native: its number */
    uint32_t ahead;  /* its decoded form in the lent memory; 0: none */
    uint32_t resume; /* there: where it goes on after a call */
    uint16_t locals; /* first cell; arguments first */
    uint16_t base;   /* first operand cell */
    uint16_t limit;  /* beyond the last operand cell */
    uint16_t top;    /* operand cells end here when it is on top again */
    vm_continuation *then;
};

/*
 * What one object was found to be: good while the heap's generation is the
 * one noted.  `open_to` is a context that was let in, plus one.
 */
struct vm_view {
    ref_t ref;
    uint16_t open_to;
    uint32_t generation;
    struct heap_view v;
};

enum { VM_VIEWS = 16 /* a power of two */ };

/* Kinds of cells, in the build that has them: what a tag says. */
enum vm_tag {
    VM_TAG_NONE, /* nothing was stored here yet */
    VM_TAG_SHORT,
    VM_TAG_INT_HIGH,
    VM_TAG_INT_LOW,
    VM_TAG_REF,
    VM_TAG_NEW,    /* a reference whose constructor has not been called */
    VM_TAG_RETURN, /* what jsr left */
};

/* A resident package, found once and kept until packages change. */
struct vm_resident {
    bool known;
    ref_t record;
    ref_t statics;
    ref_t signatures; /* kinds of what others may call; see verify.c */
    struct cap cap;
    const uint8_t *pool;    /* resolved entries, VM_POOL_ENTRY bytes each */
    const uint8_t *imports; /* of each: package id, which package of it */
};

/* What a virtual call led to, kept until packages change. */
struct vm_found {
    struct vm_class class; /* of the receiver; .package 0: nothing here */
    struct vm_class named;
    uint8_t token;
    struct vm_method method;
};

enum {
    VM_FOUND_MAX = 16, /* a power of two */
    VM_DESCRIBED = 32  /* the same */
};

struct vm {
    struct heap *heap;
    struct vm_hooks hooks;

    uint16_t stack[CARD_STACK_CELLS];
    uint8_t tags[CARD_TAGGED ? CARD_STACK_CELLS : 1];
    struct vm_frame frames[CARD_FRAMES];
    uint16_t depth; /* frames in use */
    uint16_t sp;    /* first free cell */
    uint8_t context;
    uint16_t owner;
    uint64_t budget; /* instructions left in this run */

    ref_t thrown;         /* exception on its way; 0: none */
    ref_t last_exception; /* of the last VM_THREW, or for a continuation */
    const char *halt;     /* why the last run halted */
    uint16_t result[2];   /* of the last native, or of the run */
    struct vm_outside {   /* what the end of the run goes back to */
        uint16_t depth;
        uint16_t sp;
        uint8_t context;
        uint16_t owner;
    } outside;
    uint8_t result_cells;
    uint8_t result_tag; /* of its first cell */

    struct vm_view views[VM_VIEWS]; /* of what is in use, by handle */
    uint8_t *ahead;                 /* the lent memory; see code.h */
    uint32_t ahead_size;
    const struct card_observer *observer;

    uint16_t reasons[HEAP_BUILTIN_MAX]; /* of the built-in exceptions */
    uint8_t exception_body[2];          /* they have no other content */
    struct vm_class exceptions[HEAP_BUILTIN_MAX];
    uint8_t exception_count;

    struct vm_found found[VM_FOUND_MAX];
    /* with tagged cells: natives' descriptors, by id */
    const struct api_method *described[CARD_TAGGED ? VM_DESCRIBED : 1];

    struct vm_resident packages[CARD_PACKAGES_MAX + 1]; /* by id */
    uint32_t moved; /* the heap's count when they were found */
};

#endif
