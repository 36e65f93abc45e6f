/*
 * Changes of a card's memory past the code that keeps it right: for tests of
 * what finds them.  What cannot be done fails the test.
 */
#ifndef UNIT_DOMAINS_FORGE_H
#define UNIT_DOMAINS_FORGE_H

#include "domains/registry.h"
#include "tests/apdu/host.h"

/* The card that is changed. */
extern struct host forge_host;

struct heap *forge_heap(void);
struct heap_view forge_view(ref_t ref);

/* Writes over an object's bytes. */
void forge_put(ref_t ref, uint32_t at, const uint8_t *bytes, uint32_t n);
void forge_put_u1(ref_t ref, uint32_t at, uint8_t value);
void forge_put_u2(ref_t ref, uint32_t at, uint16_t value);

/* The same in a record of the registry, whose check then agrees. */
void forge_sealed(ref_t ref, uint32_t at, const uint8_t *bytes, uint32_t n);
void forge_sealed_u1(ref_t ref, uint32_t at, uint8_t value);
void forge_sealed_u2(ref_t ref, uint32_t at, uint16_t value);

ref_t forge_root(unsigned i);

/* A new object, and what keeps one from being garbage. */
ref_t forge_make(struct heap_header hd);
void forge_keep(ref_t ref);

/* A record of the registry, and its slot; `which` counts those of a kind. */
ref_t forge_record(enum registry_kind kind, unsigned which);
uint16_t forge_slot(enum registry_kind kind, unsigned which);

/*
 * The place of a package's references in the list of packages, and one of them;
 * ids count from 1.
 */
uint32_t forge_listed(uint8_t id, unsigned which);
ref_t forge_part(uint8_t id, unsigned which);

ref_t forge_applet(uint16_t instance);

#endif
