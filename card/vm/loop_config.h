/*
 * How the loop over decoded instructions is put together.  It reads as a
 * switch; where the compiler can take addresses of labels, each instruction
 * goes to the next by itself, which processors predict better.
 */
#ifndef VM_LOOP_CONFIG_H
#define VM_LOOP_CONFIG_H

#ifndef CARD_COMPUTED_GOTO
#ifdef __GNUC__
#define CARD_COMPUTED_GOTO 1
#else
#define CARD_COMPUTED_GOTO 0
#endif
#endif

/* LOOP(op) ... ON(name) { ...; NEXT; } ... END_LOOP */
#if CARD_COMPUTED_GOTO
#define LOOP_PLACES __extension__ static const void *const places[] = {
#define LOOP_PLACE(name) &&on_##name,
#define LOOP_PLACES_END }
#define LOOP(i) goto *places[(i)->op];
#define ON(name) on_##name:
#define NEXT(i) goto *places[(i)->op]
#define END_LOOP
#else
#define LOOP_PLACES enum {
#define LOOP_PLACE(name) NO_PLACE_##name,
#define LOOP_PLACES_END }
#define LOOP(i)                                                                \
    for (;;)                                                                   \
        switch ((i)->op) {
#define ON(name) case VM_D_##name:
#define NEXT(i) continue
#define END_LOOP }
#endif

#endif
