/*
 * Why a request is refused, for a person and for a program, and the strict
 * reading of JSON that leads there.
 */
#ifndef SERVER_PROBLEM_H
#define SERVER_PROBLEM_H

#include <stdbool.h>

#include <gp/commands.h>
#include <jansson.h>

struct srv_problem {
    int status;        /* of HTTP: 400, 404, 409 ...; 0: no problem */
    char code[32];     /* one word for programs: "unknown_member" */
    char where[96];    /* the place: "personalize[1]"; "" none */
    char message[240]; /* one sentence */
};

/* Sets it, once: the first problem stays.  Returns -1. */
int srv_problem_set(struct srv_problem *p, int status, const char *code,
                    const char *where, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* From what the library or the store returned.  Returns -1. */
int srv_problem_from(struct srv_problem *p, int result, const char *where,
                     const struct gp_why *why);

/* {"error": {"code", "message", "where"}} */
json_t *srv_problem_json(const struct srv_problem *p);

/*
 * Parses a body: one JSON object, no member twice, nothing behind it.  NULL
 * and the problem with line and column.
 */
json_t *srv_json_read(const char *text, size_t n, struct srv_problem *p);

/*
 * Members of an object, read strictly.  Each returns 0, or -1 and the problem;
 * a missing optional member leaves *out as it is.  `where` is what stands
 * before the member's name in the problem ("" at the top).
 */

/* Refuses members that are not in `names` (ended by NULL). */
int srv_json_only(const json_t *object, const char *where,
                  const char *const *names, struct srv_problem *p);

/* Text of 1 to size-1 printable characters. */
int srv_json_text(const json_t *object, const char *name, bool required,
                  char *out, size_t size, struct srv_problem *p);

/* A name: letters, digits, '.', '_', '-'. */
int srv_json_name(const json_t *object, const char *name, bool required,
                  char *out, size_t size, struct srv_problem *p);

/* Hexadecimal text of bytes, into `out`. */
int srv_json_hex(const json_t *object, const char *name, bool required,
                 struct buf *out, struct srv_problem *p);

/* The same of one byte; a JSON number from 0 to 255 will do as well. */
int srv_json_byte(const json_t *object, const char *name, bool required,
                  uint8_t *out, struct srv_problem *p);

int srv_json_aid(const json_t *object, const char *name, bool required,
                 struct gp_aid *out, struct srv_problem *p);

int srv_json_bool(const json_t *object, const char *name, bool *out,
                  struct srv_problem *p);

/* Hexadecimal text of bytes as JSON. */
json_t *srv_json_bytes(struct span bytes);

#endif
