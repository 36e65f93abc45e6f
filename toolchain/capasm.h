/* What the files of the CAP assembler share. */
#ifndef TOOLCHAIN_CAPASM_H
#define TOOLCHAIN_CAPASM_H

#include "toolchain/capschema.h"
#include "toolchain/capsyntax.h"

struct ca_method { /* places count from the first byte behind the handlers */
    uint32_t block;
    uint32_t start;
    uint32_t code; /* == start: no method, but a label outside of any */
    uint32_t end;
    uint32_t scope; /* of its labels */
};

struct ca_handler {
    const struct cs_node *node;
    uint32_t scope; /* of the labels */
};

struct ca_block { /* of Method */
    struct tc_bytes *body;
    struct ca_handler *handlers;
    size_t handler_count;
    bool explicit; /* handlers stand outside of methods: keep their order */
    const struct cs_node *count_override;
    struct tc_bytes *table;    /* the handlers, when their number is known */
    uint32_t *byte_references; /* places, ascending */
    size_t byte_reference_count;
    uint32_t *pair_references;
    size_t pair_reference_count;
};

enum { CA_SEGMENTS_MAX = 3 + 2 * 256 };

struct ca_part {
    const struct cs_node *node;
    uint8_t tag;   /* what it is; 0: some other file */
    bool has_size; /* an override */
    uint32_t size;
    int64_t written_tag; /* an override, or -1 */
    const char *name;
    const struct cs_word *aid;  /* of a custom component */
    struct tc_bytes **segments; /* together: the info */
    size_t segment_count;
    struct tc_bytes info;
};

enum ca_fix {
    CA_CLASS,
    CA_METHOD, /* u2, or u1 and u2 */
    CA_STATIC_METHOD,
    CA_POOL1,
    CA_POOL2,
    CA_BRANCH1, /* from `base` */
    CA_BRANCH2,
    CA_PC,
    CA_FIELD,
    CA_TYPE, /* a whole type descriptor */
    CA_TYPE_OFFSET,
    CA_FIELD_TYPE,
    CA_TOKEN_MAP, /* `width` bytes, for the class at `base` of the segment */
    CA_DERIVED,   /* `base`: enum cs_derived; `width` bytes */
};

struct ca_fixup {
    struct tc_bytes *bytes;
    uint32_t at;
    uint8_t kind;
    uint8_t width;
    uint32_t base;
    uint32_t scope;
    const struct ca_part *part;
    struct cs_word word;
    struct cs_word method; /* named last, for CA_DERIVED and CA_PC */
};

enum ca_scope { /* of names; labels of methods count on */
                CA_S_CLASS,
                CA_S_METHOD,
                CA_S_POOL,
                CA_S_IMPORT,
                CA_S_TYPE,
                CA_S_STRING,
                CA_S_LABELS,
};

struct ca_symbol {
    struct cs_word name;
    uint32_t scope;
    uint32_t value; /* offset, index, or number of a method */
};

struct ca {
    struct tc_arena *arena;
    struct tc_diag *diag;
    const char *file;
    struct cs_form form;
    bool is_archive;
    struct cs_word path; /* of the components in the archive */
    struct ca_part *parts;
    size_t part_count;
    size_t first[256];         /* by tag: number of the first part, from 1 */
    struct ca_part *part;      /* being written */
    struct tc_bytes *out;      /* where the next byte goes */
    struct ca_symbol *symbols; /* a hash table */
    size_t symbol_count;
    size_t symbol_room;
    struct ca_fixup *fixups;
    size_t fixup_count;
    struct ca_method *methods;
    size_t method_count;
    struct ca_block *blocks;
    size_t block_count;
    uint32_t scope;             /* of labels, in a method */
    struct cs_word last_method; /* named last, for what is derived of it */
    struct cs_word last_class;
    bool remote; /* the class being written */
    bool uses_int;
    struct cs_word *types; /* of Descriptor */
    size_t type_count;
    const struct cs_node *pool_types;
    struct cs_word *strings; /* of Debug */
    size_t string_count;
};

/* A mistake at the line of a word or statement. */
#define ca_error(ca, at, ...)                                                  \
    tc_error((ca)->diag, (ca)->file, (at)->line, __VA_ARGS__)
/* For "%.*s": a word. */
#define CA_WORD(w) (int)((w)->n > 60 ? 60 : (w)->n), (w)->p

