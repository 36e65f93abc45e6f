/*
 * In the build with tagged cells: the kind of every cell of the stack, and
 * what each instruction asks of those it takes.  In the other build nothing
 * of this remains.  [design: a build with tagged slots holds alone]
 */
#ifndef VM_TAGS_H
#define VM_TAGS_H

#include "vm/run.h"

static inline uint8_t vm_tag(const struct vm *vm, unsigned cell)
{
    return CARD_TAGGED ? vm->tags[cell] : (uint8_t)VM_TAG_NONE;
}

static inline void vm_set_tag(struct vm *vm, unsigned cell, uint8_t tag)
{
    if (CARD_TAGGED)
        vm->tags[cell] = tag;
}

/* A cell with its tag. */
static inline void vm_move(struct vm *vm, unsigned to, unsigned from)
{
    vm->stack[to] = vm->stack[from];
    vm_set_tag(vm, to, vm_tag(vm, from));
}

/* ---- tags.c ---- */

/* Whether the instruction at `p` finds what it takes; false after a stop. */
bool vm_tags_admit_(struct run *r, const uint8_t *p);
/* After an instruction that neither branches nor calls: tags of results. */
void vm_tags_settle_(struct run *r, const uint8_t *p);
/* Whether r->pc is an instruction of the method; false after a stop. */
bool vm_tags_place_(struct run *r);
/* The same where a branch, which is at r->f->pc, has led. */
bool vm_tags_target_(struct run *r);
/*
 * invokespecial on a new object: a constructor, and from here on the object
 * is initialised, wherever the frame on top names it.
 */
void vm_tags_construct_(struct run *r, uint8_t args);
/* Whether `args` cells from `first` may be given to another method. */
bool vm_tags_give_(struct vm *vm, unsigned first, uint8_t args);
/* The same of a native: the kinds that its descriptor tells. */
bool vm_tags_native_(struct vm *vm, struct vm_method m, unsigned first,
                     uint8_t args);
/* Tags of arguments from outside, by descriptor; `this` if is_virtual. */
void vm_tags_describe_(struct vm *vm, unsigned first, uint8_t args,
                       const char *descriptor, bool is_virtual);

static inline bool vm_tags_admit(struct run *r, const uint8_t *p)
{
    return !CARD_TAGGED || vm_tags_admit_(r, p);
}

static inline void vm_tags_settle(struct run *r, const uint8_t *p)
{
    if (CARD_TAGGED)
        vm_tags_settle_(r, p);
}

static inline bool vm_tags_target(struct run *r)
{
    return !CARD_TAGGED || vm_tags_target_(r);
}

static inline bool vm_tags_construct(struct run *r, uint8_t args)
{
    if (CARD_TAGGED)
        vm_tags_construct_(r, args);
    return true;
}

static inline bool vm_tags_give(struct vm *vm, unsigned first, uint8_t args)
{
    return !CARD_TAGGED || vm_tags_give_(vm, first, args);
}

static inline bool vm_tags_native(struct vm *vm, struct vm_method m,
                                  unsigned first, uint8_t args)
{
    return !CARD_TAGGED || vm_tags_native_(vm, m, first, args);
}

static inline void vm_tags_describe(struct vm *vm, unsigned first, uint8_t args,
                                    const char *descriptor, bool is_virtual)
{
    if (CARD_TAGGED)
        vm_tags_describe_(vm, first, args, descriptor, is_virtual);
}

#endif
