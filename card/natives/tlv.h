/*
 * What the classes of javacardx.framework.tlv share.  A BERTag keeps its bytes
 * in its own cells.  A BERTLV refers to its tag and to a record: of a primitive
 * one a blob, the length of the value and room for it; of a constructed one an
 * array of references to what it contains, null from the first that is free.
 * So each change is decided by one write, or by a transaction of its own.
 */
#ifndef NATIVES_TLV_H
#define NATIVES_TLV_H

#include "natives/ber.h"
#include "natives/support.h"

enum { /* reasons of TLVException */
       TLV_INVALID_PARAM = 1,
       TLV_ILLEGAL_SIZE = 2,
       TLV_EMPTY_TAG = 3,
       TLV_EMPTY_TLV = 4,
       TLV_MALFORMED_TAG = 5,
       TLV_MALFORMED_TLV = 6,
       TLV_INSUFFICIENT_STORAGE = 7,
       TLV_TAG_NUMBER_TOO_LARGE = 9,
       TLV_SIZE_TOO_LARGE = 10,
       TLV_LENGTH_TOO_LARGE = 11,
};

enum {
    TLV_VALUE_AT = 2, /* in the record of a primitive TLV */
    TLV_DEPTH = 32,   /* of constructed TLVs in each other */
};

/* TLVException. */
enum vm_native_result native_tlv_throw(struct vm *vm, uint16_t reason);

/* ---- tags ---- */

/* The tag that an object has; false: none yet. */
bool native_tag_get(const struct vm *vm, ref_t object, struct ber_tag *tag);

/* One update.  False: thrown. */
bool native_tag_set(struct vm *vm, ref_t object, const struct ber_tag *tag);

/* A new PrimitiveBERTag or ConstructedBERTag; 0: thrown. */
ref_t native_tag_new(struct vm *vm, const struct ber_tag *tag);

/* ---- TLVs ---- */

struct tlv {
    ref_t object;
    ref_t tag; /* 0 of an empty one */
    ref_t record;
    bool constructed;
    uint32_t room;   /* bytes of value, or TLVs, that the record can hold */
    uint32_t length; /* bytes of value, or TLVs, that it holds */
};

/* False: no TLV, or one of which nothing was made. */
bool native_tlv_look(const struct vm *vm, ref_t object, struct tlv *tlv);

/* The same for `this`: false: thrown, EMPTY_TLV. */
bool native_tlv_open(struct vm *vm, ref_t object, struct tlv *tlv);

/* The TLV at `i` of a constructed one. */
ref_t native_tlv_at(const struct vm *vm, const struct tlv *tlv, uint32_t i);

/* The value of a primitive one, until the next write or allocation. */
struct span native_tlv_value(const struct vm *vm, const struct tlv *tlv);

/*
 * Bytes of the value, of all that is in it.  0, or a reason: EMPTY_TLV,
 * SIZE_TOO_LARGE; ILLEGAL_SIZE when it is deeper than TLV_DEPTH, `above` of
 * them taken; INVALID_PARAM when `unwanted` is in it.
 */
uint16_t native_tlv_length(const struct vm *vm, const struct tlv *tlv,
                           unsigned above, ref_t unwanted, uint32_t *length);

/* native_tlv_length() and what stands before it. */
uint16_t native_tlv_size(const struct vm *vm, const struct tlv *tlv,
                         uint32_t *size);

/*
 * Gives a TLV another record, and another tag unless it is 0, as one change;
 * frees the old record.  False: thrown.
 */
bool native_tlv_become(struct vm *vm, const struct tlv *tlv, ref_t tag,
                       ref_t record);

/* A record of a primitive TLV with `room`, or of a constructed one. */
NODISCARD enum err native_tlv_new_record(struct vm *vm,
                                         const struct vm_call *call,
                                         bool constructed, uint32_t room,
                                         ref_t *out);

/*
 * Objects for the TLVs that the range holds, which is sound, and a record
 * with them.  0: thrown.
 */
ref_t native_tlv_build(struct vm *vm, const struct vm_call *call,
                       const struct native_range *r);

/* A record with a value, and room for `room`.  0: thrown. */
ref_t native_tlv_record_of(struct vm *vm, const struct vm_call *call,
                           const struct native_range *value, uint32_t room);

/* What a method has to say of a TLV: its size.  Throws what is wrong. */
enum vm_native_result native_tlv_done(struct vm *vm, ref_t object);

/* ---- TLVs in arrays ---- */

/*
 * The TLV that stands in an array, the argument at `cell`, which is followed
 * by an offset; *r is all of it.  False: thrown.
 */
bool native_tlv_any_in(struct vm *vm, const struct vm_call *call, unsigned cell,
                       struct native_range *r, struct ber_head *head);

/* The same, of the kind wanted: of the other one MALFORMED_TLV. */
bool native_tlv_in(struct vm *vm, const struct vm_call *call, unsigned cell,
                   bool constructed, struct native_range *r,
                   struct ber_head *head);

/*
 * Writes the TLV of the head, with `more` after its value, where it stands in
 * *r.  Gives the new size.
 */
enum vm_native_result native_tlv_extend(struct vm *vm,
                                        const struct native_range *r,
                                        const struct ber_head *head,
                                        struct span more);

/*
 * The tag of an object that is an instance of a class.  False: thrown:
 * NullPointerException, SecurityException, EMPTY_TAG.
 */
bool native_tag_open(struct vm *vm, const struct vm_call *call, ref_t object,
                     const char *class_name, struct ber_tag *tag);

/* The tag that an array holds, the argument at `cell`, which is followed by an
 * offset.  False: thrown. */
bool native_tag_in(struct vm *vm, const struct vm_call *call, unsigned cell,
                   struct ber_tag *tag);

#endif
