/*
 * The native cells of API objects; how many there are,
 * and which are references, stands in apidef/tables/implementation.tsv.  The
 * classes here extend Object itself, so their native cells are the first of an
 * object.  AID has its own layout (jcre/aid.h), and the machine keeps the
 * reasons of exceptions.
 */
#ifndef NATIVES_CELLS_H
#define NATIVES_CELLS_H

#include "heap/heap.h"
#include "base/span.h"
#include "jcre/upgrade.h"
#include "vm/vm.h"

enum native_cell {
    CELL_PIN_RECORD = 0,          /* OwnerPIN, GPSystem$Pin: see pin.h */
    CELL_PIN_VALIDATED = 1,       /*   reference to transient booleans */
    CELL_DISPATCHER_SERVICES = 0, /* Dispatcher: reference to an array */
    CELL_DISPATCHER_PHASES = 1,   /*   reference to bytes */
    CELL_DISPATCHER_COUNT = 2,
    CELL_RMI_INITIAL = 0, /* RMIService: reference to an object */
    CELL_RMI_SESSION = 1, /*   and to those that a selection knows */
    CELL_RMI_STATE = 2,   /*   and to transient bytes */
    CELL_RMI_INVOKE = 3,
    CELL_BIO_RECORD = 0, /* bio.h: reference to the template or counters */
    CELL_BIO_STATE = 1,  /*   reference to transient bytes */
    CELL_BIO_PLACES = 2, /*   of a matcher, reference to an array */
    CELL_KEY_RECORD = 0, /* keys.h: reference to the parts */
    CELL_KEY_CIPHER = 1, /*   reference to a Cipher */
    CELL_KEY_DOMAIN = 2, /*   reference to the record of the domain */
    CELL_KEY_FAMILY = 3,
    CELL_KEY_SIZE = 4,
    CELL_KEY_PARAMETER = 5,
    CELL_ENGINE_KEY = 0,   /* engine.h: reference to a key */
    CELL_ENGINE_STATE = 1, /*   reference to transient bytes */
    CELL_ENGINE_ALGORITHM = 2,
    CELL_ENGINE_MODE = 3,
    CELL_CHANNEL_KEY = 0,      /* channel.h: references to five keys */
    CELL_CHANNEL_SESSION = 5,  /*   and to transient bytes */
    CELL_CHANNEL_MESSAGE = 6,  /*   twice */
    CELL_CHANNEL_PROTOCOL = 7, /* high byte; low: i */
    CELL_CHANNEL_GIVER = 8,    /* instance that gave the keys */
    CELL_CHANNEL_OWN = 9,      /* bits: keys that are the object's own */
    CELL_PAIR_PUBLIC = 0,      /* KeyPair: references to its keys */
    CELL_PAIR_PRIVATE = 1,
    CELL_SPEC_NAME = 0,       /* NamedParameterSpec */
    CELL_VALUE_RECORD = 0,    /* value.h: reference to a number */
    CELL_STORE_RECORD = 0,    /* Memory$Store: reference to its bytes */
    CELL_BIG_RECORD = 0,      /* BigNumber: reference to maximum and value */
    CELL_TLV_TAG = 0,         /* BERTLV, tlv.h: reference to a BERTag */
    CELL_TLV_RECORD = 1,      /*   reference to the contents */
    CELL_CERT_FIELDS = 0,     /* cert.h: reference to byte arrays */
    CELL_CERT_EXTENSIONS = 1, /*   reference to two byte arrays for each */
    CELL_CERT_CRITICAL = 2,   /*   reference to a byte for each */
    CELL_CERT_KEY = 3,        /*   reference to a key */
    CELL_CERT_VERSION = 4,
    CELL_ENTRY_AID = 0, /* GPSystem$Entry: reference to an AID */
    CELL_ELEMENT_DATA = JCRE_ELEMENT_DATA, /* element.c */
    CELL_ELEMENT_OBJECTS = JCRE_ELEMENT_OBJECTS,
    CELL_ELEMENT_MAPPED = JCRE_ELEMENT_MAPPED,
    CELL_ELEMENT_WRITTEN = 3, /*   bytes, */
    CELL_ELEMENT_SET = 4,     /*   references */
    CELL_ELEMENT_READ = 5,    /*   and the same, read */
    CELL_ELEMENT_TAKEN = 6,
};

/* One cell of an open object; 0 when it has none of that number. */
static inline uint16_t native_cell_of(const struct heap_view *v,
                                      enum native_cell cell)
{
    return v->h.length > (uint32_t)cell ? get_u2(v->p + 2 * (size_t)cell) : 0;
}

/* One cell of `ref`, which is an object with that cell; 0 when it is not. */
uint16_t native_cell(const struct vm *vm, ref_t ref, enum native_cell cell);

/* ERR_RANGE: there is no such cell; else as heap_write. */
NODISCARD enum err native_set_cell(struct vm *vm, ref_t ref,
                                   enum native_cell cell, uint16_t value,
                                   enum heap_write how);

#endif
