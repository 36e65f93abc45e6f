/* What the checker's files share; nobody else includes it. */
#ifndef CAP_INTERNAL_H
#define CAP_INTERNAL_H

#include "cap/check.h"
#include "cap/descriptor.h"
#include "cap/opcodes.h"

/*
 * A method that can run, or one that is known by its name alone: of an
 * interface of this package, or of an import that does not declare all of its
 * kinds.  Each cell of its arguments and its result have a number, and those
 * of methods that override or implement one another are made one.
 */
struct cap_callee {
    uint32_t offset; /* address of the header; by name: class_ref */
    uint16_t type;   /* place of its declared type; 0: none */
    uint16_t cells;  /* number of its first argument; its result is behind */
    uint8_t token;   /* by name; else 0 */
    uint8_t space;   /* by name: enum cap_space; else 0 */
    uint8_t nargs;
    bool proved;    /* well-typed, with nothing left to learn */
    bool init;      /* a constructor: it is called on what `new` has made */
    uint16_t class; /* whose, as new names it; CAP_NO_CLASS: not known */
};

enum { CAP_NO_CLASS = 0xFFFF };

/* The check in progress. */
struct cap_state {
    const struct cap_check *check;
    const struct cap *cap;
    uint32_t used; /* of scratch */
    struct cap_callee *callees;
    uint16_t method_count; /* sorted by offset; those by name follow */
    uint16_t callee_count;
    uint16_t callee_room;
    uint16_t *same; /* of each cell: itself, or another that is one with it */
    uint8_t *kinds; /* of cells that are themselves */
    bool collected; /* all callees are there */
    bool full;      /* and had no room */
    uint8_t *class_starts;  /* a bit for each byte of Class */
    uint8_t *method_starts; /* of Method, as the Descriptor tells; or NULL */
    struct cap_type_table types; /* the Descriptor's */
    struct cap_statics image;
    uint32_t effort; /* what may still be spent */
    bool found;
    bool changed; /* a signature has become better known */
    bool open;    /* the method in hand met what is not known yet */
    bool infer;   /* learning: what does not fit is passed over */
    bool deduce;  /* and results are told by what is done with them */
    bool quiet;   /* nothing is reported */
};

/* Records a finding (unless quiet); always false. */
bool cap_find(struct cap_state *s, uint8_t component, uint32_t method,
              uint32_t offset, uint8_t rule);

/* n bytes of scratch, aligned to 4; NULL when there is no more. */
void *cap_take(struct cap_state *s, uint32_t n);

/* ---- structure.c ---- */
enum err cap_check_structure(struct cap_state *s);
/* The class that begins at this offset; false when none does. */
bool cap_begins_class(const struct cap_state *s, uint16_t offset,
                      struct cap_class *c);

/* ---- callees.c ---- */

/*
 * Lists methods: whatever is named as one is one, install() takes three cells,
 * and handlers stay in their method.
 */
enum err cap_list_methods(struct cap_state *s);
/* Lists them and those by name; unites what overrides what. */
enum err cap_collect(struct cap_state *s);
/* A method of an interface is used; ERR_FORMAT where that cannot be. */
enum err cap_add_interface(struct cap_state *s, uint16_t class, uint8_t token,
                           uint8_t nargs);
struct cap_callee *cap_method_callee(struct cap_state *s, uint32_t offset);
/* One by name; NULL when there is none. */
struct cap_callee *cap_named_callee(struct cap_state *s, uint16_t class,
                                    enum cap_space space, uint8_t token);
/*
 * A method of an import: one by name (*callee) when its kinds are not all
 * declared and others may override it, else its signature.  False: there is
 * none.
 */
bool cap_imported(struct cap_state *s, uint16_t class, enum cap_space space,
                  uint8_t token, struct cap_callee **callee,
                  struct cap_signature *signature);
static inline bool cap_is_imported(const struct cap_state *s,
                                   const struct cap_callee *c)
{
    return c >= s->callees + s->method_count && c->offset >= 0x8000;
}
/* Learns that it makes objects of a class; false when it is another's. */
bool cap_learn_init(struct cap_state *s, struct cap_callee *c, uint16_t class);
/* Whether a class of this package has no superclass: java.lang.Object. */
bool cap_is_root_class(const struct cap_state *s, uint16_t class);
/* Where the method after this one begins, or the component ends. */
uint32_t cap_method_end(const struct cap_state *s, const struct cap_callee *c);

