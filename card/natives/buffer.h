/*
 * Buffers of javacardx.framework.nio.  A buffer is an object like an applet's
 * own: it refers to an array, and where it stands are fields, kept over a
 * reset, each change of them one atomic write that joins a transaction.
 *
 *   array ref | position | limit | offset | capacity | flags     16 bits each
 */
#ifndef NATIVES_BUFFER_H
#define NATIVES_BUFFER_H

#include "natives/support.h"

enum { /* flags */
       BUFFER_READ_ONLY = 1,
       BUFFER_DIRECT = 2,
       BUFFER_LITTLE = 4, /* endian */
};

struct buffer {
    ref_t object;
    ref_t array;
    uint16_t position;
    uint16_t limit;
    uint16_t offset; /* of element 0 in the array */
    uint16_t capacity;
    uint16_t flags;
};

/* A buffer that the caller may use; false: thrown. */
bool native_buffer_open(struct vm *vm, const struct vm_call *call, ref_t object,
                        struct buffer *b);
/* The same for the one whose method is called, */
bool native_buffer_this(struct vm *vm, const struct vm_call *call,
                        struct buffer *b);
/* ... and for one that changes elements: ReadOnlyBufferException. */
bool native_buffer_to_write(struct vm *vm, const struct vm_call *call,
                            struct buffer *b);

/* Elements between position and limit. */
static inline uint32_t native_buffer_left(const struct buffer *b)
{
    return (uint32_t)b->limit - b->position;
}

/*
 * n elements behind element `at`, in the array; to read or to write, with the
 * caller's rights.  False: thrown.
 */
bool native_buffer_elements(struct vm *vm, const struct vm_call *call,
                            const struct buffer *b, uint32_t at, uint32_t n,
                            uint8_t use, struct native_range *r);

/* Writes what differs of position and limit, as one update; false: thrown. */
bool native_buffer_stand(struct vm *vm, const struct buffer *b,
                         uint32_t position, uint32_t limit);
/* The same, and the buffer is the result. */
enum vm_native_result native_buffer_done(struct vm *vm, const struct buffer *b,
                                         uint32_t position, uint32_t limit);

/* An int is the result. */
enum vm_native_result native_buffer_int(struct vm *vm, int32_t value);

/* Whether a reference is to a ByteBuffer; no rights are asked for. */
bool native_is_buffer(const struct vm *vm, ref_t ref);

/* ByteBuffer.equals(Object), which Object.equals calls for one. */
vm_native native_buffer_equals;

#endif
