/*
 * What the registry keeps of an application for the contactless interface, in
 * a record of its own, which is there once it differs from what every
 * application begins with; and one for the card as a whole.  [Amd C 8]
 *
 * Contactless record: 0 kind, 1 state (the card's: interfaces that are off,
 * CL_OFF_*), 2 initial state, 4 slot of the application (2; FFFF: the card's),
 * 6 updates (2), 8 rank among partial matches (4), then items: type u8,
 * length u16, value.
 *
 * A change writes a new record: all of it, or none.  Some of it is derived,
 * so that nothing has two places: the state of a group's member is its head's
 * (contactless.h).
 */
#ifndef DOMAINS_CLRECORD_H
#define DOMAINS_CLRECORD_H

#include "domains/registry.h"

enum {
    CL_DEACTIVATED = 0x00,
    CL_ACTIVATED = 0x01,
    CL_NON_ACTIVATABLE = 0x80,
    CL_INITIAL = CL_ACTIVATED, /* of an application that nobody spoke of */
    CL_CARD = 0xFFFF,          /* in the place of a slot */
    CL_VALUE_MAX = 512,
    CL_ITEMS_MAX = 4096, /* bytes of all items */
    CL_UPDATES_SIZE = 2,
    /* types of items: the INFO_ constants of GPCLRegistryEntry, and */
    CL_ITEM_HEAD = 0x13,   /* AID: it is a member of that one's group */
    CL_ITEM_CREL = 0x81,   /* AID of a CREL application; several */
    CL_ITEM_MEMBER = 0x82, /* AID that may join the group; several */
};

enum { /* what setCommunicationInterface() has turned off */
       CL_OFF_PROXIMITY = 0x01,
       CL_OFF_TYPE_A = 0x80,
       CL_OFF_TYPE_B = 0x40,
       CL_OFF_TYPE_F = 0x20,
       CL_OFF_TYPES = CL_OFF_TYPE_A | CL_OFF_TYPE_B | CL_OFF_TYPE_F,
};

struct domain_cl {
    uint16_t slot; /* of the record; DOMAIN_NONE: there is none */
    uint16_t application;
    uint8_t state;
    uint8_t initial;
    uint16_t updates;
    int32_t rank;      /* lower ones first; 0: nobody has moved it */
    struct span items; /* in persistent memory, until the next change */
};

/* The record in this slot; false: it is none. */
bool domain_cl_record(const struct domain *d, uint16_t slot,
                      struct domain_cl *cl);

/* The next record at or above *slot, for loops; false at the end. */
bool domain_cl_each(const struct domain *d, uint16_t *slot,
                    struct domain_cl *cl);

/* What is known of the application in `slot`, or of the card (CL_CARD). */
void domain_cl(const struct domain *d, uint16_t slot, struct domain_cl *cl);

/*
 * Takes the next item of this type from `items`; type 0: any, and *type says
 * which.  False: there is none.
 */
bool domain_cl_take(struct span *items, uint8_t *type, struct span *value);
/* The only item of this type; false: there is none. */
bool domain_cl_item(const struct domain_cl *cl, uint8_t type,
                    struct span *value);
/* Whether an item has this type and this value. */
bool domain_cl_lists(const struct domain_cl *cl, uint8_t type,
                     struct span value);

/* Whether items follow one another to the end, each of a known type. */
bool domain_cl_is_sound(const struct domain_cl *cl);

/* What becomes of the items: those that go, and one that comes. */
struct domain_cl_edit {
    uint8_t drop; /* all of this type; 0: none */
    bool one;     /* of them the one with this value alone */
    struct span dropped;
    uint8_t add; /* 0: none */
    struct span added;
};

/*
 * Writes what `cl` says but for the items, which are edited, and counts it as
 * an update of the application and of the card.  In a transaction of its own,
 * unless there is one.  ERR_STATE: an installation is under way; ERR_RANGE:
 * too much for a record; ERR_MEMORY, ERR_LOG_FULL: nothing but the card's
 * count has changed.  edit NULL: the items stay.
 */
NODISCARD enum err domain_cl_change(struct domain *d,
                                    const struct domain_cl *cl,
                                    const struct domain_cl_edit *edit);

/*
 * The same for a new application, in the epoch that it comes in; it is no
 * update yet.
 */
NODISCARD enum err domain_cl_enter(struct domain *d, const struct domain_cl *cl,
                                   const struct domain_cl_edit *edit);

#endif
