/*
 * The text of a CAP file taken apart: statements of words, in blocks.
 *
 *     label: keyword word word "string" { statement; statement }
 *
 * A statement ends with its line, at ';' or at the '}' of its block; a comment
 * runs from "//" to the end of the line.
 */
#ifndef TOOLCHAIN_CAPSYNTAX_H
#define TOOLCHAIN_CAPSYNTAX_H

#include "toolchain/diag.h"

struct cs_word {
    const char *p; /* in the text; a string's is its value, unescaped */
    uint32_t n;
    uint32_t line;
    bool is_string;
};

struct cs_node {
    struct cs_word label;        /* n 0: none */
    const struct cs_word *words; /* [0] is the keyword */
    size_t count;
    bool has_block;
    struct cs_node *first; /* of the block */
    struct cs_node *next;
    uint32_t line;
};

/*
 * Reads a text.  Returns its statements in a chain; mistakes are told to
 * `diag` and what they stand in is left out.
 */
struct cs_node *cs_parse(struct tc_diag *diag, const struct tc_input *text);

/* Is it this word, unquoted? */
bool cs_is(const struct cs_word *word, const char *text);

/* A number: decimal or 0x..., with a sign; false for anything else. */
bool cs_number(const struct cs_word *word, int64_t *out);

/* The words behind the first `skip` of a statement and all in its block. */
struct cs_words {
    const struct cs_node *node;
    size_t at;
    const struct cs_node *inner;
    size_t inner_at;
};
struct cs_words cs_all_words(const struct cs_node *node, size_t skip);
const struct cs_word *cs_next_word(struct cs_words *words);

/* Adds a string in quotes to a text, escaping what needs it. */
void cs_quote(struct tc_bytes *text, struct span bytes);

#endif
