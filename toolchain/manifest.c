#include "toolchain/manifest.h"

#include <string.h>

enum { LINE_MAX_BYTES = 70 };

/* A line of at most 72 bytes with its end; the rest goes on behind a space. */
static void put_line(struct tc_bytes *to, const char *text)
{
    size_t n = strlen(text);
    size_t at = n < LINE_MAX_BYTES ? n : LINE_MAX_BYTES;
    tc_put(to, text, at);
    tc_put(to, "\r\n", 2);
    while (at < n) {
        size_t more = n - at;
        if (more > LINE_MAX_BYTES - 1)
            more = LINE_MAX_BYTES - 1;
        tc_put(to, " ", 1);
        tc_put(to, text + at, more);
        tc_put(to, "\r\n", 2);
        at += more;
    }
}

static const char *aid_text(struct tc_arena *arena, const struct tc_aid *aid)
{
    char text[16 * 5 + 1] = "";
    for (size_t i = 0; i < aid->length; i++) {
        const char *one =
            tc_format(arena, "%s0x%02x", i == 0 ? "" : ":", aid->bytes[i]);
        strcat(text, one);
    }
    return tc_format(arena, "%s", text);
}

static void put_applets(struct tc_output *out, struct tc_bytes *to)
{
    struct tc_arena *arena = out->env->arena;
    const struct tc_options *o = out->env->options;
    for (size_t i = 0; i < o->applet_count; i++) {
        const char *name = out->applet_installs[i]->owner->name;
        put_line(to, tc_format(arena, "Java-Card-Applet-%zu-AID: %s", i + 1,
                               aid_text(arena, &o->applets[i].aid)));
        put_line(to, tc_format(arena, "Java-Card-Applet-%zu-Name: %s", i + 1,
                               strrchr(name, '/') + 1));
    }
}

static void put_imports(struct tc_output *out, struct tc_bytes *to)
{
    struct tc_arena *arena = out->env->arena;
    for (size_t i = 0; i < out->import_count; i++) {
        const struct tc_package *p = out->imports[i];
        put_line(to, tc_format(arena, "Java-Card-Imported-Package-%zu-AID: %s",
                               i + 1, aid_text(arena, &p->aid)));
        put_line(to, tc_format(arena,
                               "Java-Card-Imported-Package-%zu-Version: "
                               "%u.%u",
                               i + 1, p->major, p->needed_minor));
    }
}

struct span tc_manifest(struct tc_output *out)
{
    const struct tc_package *own = &out->env->own;
    struct tc_arena *arena = out->env->arena;
    struct tc_bytes to = {.arena = arena};
    const char *name = tc_dotted(arena, own->name);
    put_line(&to, "Manifest-Version: 1.0");
    put_line(&to, "Created-By: postcard");
    put_line(&to, "");
    put_line(&to, tc_format(arena, "Name: %s", name));
    put_line(&to, tc_format(arena, "Java-Card-CAP-File-Version: 2.%u",
                            out->env->format));
    put_line(&to, "Java-Card-Converter-Provider: postcard");
    put_line(&to, tc_format(arena, "Java-Card-Package-Name: %s", name));
    put_line(&to, tc_format(arena, "Java-Card-Package-AID: %s",
                            aid_text(arena, &own->aid)));
    put_line(&to, tc_format(arena, "Java-Card-Package-Version: %u.%u",
                            own->major, own->minor));
    put_applets(out, &to);
    put_imports(out, &to);
    put_line(&to, tc_format(arena, "Java-Card-Integer-Support-Required: %s",
                            out->env->uses_int ? "TRUE" : "FALSE"));
    put_line(&to, "");
    return tc_bytes_span(&to);
}
