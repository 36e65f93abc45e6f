/*
 * What natives and listeners need of the contactless registry, which the
 * domains keep: declared here, filled by them, as struct jcre_calls.
 * org.globalplatform.contactless names all of it.  [Amd C 3.10, 3.11]
 *
 * `who` is the instance of the applet that asks, `aid` the entry that is
 * asked about; an entry that is not there is 6A88.
 */
#ifndef JCRE_CONTACTLESS_H
#define JCRE_CONTACTLESS_H

#include "jcre/jcre.h"

/* What the OPEN asks applets' getShareableInterfaceObject() for. */
enum {
    JCRE_CL_POLICY = 0x83, /* CLAppletActivationPolicy */
    JCRE_CL_CRS = 0x84,    /* CRSApplication */
    JCRE_CL_CREL = 0x85,   /* CRELApplication */
    JCRE_CL_APPLET = 0x86, /* CLApplet */
};

/* Events of CLAppletEvent that others than setInfo() lead to. */
enum {
    JCRE_CL_NO_EVENT = 0,
    JCRE_CL_ACTIVATED = 0x02,
    JCRE_CL_CREL_ADDED = 0x0E,
    JCRE_CL_MEMBER_ADDED = 0x0F,
    JCRE_CL_INSTALLED = 0x11,
    JCRE_CL_SELECTABLE = 0x12,
    JCRE_CL_LOCKED = 0x13,
    JCRE_CL_DELETED = 0x14,
    JCRE_CL_HIGHEST = 0x17,
    JCRE_CL_PRIORITY_SET = 0x18,
    JCRE_CL_NON_ACTIVATABLE = 0x81,
    JCRE_CL_DEACTIVATED = 0x82,
    JCRE_CL_CREL_REMOVED = 0x8E,
    JCRE_CL_MEMBER_REMOVED = 0x8F,
    JCRE_CL_UNLOCKED = 0x93,
    JCRE_CL_LOWEST = 0x97,
    JCRE_CL_PRIORITY_RESET = 0x98,
};

enum { JCRE_NOTICE_SUBJECTS = 512 }; /* a native's note has room for them */

/*
 * Who is to be told of an event, one after the other: the CREL applications of
 * the entry, the CRS application, the entry's own applet; then those of the
 * members of its group, if it is told of them, too.  Nobody is told of what
 * came from himself.
 */
struct jcre_notice {
    uint16_t subject; /* the domains' number of the entry */
    uint8_t event;
    uint8_t step;       /* 0 at first */
    bool group;         /* the members of the subject's group, too */
    bool is_policy;     /* it is asked for activation policies instead */
    uint16_t origin;    /* instance; 0: the card */
    uint16_t listener;  /* to tell now: instance, */
    uint8_t identifier; /*   its interface, */
    uint8_t aid_length; /*   and of whom */
    uint8_t aid[16];
};

/* Lists that getNext...() walks. */
enum jcre_cl_list {
    JCRE_CL_FAMILY,      /* applications of a family */
    JCRE_CL_CONFLICTS,   /* active ones that keep the entry from it */
    JCRE_CL_MEMBERS,     /* of the entry's group */
    JCRE_CL_CRELS,       /* its CREL applications */
    JCRE_CL_REFERENCING, /* those whose CREL application it is */
};

struct jcre_cl_walk {
    enum jcre_cl_list list;
    uint16_t who;
    bool is_crel;      /* who asks is a CRELApplication */
    uint16_t family;   /* 0: any */
    struct span aid;   /* whose list; not of JCRE_CL_FAMILY */
    struct span after; /* an entry of the list; empty: the beginning */
};

/* Lists of AIDs that an entry has. */
enum jcre_cl_names { JCRE_CL_CREL_NAMES, JCRE_CL_MEMBER_NAMES };

/* What stands between a request for a state and its being granted. */
enum jcre_cl_question {
    JCRE_CL_NOBODY,       /* is asked */
    JCRE_CL_ASK_POLICIES, /* those of jcre_notice, is_policy */
    JCRE_CL_ASK_CRS,      /* the CRS application decides and acts */
};

struct jcre_contactless {
    /* Whether an applet may have the entry by GPCLSystem. */
    bool (*may_see)(void *ctx, uint16_t who, struct span aid);
    /* Contactless activation state; of what is not there: 00. */
    uint8_t (*state)(void *ctx, struct span aid);
    /*
     * Whether `who` may bring the entry into a state: 9000, and who else is to
     * be asked; 6985; 6A80: it conflicts.
     */
    sw_t (*may_set_state)(void *ctx, uint16_t who, struct span aid,
                          uint8_t state, enum jcre_cl_question *question);
    /* Does it; *notice: of what, event 0 when nothing has changed. */
    sw_t (*set_state)(void *ctx, uint16_t who, struct span aid, uint8_t state,
                      struct jcre_notice *notice);
    /* The instance that decides on activation; 0: nobody. */
    uint16_t (*crs)(void *ctx);
    /* 6985, 6A80: there is no such information; 6A83: none is there. */
    sw_t (*get_info)(void *ctx, uint16_t who, struct span aid, uint16_t info,
                     struct buf *out);
    /* 6985, 6A80, 6A81: it needs a radio, 6A84: too long. */
    sw_t (*set_info)(void *ctx, uint16_t who, struct span aid, uint16_t info,
                     struct span value, struct jcre_notice *notice);
    /* A name comes into a list of the entry, or goes. */
    sw_t (*add_name)(void *ctx, uint16_t who, struct span aid,
                     enum jcre_cl_names list, struct span name,
                     struct jcre_notice *notice);
    sw_t (*remove_name)(void *ctx, uint16_t who, struct span aid,
                        enum jcre_cl_names list, struct span name,
                        struct jcre_notice *notice);
    /* The entry joins the group of `head`; empty: it leaves its own. */
    sw_t (*join)(void *ctx, uint16_t who, struct span aid, struct span head,
                 struct jcre_notice *notice);
    /* *answer: whether it is the head of a group, or a member of one. */
    sw_t (*is_head)(void *ctx, uint16_t who, struct span aid, bool *answer);
    sw_t (*is_member)(void *ctx, uint16_t who, struct span aid, bool *answer);
    /* The next of a list; 9000 with an AID of no length at the end. */
    sw_t (*next)(void *ctx, const struct jcre_cl_walk *walk,
                 struct jcre_entry *e);
    /* It comes first among partial matches, or last. */
    sw_t (*set_order)(void *ctx, uint16_t who, struct span aid, bool top,
                      struct jcre_notice *notice);
    /* It comes first until power-off; empty: nobody does. */
    sw_t (*set_first)(void *ctx, uint16_t who, struct span aid,
                      struct jcre_notice *notice);
    /* What GPCLSystem.getCardCLInfo() names: 6A80, 6A83. */
    sw_t (*card_info)(void *ctx, uint16_t info, struct buf *out);
    /* 6A80: no such interface. */
    sw_t (*set_interface)(void *ctx, uint16_t who, uint16_t which, bool on);
    sw_t (*is_enabled)(void *ctx, uint16_t which, bool *on);
    /* A notice of an entry without an event yet; false: it is not there. */
    bool (*notice_of)(void *ctx, uint16_t who, struct span aid,
                      struct jcre_notice *notice);
    /* Whom a notice is of; false: it is not there any more. */
    bool (*subject)(void *ctx, const struct jcre_notice *notice,
                    struct jcre_entry *e);
    /* The next to be told; false: all have been. */
    bool (*next_listener)(void *ctx, struct jcre_notice *notice);
};

#endif
