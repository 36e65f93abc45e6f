/* What a compiler is told where it has been measured to matter. */
#ifndef BASE_HINT_H
#define BASE_HINT_H

/* In place of `inline` where a copy for each caller's constants is the point.
 */
#define EXPANDED inline __attribute__((always_inline))

/* A condition that nearly always holds: the way on is without a jump. */
#define LIKELY(condition) (__builtin_expect(!!(condition), 1))

/* The compiler moves no access to memory over this, either way. */
#define IN_ORDER() __atomic_signal_fence(__ATOMIC_SEQ_CST)

#endif
