#include "server/assets.h"

#include <string.h>

/* Made by console/embed.py: one array asset_NAME for each file. */
#include "server_assets.h"

static const struct srv_asset assets[] = {
    {"/", "text/html; charset=utf-8", asset_index_html,
     sizeof asset_index_html},
    {"/console.css", "text/css; charset=utf-8", asset_console_css,
     sizeof asset_console_css},
    {"/console.js", "text/javascript; charset=utf-8", asset_console_js,
     sizeof asset_console_js},
    {"/openapi.yaml", "application/yaml; charset=utf-8", asset_openapi_yaml,
     sizeof asset_openapi_yaml},
};

const struct srv_asset *srv_asset_find(const char *path)
{
    for (size_t i = 0; i < sizeof assets / sizeof assets[0]; i++) {
        if (strcmp(assets[i].path, path) == 0)
            return &assets[i];
    }
    return NULL;
}
