/*
 * An applet that does nothing but note what the runtime asked of it, and what
 * the world looked like from inside.
 */
#ifndef RECORDER_H
#define RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "fake_vm.h"

struct recorder {
    char calls[64];        /* in order, one letter a call */
    uint16_t answers;      /* what select or processData returns */
    const char *exception; /* thrown by each call, with `reason` */
    uint16_t reason;
    bool leave_open;      /* each call leaves a transaction open */
    uint8_t seen_context; /* currently selected, inside the last call */
    bool seen_selecting;
    bool seen_reselecting;
};

extern struct recorder recorder;

/* The Java code to give to bench.vm. */
enum vm_result recorder_java(struct vm *vm, struct fake_call *call);

/* cmocka's: a bench whose applets are recorders that accept selection. */
int recorder_setup(void **state);
int recorder_teardown(void **state);

/* The calls since the last one of these, for example "sd". */
void recorder_expect(const char *calls);

/* Heap and applet table hold what they should. */
void recorder_expect_sound(void);

#endif