/* ---- names: capnames.c ---- */

/* Gives a name a value; a mistake if it has one in this scope. */
void ca_define(struct ca *ca, uint32_t scope, const struct cs_word *name,
               uint32_t value);
/* The entry of a name, added (*added) if there is none. */
struct ca_symbol *ca_intern(struct ca *ca, uint32_t scope,
                            const struct cs_word *name, bool *added);
const struct ca_symbol *ca_find(const struct ca *ca, uint32_t scope,
                                const char *name, size_t n);

/* A number from `low` to `high`; else a mistake, and false. */
bool ca_range(struct ca *ca, const struct cs_word *word, int64_t low,
              int64_t high, uint32_t *out);
/*
 * NAME, NAME+N, NAME-N or a number.  `what` is told in a message, "a class".
 */
bool ca_value(struct ca *ca, uint32_t scope, const struct cs_word *word,
              const char *what, int64_t *out);
/* A class_ref, as two bytes.  [JCVM 6.8.1] */
bool ca_class_ref(struct ca *ca, const struct cs_word *word, uint16_t *out);
/* Package, class and token of an imported static, as three bytes. */
bool ca_external(struct ca *ca, const struct cs_word *word, uint32_t *out);
/* A static ref, a class_ref with a token, or a number: three bytes. */
bool ca_field_ref(struct ca *ca, const struct cs_word *word, uint32_t *out);
/* The member token of the API's class that a class_ref names, by name. */
bool ca_member(struct ca *ca, const struct cs_word *class,
               const struct cs_word *member, bool statics, uint32_t *out);

/* The API's package that an import is, once Import is written; NULL. */
const struct api_package *ca_api_import(const struct ca *ca, unsigned index);

/* A place in Method: block << 16 | offset from the block's start. */
bool ca_place(struct ca *ca, uint32_t scope, const struct cs_word *word,
              uint32_t *out);
/* The method that a word names, without anything added; NULL. */
const struct ca_method *ca_method_named(const struct ca *ca,
                                        const struct cs_word *word);
/* Offset of the first byte behind a block's handlers. */
uint32_t ca_block_base(const struct ca *ca, uint32_t block);

/* ---- writing: capasm.c ---- */

void ca_put(struct ca *ca, uint32_t value, unsigned width);
/* Leaves `width` bytes to be filled in; returns the fixup. */
struct ca_fixup *ca_fix(struct ca *ca, enum ca_fix kind, unsigned width,
                        const struct cs_word *word);
/* The bytes that the words of a statement spell, behind the first `skip`. */
void ca_put_hex(struct ca *ca, const struct cs_node *node, size_t skip);
/* A new segment of the part, which becomes the one being written. */
void ca_segment(struct ca *ca);
struct ca_part *ca_part_of(const struct ca *ca, uint8_t tag);

/* ---- tables: capfields.c ---- */

/* The fields of a structure, from a statement and its block. */
void ca_fields(struct ca *ca, const struct cs_struct *table,
               const struct cs_node *node);

/* ---- types: captypes.c ---- */

/* The type descriptor that a word spells; false after a mistake. */
bool ca_type(struct ca *ca, const struct cs_word *word, struct tc_bytes *out);
/* Bytes that it takes, which no name changes; 0 after a mistake. */
size_t ca_type_size(struct ca *ca, const struct cs_word *word);
/* Number of a type among Descriptor's, added when it is new. */
uint32_t ca_type_index(struct ca *ca, const struct cs_word *word);
/*
 * The type of each entry of ConstantPool, as a word (n 0: none), from what
 * Descriptor's node says of own members and from the API.  Returns how many.
 * cappooltypes.c
 */
size_t ca_pool_types(struct ca *ca, const struct cs_node *node,
                     struct cs_word **types);
/* type_descriptor_info, and the offsets into it. */
void ca_finish_types(struct ca *ca, struct ca_part *part);

/* ---- the others ---- */

void ca_method_component(struct ca *ca,
                         const struct cs_node *node); /* capcode.c */
/* Handler tables, as far as they can be made before places are known. */
void ca_count_handlers(struct ca *ca);
void ca_finish_method(struct ca *ca, struct ca_part *part);
void ca_reference_location(struct ca *ca, const struct cs_node *node);
/* Fills in what was left open; complains. */
void ca_resolve(struct ca *ca); /* capresolve.c */
void ca_derive(struct ca *ca);

#endif
