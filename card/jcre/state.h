/* The members of struct jcre, for card.c; the rest of the card asks jcre.h. */
#ifndef JCRE_STATE_H
#define JCRE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include <card/config.h>
#include <card/port.h>

#include "heap/heap.h"
#include "jcre/apdu.h"
#include "jcre/jcre.h"
#include "jcre/oneshot.h"
#include "vm/vm.h"

/* Built-in objects of the runtime, counted down from the last index. */
enum {
    JCRE_BUILTIN_ORDERS = HEAP_BUILTIN_MAX - 2, /* two of them */
    JCRE_BUILTIN_APDU = HEAP_BUILTIN_MAX - 3,
    JCRE_BUILTIN_APDU_BUFFER = HEAP_BUILTIN_MAX - 4,
    JCRE_BUILTIN_INSTALL = HEAP_BUILTIN_MAX - 5,
    JCRE_BUILTIN_CHANNEL = HEAP_BUILTIN_MAX - 6,   /* GP SecureChannel */
    JCRE_BUILTIN_RESOURCES = HEAP_BUILTIN_MAX - 7, /* applets may keep it */
    JCRE_BUILTIN_PROVIDER = HEAP_BUILTIN_MAX - 8,  /* Open Platform's domain */
    JCRE_BUILTIN_ONESHOT = JCRE_BUILTIN_PROVIDER - JCRE_ONESHOTS,
    JCRE_BUILTIN_STATE = JCRE_BUILTIN_ONESHOT - CARD_ONESHOTS,
};

enum { JCRE_INSTALL_MAX = 127 /* bLength is a signed byte [JCRE 11.2.1] */ };

/* Classes and tokens of the API that the runtime calls, from the tables. */
struct jcre_api {
    struct vm_class aid;
    struct vm_class applet;
    struct vm_class applet_event;
    struct vm_class apdu;
    struct vm_class multiselectable;
    struct vm_class extended_length;
    struct vm_class application;
    struct vm_class personalization;
    struct vm_class secure_channel;
    struct vm_class provider;
    struct vm_class resources;
    struct vm_class byte_order;
    struct vm_class upgrade_listener;
    struct vm_class element;
    struct vm_class mapped_element;
    uint8_t select;
    uint8_t deselect;
    uint8_t process;
    uint8_t shareable; /* getShareableInterfaceObject */
    uint8_t multi_select;
    uint8_t multi_deselect;
    uint8_t uninstall;
    uint8_t application_data;
    uint8_t personalization_data;
    uint8_t get_flag; /* of OwnerPIN */
    uint8_t set_flag;
    uint8_t on_save; /* of OnUpgradeListener */
    uint8_t on_cleanup;
    uint8_t on_restore;
    uint8_t on_consolidate;
};

/* An install() that is running; package 0: none. */
struct jcre_installing {
    uint8_t package;
    uint16_t instance;
    bool registered;
    ref_t applet;      /* who called register() */
    ref_t aid;         /* the instance's AID object */
    bool default_name; /* INSTALL names the AID of the Applet component */
};

/*
 * The applet that the last command went to, as process() needs it: good for
 * the same instance while the heap's generation is the same.
 */
struct jcre_ready {
    uint16_t instance; /* 0: none */
    uint32_t generation;
    ref_t object;
    bool extended_length;
    struct vm_method process;
};

struct jcre {
    struct vm *vm;
    struct heap *heap;
    struct vault *vault; /* secrets of its objects at rest */
    const struct card_port *port;
    const struct jcre_services *services;
    struct jcre_api api;

    uint8_t channel;  /* of the applet that runs */
    uint8_t origin;   /* of the command in hand */
    bool selecting;   /* what selectingApplet() says */
    uint64_t started; /* what the clock said at power-on, */
    uint64_t uptime;  /*   and the last uptime that was told */
    bool collect;     /* object deletion was asked for */
    uint16_t selected[CARD_CHANNELS];
    uint8_t contexts[CARD_CHANNELS]; /* of what is selected */
    uint16_t last_deselected;        /* in this command, */
    uint8_t last_channel;            /*   on this channel */
    uint8_t addressed;               /* context of a call out of turn, or 0 */

    struct jcre_installing installing;
    struct jcre_ready ready;
    struct jcre_waiting { /* an applet does, inside send*() */
        bool active;
        bool selecting;
        uint8_t channel;
    } waiting;
    enum card_protocol protocol;
    struct io *io; /* where responses leave */
    struct jcre_apdu apdu;
    struct jcre_oneshots oneshots;
    struct jcre_kept { /* the result of a sensitive method */
        uint8_t kind;
        uint8_t not_kind; /* their complements */
        uint16_t not_value;
        uint16_t value;
    } kept;
    uint8_t install_array[JCRE_INSTALL_MAX];
    uint8_t none[2]; /* the body of built-in objects without cells */
};

#endif
