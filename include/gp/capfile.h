/*
 * A CAP file as it comes: a ZIP archive of components, or the components one
 * after the other, as a card takes them and ".ijc" files have them.  Opening
 * it checks the archive, the components' sizes and the three components read
 * here (Header, Applet, Import); the rest is the verifier's.  Both the compact
 * and the extended format are read.
 */
#ifndef GP_CAPFILE_H
#define GP_CAPFILE_H

#include <stdbool.h>

#include "gp/commands.h"
#include "gp/error.h"

enum {
    GP_CAP_APPLETS_MAX = 64,
    GP_CAP_IMPORTS_MAX = 128,
    GP_CAP_FILE_MAX = 4 << 20,  /* archive, bytes */
    GP_CAP_COMPONENT_TAGS = 14, /* 1 Header .. 13 StaticResources [JCVM 6.1] */
    GP_CAP_CUSTOM = 128,        /* the first tag of custom ones [JCVM 6.2] */
    GP_CAP_COMPONENT_MAX = 5 + (1 << 20), /* bytes, tag and size included */
    GP_CAP_PACKAGES_MAX = 32,             /* public ones of an extended file */
    GP_CAP_ENTRIES_MAX = 1024,            /* in the archive */
};

enum gp_cap_tag {
    GP_CAP_HEADER = 1,
    GP_CAP_DIRECTORY,
    GP_CAP_APPLET,
    GP_CAP_IMPORT,
    GP_CAP_CONSTANT_POOL,
    GP_CAP_CLASS,
    GP_CAP_METHOD,
    GP_CAP_STATIC_FIELD,
    GP_CAP_REFERENCE_LOCATION,
    GP_CAP_EXPORT,
    GP_CAP_DESCRIPTOR,
    GP_CAP_DEBUG,
    GP_CAP_STATIC_RESOURCES,
};

enum { /* gp_capfile.flags [JCVM 6.4] */
       GP_CAP_INT = 0x01,
       GP_CAP_EXPORTS = 0x02,
       GP_CAP_APPLETS = 0x04,
       GP_CAP_EXTENDED = 0x08,
};

struct gp_cap_import {
    struct gp_aid aid;
    uint8_t major;
    uint8_t minor;
};

struct gp_capfile {
    uint8_t *owned[GP_CAP_COMPONENT_TAGS];    /* what parts[] point at */
    struct span parts[GP_CAP_COMPONENT_TAGS]; /* by tag, with tag and size */
    bool has_wide;        /* components in the extended form */
    uint8_t format_major; /* CAP format, e.g. 2.1 */
    uint8_t format_minor;
    uint8_t flags;                /* GP_CAP_INT and so on */
    struct gp_cap_import package; /* AID and version; extended: the file's */
    char name[256]; /* "org/x/wallet": the Header's, or the folder's; or "" */
    unsigned package_count; /* of the extended format: its public packages */
    struct gp_cap_import packages[GP_CAP_PACKAGES_MAX];
    unsigned applet_count;
    struct gp_aid applets[GP_CAP_APPLETS_MAX];
    unsigned import_count;
    struct gp_cap_import imports[GP_CAP_IMPORTS_MAX];
};

/* Reads a file.  GP_ERR_FILE, GP_ERR_CAP, GP_ERR_LIMIT; *why names the place.
 */
int gp_capfile_open(const char *path, struct gp_capfile **out,
                    struct gp_why *why);

/* Reads an archive or a load file in memory; the bytes are not kept. */
int gp_capfile_read(struct span archive, struct gp_capfile **out,
                    struct gp_why *why);

/* Frees; *cap becomes NULL. */
void gp_capfile_free(struct gp_capfile **cap);

enum { GP_BLOCK_PLAIN = 0, GP_BLOCK_WITH_DESCRIPTOR = 1 };

/* Bytes of the load file data block. */
size_t gp_capfile_block_size(const struct gp_capfile *cap, unsigned flags);

/*
 * Appends the load file data block: the components in the order the card needs
 * [JCVM 6.1.1], without Debug, and without Descriptor unless asked for; a file
 * in the extended format keeps it, since nothing else says which of its
 * packages a class is of.  GP_ERR_TOO_LONG.
 */
int gp_capfile_block(const struct gp_capfile *cap, unsigned flags,
                     struct buf *out);

#endif
