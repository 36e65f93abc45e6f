/* Everything a card remembers while it is on: the states of its parts. */
#ifndef CARD_ROOT_H
#define CARD_ROOT_H

#include <card/card.h>

#include "domains/domain.h"
#include "heap/heap.h"
#include "io/io.h"
#include "jcre/state.h"
#include "persist/persist.h"
#include "vault/vault.h"
#include "vm/state.h"

struct card {
    const struct card_port *port;
    struct jcre_services services;
    enum card_protocol protocol;
    bool on; /* answers commands; off also after its memory failed */
    struct persist persist;
    struct heap heap;
    struct vault vault;
    struct vm vm;
    struct jcre jcre;
    struct io io;
    struct domain domain;
};

#endif
