/* What the files of the CAP disassembler share. */
#ifndef TOOLCHAIN_CAPDUMP_H
#define TOOLCHAIN_CAPDUMP_H

#include "toolchain/arena.h"
#include "toolchain/capschema.h"

/* How much of a component is spelled out. */
enum cd_level {
    CD_DERIVED,  /* what the assembler derives is left out */
    CD_LISTED,   /* lists that it would make are told */
    CD_EXPLICIT, /* and whatever differs from what it derived */
    CD_RAW,
};

struct cd_part {
    const char *name; /* in the archive */
    uint8_t tag;      /* 0: some other file, or bytes that are no component */
    uint8_t written_tag;
    struct span bytes; /* all */
    struct span info;
    uint32_t size; /* as it is written */
    uint8_t level;
    struct span derived; /* what the assembler made of the last text */
};

struct cd_class {
    uint16_t offset;
    const char *name;
};

struct cd_block { /* of Method */
    struct span info;
    uint32_t *starts; /* of methods, ascending */
    size_t start_count;
    size_t first_name; /* number of the first method's name */
};

struct cd {
    struct tc_arena *arena;
    struct cs_form form;
    bool is_archive;
    const char *path; /* of most components */
    struct cd_part *parts;
    size_t part_count;
    size_t first[256]; /* by tag: number of the first part, from 1 */
    struct cd_class *classes;
    size_t class_count;
    struct cd_block *blocks;
    size_t block_count;
    uint32_t *found; /* places that something takes for a method's */
    size_t found_count;
    struct span *strings; /* of Debug */
    bool *repeated;       /* [string]: an earlier one is the same */
    size_t string_count;
    size_t types_at; /* type_descriptor_info in Descriptor's info */
};

/* A component being written. */
struct cw {
    struct cd *cd;
    const struct cd_part *part;
    struct tc_bytes *text;
    size_t at; /* next byte of the info */
    unsigned depth;
    bool collecting; /* to find classes and methods; the text is not used */
    bool remote;
    uint32_t flags;   /* read last */
    const char *note; /* comment at the end of the line */
};

/* The first component with this tag that is not raw; NULL. */
const struct cd_part *cd_part_of(const struct cd *cd, uint8_t tag);
/* The info of the first component with this tag, also a raw one. */
struct span cd_info(const struct cd *cd, uint8_t tag);

/* ---- text: capwrite.c ---- */

void cw_format(struct cw *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Begins a line. */
void cw_line(struct cw *w);
/* Ends it, with the note. */
void cw_end(struct cw *w);
/* `keyword` and bytes: on one line, or in a block. */
void cw_hex(struct cw *w, const char *keyword, struct span bytes);
/*
 * The fields of a component, from w->at on.  False where the bytes do not fit
 * the table; w->at is then behind the last item that did.
 */
bool cw_component(struct cw *w, const struct cs_struct *table);
/* " word": a class_ref; a place in Method. */
void cw_class(struct cw *w, uint16_t ref);
void cw_place(struct cw *w, uint32_t value);
/* The type at the head of `from` as a word; NULL. */
const char *cw_type(struct cw *w, struct span *from);

/* ---- comments: capnote.c ---- */

/* Name of the class at an offset of Class; NULL. */
const char *cd_class_name(const struct cd *cd, uint16_t offset);
/* What a class_ref names, "javacard/framework/Applet"; NULL: not known. */
const char *cd_class_note(struct cd *cd, uint16_t ref);
/* What a pool entry names; NULL. */
const char *cd_entry_note(struct cd *cd, uint32_t index);
const char *cd_aid_note(struct span aid);

/* ---- Method: capwritecode.c ---- */

/* Cuts Method into blocks; none where that cannot be done. */
void cd_find_blocks(struct cd *cd);
/* Sorts what was found into the blocks. */
void cd_place_methods(struct cd *cd);
/* Name of the method at a place; NULL. */
const char *cd_method_name(const struct cd *cd, uint32_t place);
bool cw_methods(struct cw *w);
bool cw_references(struct cw *w); /* ReferenceLocation */

/* ---- the whole text: capdump.c ---- */

#endif
