/*
 * The Debug component: names, lines and local variables.  [JCVM 6.15]  It
 * never reaches a card; a development machine names methods by it.
 */
#ifndef CAP_DEBUG_H
#define CAP_DEBUG_H

#include "cap/cap.h"

/* A Debug component whose strings have been found. */
struct cap_debug {
    const struct cap *cap;
    const uint32_t *strings; /* offset of each in the component */
    uint16_t string_count;
    struct span classes; /* from the packages on */
};

struct cap_debug_method {
    struct span class_name; /* "org/postcard/Wallet" */
    struct span name;       /* "add" */
    struct span descriptor; /* "(SS)V" */
    uint32_t location;      /* address; nothing where body_size is 0 */
    uint8_t header_size;
    uint16_t body_size;
    struct span variables; /* raw, 9 bytes each */
    struct span lines;     /* raw, 6 bytes each */
};

/*
 * Finds the strings.  `room` takes `count` offsets and lives as long as *d;
 * cap_debug_strings says how many are wanted.  False, and the place in *bad,
 * when the component is malformed.
 */
uint16_t cap_debug_strings(const struct cap *cap);
bool cap_debug_open(const struct cap *cap, uint32_t *room, uint16_t count,
                    struct cap_debug *d, uint32_t *bad);

/*
 * Calls f for each method, abstract ones included; f ends the walk by
 * returning false.  False, and the place in *bad, when something does not fit
 * or f said so.
 */
bool cap_debug_each(const struct cap_debug *d,
                    bool (*f)(void *ctx, const struct cap_debug_method *m),
                    void *ctx, uint32_t *bad);

#endif
