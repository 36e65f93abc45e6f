/* What accompanies the components: the manifest and the export file. */
#ifndef TOOLCHAIN_MANIFEST_H
#define TOOLCHAIN_MANIFEST_H

#include "toolchain/output.h"

/* META-INF/MANIFEST.MF; it says when to no one: equal input, equal bytes. */
struct span tc_manifest(struct tc_output *out);

/* The export file of a package that exports something. */
struct span tc_export_file(struct tc_output *out);

#endif
