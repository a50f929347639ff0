/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web_assets.h - the web page's files, read once at start and served from memory.
 *
 * A file of the folder is served under its own name, index.html also under "/"; there are no subfolders.
 */
#ifndef MMA_SERVICES_GATEWAY_IO_WEB_ASSETS_H
#define MMA_SERVICES_GATEWAY_IO_WEB_ASSETS_H

#include "libcommon/base/status.h"

#include <stddef.h>

#define WEB_ASSETS_MAX           64
#define WEB_ASSET_BYTES_MAX      (4u << 20)
#define WEB_ASSET_ETAG_MAX       24
#define WEB_ASSET_NAME_BYTES_MAX 64

struct web_asset {
    char path[WEB_ASSET_NAME_BYTES_MAX]; /* "/match.js" */
    const char *content_type;            /* static */
    char etag[WEB_ASSET_ETAG_MAX];       /* with its quotes */
    void *bytes;
    size_t size;
};

struct web_assets {
    struct web_asset items[WEB_ASSETS_MAX];
    size_t count;
};

/* STATUS_NOT_FOUND: no such folder, or no index.html in it. Files of a type that is not for browsers are left out. */
MUST_USE enum status web_assets_load(const char *folder, struct web_assets *out_assets);
void web_assets_free(struct web_assets *assets);

const struct web_asset *web_assets_find(const struct web_assets *assets, const char *path); /* NULL: none */

#endif