/*
 * What a virtual token means for a class of this package: an internal method
 * (*callee), or an imported one (*signature).  False: neither.
 */
bool cap_virtual(struct cap_state *s, uint16_t class, uint8_t token,
                 struct cap_callee **callee, struct cap_signature *signature);

/* ---- cells.c: kinds of arguments and results ---- */

/* Numbers the cells of all callees; ERR_MEMORY. */
enum err cap_give_cells(struct cap_state *s);
/* The number of an argument cell, and of the result. */
static inline uint16_t cap_arg(const struct cap_callee *c, uint8_t i)
{
    return (uint16_t)(c->cells + i);
}
static inline uint16_t cap_result(const struct cap_callee *c)
{
    return (uint16_t)(c->cells + c->nargs);
}
/* What is known of a cell. */
uint8_t cap_kind_of(struct cap_state *s, uint16_t cell);
/* Learns a cell's kind; false when it is another. */
bool cap_learn(struct cap_state *s, uint16_t cell, uint8_t kind);
/* Learns that two cells are one; false when their kinds differ. */
bool cap_make_same(struct cap_state *s, uint16_t a, uint16_t b);
/* The same for all that a signature says, and for all cells of two. */
bool cap_learn_all(struct cap_state *s, const struct cap_callee *c,
                   const struct cap_signature *signature);
bool cap_unite(struct cap_state *s, const struct cap_callee *a,
               const struct cap_callee *b);
/* What is known of a method. */
void cap_known(struct cap_state *s, const struct cap_callee *c,
               struct cap_signature *out, struct cap_links *links);

/* ---- structure.c ---- */

/* Whether a handler of this block of Method is as it should be. */
typedef bool cap_handler_check(const struct cap_state *s,
                               const struct cap_block *b,
                               const struct cap_handler *h);
/* Asks `sound` of every handler; false after a finding for each it refuses. */
bool cap_each_handler(struct cap_state *s, cap_handler_check *sound);

/* ---- code.c: instructions ---- */

enum {                         /* one byte per byte of code */
       CAP_CODE_START = 0x01,  /* an instruction begins */
       CAP_CODE_TARGET = 0x04, /* something jumps here */
       CAP_CODE_QUEUED = 0x08,
       CAP_CODE_ASTRAY = 0x10, /* under a handler between no instructions */
};

struct cap_code {
    const struct cap_callee *callee;
    struct cap_method method;
    const uint8_t *p; /* Method's info */
    uint32_t end;     /* of this method */
    uint32_t decoded; /* where the instructions end, or what is none stands */
    bool has_jsr;
    bool astray;    /* a byte has CAP_CODE_ASTRAY */
    uint8_t *marks; /* of code to end */
};

/* Decodes a method from its first byte on; marks are at code->marks. */
void cap_walk(const struct cap_state *s, struct cap_code *code);
/*
 * Whether a handler that does not lie between instructions covers a byte of
 * the one at pc: it may not run.
 */
bool cap_code_astray(const struct cap_code *code, uint32_t pc);
/* Whether an instruction of the method begins at pc. */
bool cap_code_starts(const struct cap_code *code, int64_t pc);
/* Whether the matches of a lookupswitch ascend; true for all others. */
bool cap_matches_ascend(const uint8_t *p);

/* ---- flow.c ---- */

/* The data flow of one method; findings unless quiet. */
enum err cap_flow(struct cap_state *s, struct cap_callee *callee);

/* ---- call.c ---- */

/* What an instruction calls. */
struct cap_target {
    struct cap_callee *callee; /* or NULL, and `signature` says all */
    struct cap_signature signature;
    uint16_t class; /* class_ref of an imported one */
    bool is_special;
};

/* Argument cells of it. */
static inline uint8_t cap_target_args(const struct cap_target *t)
{
    return t->callee != NULL ? t->callee->nargs : t->signature.nargs;
}

/* Puts what a constant names among the callees, if it is imported. */
void cap_add_target(struct cap_state *s, const struct cap_entry *e);

/* The class_ref of a constant that names a class or what is in one. */
uint16_t cap_entry_class_ref(const struct cap_entry *e);

/* The method that a constant names; false when it is none or not there. */
bool cap_entry_target(struct cap_state *s, const struct cap_entry *e,
                      struct cap_target *out);

/* The method that the call at `p` names; false after a finding rule. */
bool cap_call_target(struct cap_state *s, const uint8_t *p,
                     struct cap_target *out, uint8_t *rule);

#endif
