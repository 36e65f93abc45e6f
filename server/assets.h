/* The console's files and the REST interface's description, built in. */
#ifndef SERVER_ASSETS_H
#define SERVER_ASSETS_H

#include <stddef.h>

struct srv_asset {
    const char *path; /* as requested: "/console.js" */
    const char *type;
    const unsigned char *bytes;
    size_t size;
};

/* By path; NULL when there is none. */
const struct srv_asset *srv_asset_find(const char *path);

#endif
