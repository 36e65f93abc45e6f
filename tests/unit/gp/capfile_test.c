/*
 * Proves that CAP files are read as archives of components: names without
 * regard to case and folder, stored or deflated; block order and hash as two
 * other tools make them; damaged, bomb-like and incomplete archives refused
 * with the place named; the extended format with its wide components; load
 * files, which have the components one after the other; and what is named
 * Debug but is none left out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zip.h>

#include <gp/capfile.h>

#include "base/hex.h"
#include "helloworld.h"
#include "ports/openssl/crypto_openssl.h"

static const char *const names[12] = {
    [1] = "Header",  [2] = "Directory",    [3] = "Applet",
    [4] = "Import",  [5] = "ConstantPool", [6] = "Class",
    [7] = "Method",  [8] = "StaticField",  [9] = "RefLocation",
    [10] = "Export", [11] = "Descriptor",
};

/* An archive being made in memory. */
struct maker {
    zip_t *zip;
    zip_source_t *source;
    uint8_t parts[16][512];
    size_t count;
};

static void make_begin(struct maker *m)
{
    memset(m, 0, sizeof *m);
    m->source = zip_source_buffer_create(NULL, 0, 0, NULL);
    zip_source_keep(m->source);
    m->zip = zip_open_from_source(m->source, ZIP_TRUNCATE, NULL);
    assert_non_null(m->zip);
}

static void make_add(struct maker *m, const char *name, const void *bytes,
                     size_t n, zip_int32_t method)
{
    zip_source_t *part = zip_source_buffer(m->zip, bytes, n, 0);
    zip_int64_t index = zip_file_add(m->zip, name, part, 0);
    assert_true(index >= 0);
    assert_int_equal(
        zip_set_file_compression(m->zip, (zip_uint64_t)index, method, 9), 0);
}

static size_t component(unsigned tag, uint8_t out[512])
{
    struct buf b = buf_of(out, 512);
    assert_int_equal(
        hex_decode(helloworld[tag], strlen(helloworld[tag]), &b, NULL), 0);
    return b.n;
}

static void make_component(struct maker *m, unsigned tag, const char *format)
{
    char name[128];
    snprintf(name, sizeof name, format, names[tag]);
    uint8_t *bytes = m->parts[m->count++];
    size_t n = component(tag, bytes);
    make_add(m, name, bytes, n, tag % 2 == 0 ? ZIP_CM_STORE : ZIP_CM_DEFLATE);
}

static void make_all_but(struct maker *m, unsigned without)
{
    for (unsigned tag = 1; tag < 12; tag++) {
        if (helloworld[tag] != NULL && tag != without)
            make_component(m, tag, "net/x/javacard/%s.cap");
    }
}

/* Ends it; the caller frees the bytes. */
static struct span make_end(struct maker *m)
{
    zip_stat_t stat;
    assert_int_equal(zip_close(m->zip), 0);
    assert_int_equal(zip_source_stat(m->source, &stat), 0);
    uint8_t *bytes = malloc(stat.size);
    assert_non_null(bytes);
    assert_int_equal(zip_source_open(m->source), 0);
    assert_int_equal(zip_source_read(m->source, bytes, stat.size), stat.size);
    zip_source_close(m->source);
    zip_source_free(m->source);
    return span_of(bytes, stat.size);
}

static void release(struct span s)
{
    union {
        const uint8_t *in;
        void *out;
    } p = {s.p};
    free(p.out);
}

static int read_and_release(struct span archive, struct gp_capfile **cap,
                            struct gp_why *why)
{
    int result = gp_capfile_read(archive, cap, why);
    release(archive);
    return result;
}

static void assert_hash(const struct gp_capfile *cap, unsigned flags,
                        size_t size, const char *want)
{
    struct crypto_port crypto;
    struct port_openssl *port = NULL;
    uint8_t bytes[400];
    uint8_t digest[32];
    char text[65];
    struct buf block = buf_of(bytes, sizeof bytes);
    assert_int_equal(port_openssl_crypto_init(&crypto, &port, "x"), 0);
    assert_int_equal(gp_capfile_block_size(cap, flags), size);
    assert_int_equal(gp_capfile_block(cap, flags, &block), GP_OK);
    const struct span part = buf_span(&block);
    assert_int_equal(crypto.digest(crypto.ctx, CRYPTO_SHA256, &part, 1, digest),
                     ERR_OK);
    hex_encode(span_of(digest, sizeof digest), text);
    assert_string_equal(text, want);
    struct buf small = buf_of(bytes, size - 1);
    assert_int_equal(gp_capfile_block(cap, flags, &small), GP_ERR_TOO_LONG);
    port_openssl_free(&port);
}

static void reads_and_orders(void **state)
{
    (void)state;
    static const char *const formats[] = {"%s.cap", "a/b/javacard/%s.cap",
                                          "A/%s.CAP"};
    for (size_t i = 0; i < 3; i++) {
        struct maker m;
        struct gp_capfile *cap = NULL;
        struct gp_why why = {{0}};
        make_begin(&m);
        make_add(&m, "META-INF/MANIFEST.MF", "Manifest", 8, ZIP_CM_STORE);
        for (unsigned tag = 11; tag > 0; tag--) {
            if (helloworld[tag] != NULL)
                make_component(&m, tag, formats[i]);
        }
        assert_int_equal(read_and_release(make_end(&m), &cap, &why), GP_OK);
        assert_int_equal(cap->format_major, 2);
        assert_int_equal(cap->format_minor, 1);
        assert_int_equal(cap->package.major, 1);
        assert_int_equal(cap->package.aid.n, 7);
        assert_int_equal(cap->applet_count, 1);
        assert_int_equal(cap->applets[0].n, 8);
        assert_int_equal(cap->import_count, 1);
        assert_memory_equal(cap->imports[0].aid.p, "\xA0\0\0\0\x62\x01\x01", 7);
        assert_hash(cap, GP_BLOCK_WITH_DESCRIPTOR, 343,
                    "60A16FEA3D7BAF74DFE112ABF645972D"
                    "6869EDEE8A46F4109CE78F40D33E57B5");
        assert_hash(cap, GP_BLOCK_PLAIN, 247,
                    "9C8E7F3DA89B91426B0F4293A23DDB63"
                    "9CABFF9F68BF8C3E8EB8C9BB4F71F6A4");
        gp_capfile_free(&cap);
        assert_null(cap);
    }
}

/* What is static in a file of 2.3: four bytes of size, and before Descriptor.
 */
static void takes_static_resources(void **state)
{
    static uint8_t part[5 + 70000] = {13, 0, 1, 0x11, 0x70, 0, 1};
    static const char name[] = "a/javacard/StaticResources.capx";
    struct maker m;
    struct gp_capfile *cap = NULL;
    struct gp_why why = {{0}};
    uint8_t bytes[400 + sizeof part];
    struct buf block = buf_of(bytes, sizeof bytes);
    (void)state;

    make_begin(&m);
    make_all_but(&m, 0);
    make_add(&m, name, part, sizeof part, ZIP_CM_STORE);
    assert_int_equal(read_and_release(make_end(&m), &cap, &why), GP_OK);
    assert_int_equal(cap->parts[GP_CAP_STATIC_RESOURCES].n, sizeof part);
    assert_int_equal(gp_capfile_block_size(cap, GP_BLOCK_PLAIN),
                     247 + sizeof part);
    assert_int_equal(gp_capfile_block(cap, GP_BLOCK_WITH_DESCRIPTOR, &block),
                     GP_OK);
    assert_memory_equal(bytes + 247, part, sizeof part);
    assert_int_equal(bytes[247 + sizeof part], GP_CAP_DESCRIPTOR);
    gp_capfile_free(&cap);

    part[4]--;
    make_begin(&m);
    make_all_but(&m, 0);
    make_add(&m, name, part, sizeof part, ZIP_CM_STORE);
    assert_int_equal(read_and_release(make_end(&m), &cap, &why), GP_ERR_CAP);
    assert_non_null(strstr(why.text, "StaticResources.capx: its size"));
}

static void refuse(struct maker *m, int want, const char *place)
{
    struct gp_capfile *cap = NULL;
    struct gp_why why = {{0}};
    assert_int_equal(read_and_release(make_end(m), &cap, &why), want);
    assert_null(cap);
    if (strstr(why.text, place) == NULL)
        fail_msg("'%s' does not name '%s'", why.text, place);
}

static void refuses_missing_and_doubled(void **state)
{
    (void)state;
    struct maker m;
    static const unsigned needed[] = {1, 2, 4, 5, 6, 7, 8, 9};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        make_begin(&m);
        make_all_but(&m, needed[i]);
        refuse(&m, GP_ERR_CAP, names[needed[i]]);
    }
    make_begin(&m);
    make_all_but(&m, 0);
    make_component(&m, 7, "other/%s.cap");
    refuse(&m, GP_ERR_CAP, "other/Method.cap");
}

static void refuses_wrong_sizes(void **state)
{
    (void)state;
    struct maker m;
    uint8_t bytes[512];
    size_t n = component(7, bytes);
    make_begin(&m);
    make_all_but(&m, 7);
    make_add(&m, "Method.cap", bytes, n - 1, ZIP_CM_STORE);
    refuse(&m, GP_ERR_CAP, "Method.cap");
    make_begin(&m);
    make_all_but(&m, 7);
    bytes[0] = 6;
    make_add(&m, "Method.cap", bytes, n, ZIP_CM_STORE);
    refuse(&m, GP_ERR_CAP, "Method.cap");
    make_begin(&m);
    make_all_but(&m, 0);
    make_add(&m, "Export.cap", bytes, 0, ZIP_CM_STORE);
    refuse(&m, GP_ERR_CAP, "Export.cap");
}

static void refuses_bombs(void **state)
{
    (void)state;
    enum { LARGE = 16 << 20 };
    struct maker m;
    uint8_t *zeros = calloc(1, LARGE);
    assert_non_null(zeros);
    make_begin(&m);
    make_all_but(&m, 7);
    make_add(&m, "Method.cap", zeros, LARGE, ZIP_CM_DEFLATE);
    refuse(&m, GP_ERR_LIMIT, "Method.cap");

    make_begin(&m);
    for (unsigned i = 0; i <= GP_CAP_ENTRIES_MAX; i++) {
        char name[32];
        snprintf(name, sizeof name, "%u", i);
        make_add(&m, name, zeros, 0, ZIP_CM_STORE);
    }
    refuse(&m, GP_ERR_LIMIT, "entries");

    struct gp_capfile *cap = NULL;
    assert_int_equal(
        gp_capfile_read(span_of(zeros, GP_CAP_FILE_MAX + 1), &cap, NULL),
        GP_ERR_LIMIT);
    free(zeros);
}

/* Cut anywhere, or with any one byte changed: never a crash, never a leak. */
static void survives_damage(void **state)
{
    (void)state;
    struct maker m;
    make_begin(&m);
    make_all_but(&m, 0);
    struct span archive = make_end(&m);
    uint8_t *copy = malloc(archive.n);
    assert_non_null(copy);
    for (size_t i = 0; i < archive.n; i++) {
        struct gp_capfile *cap = NULL;
        assert_true(gp_capfile_read(span_of(archive.p, i), &cap, NULL) < 0);
        memcpy(copy, archive.p, archive.n);
        copy[i] ^= 0x55;
        (void)gp_capfile_read(span_of(copy, archive.n), &cap, NULL);
        gp_capfile_free(&cap);
    }
    free(copy);
    release(archive);
}

static void malformed_header(uint8_t *bytes, size_t n, size_t at, uint8_t value)
{
    struct maker m;
    uint8_t saved = bytes[at];
    bytes[at] = value;
    make_begin(&m);
    make_all_but(&m, 1);
    make_add(&m, "Header.cap", bytes, n, ZIP_CM_STORE);
    refuse(&m, GP_ERR_CAP, "Header.cap");
    bytes[at] = saved;
}

static void refuses_malformed_headers(void **state)
{
    (void)state;
    uint8_t bytes[512];
    size_t n = component(1, bytes);
    malformed_header(bytes, n, 3, 0xDF);  /* magic */
    malformed_header(bytes, n, 12, 0x08); /* AID longer than the rest */
    malformed_header(bytes, n, 12, 0x04); /* AID too short */
}

static void add_hex(struct maker *m, const char *name, const char *hex)
{
    uint8_t *bytes = m->parts[m->count++];
    struct buf b = buf_of(bytes, sizeof m->parts[0]);
    assert_int_equal(hex_decode(hex, strlen(hex), &b, NULL), 0);
    make_add(m, name, bytes, b.n, ZIP_CM_STORE);
}

/* Four components of the extended format have four bytes of size. */
static void make_extended(struct maker *m, const char *flags)
{
    char header[128];
    snprintf(header, sizeof header,
             "010022DECAFFED0302%s000107D0D1D2D3D4D500"
             "01020107D0D1D2D3D4D50105612F622F63",
             flags);
    make_begin(m);
    add_hex(m, "set/javacard/Header.cap", header);
    add_hex(m, "set/javacard/Applet.cap", "03000D0108D0D1D2D3D4D5010100000C");
    add_hex(m, "set/javacard/Method.capx", "070000000401020304");
    add_hex(m, "set/javacard/RefLocation.capx", "090000000100");
    add_hex(m, "set/javacard/StaticResources.capx", "0D0000000100");
    add_hex(m, "set/javacard/Descriptor.capx", "0B00000004DDDDDDDD");
    for (unsigned tag = 2; tag < 9; tag++)
        if (tag != 3 && tag != 7)
            make_component(m, tag, "set/javacard/%s.cap");
}

/* It alone says which class is of which package: it is always sent. */
static void keeps_the_descriptor(const struct gp_capfile *cap)
{
    static const uint8_t descriptor[] = {11,   0,    0,    0,   4,
                                         0xDD, 0xDD, 0xDD, 0xDD};
    uint8_t bytes[512];
    struct buf out = buf_of(bytes, sizeof bytes);

    assert_int_equal(gp_capfile_block(cap, GP_BLOCK_PLAIN, &out), GP_OK);
    assert_int_equal(out.n, gp_capfile_block_size(cap, GP_BLOCK_PLAIN));
    assert_memory_equal(bytes + out.n - sizeof descriptor, descriptor,
                        sizeof descriptor);
}

static void reads_the_extended_format(void **state)
{
    (void)state;
    struct maker m;
    struct gp_capfile *cap = NULL;
    struct gp_why why = {{0}};
    make_extended(&m, "0C");
    assert_int_equal(read_and_release(make_end(&m), &cap, &why), GP_OK);
    assert_int_equal(cap->flags, GP_CAP_EXTENDED | GP_CAP_APPLETS);
    assert_int_equal(cap->package.aid.p[6], 0x00);
    assert_int_equal(cap->package_count, 1);
    assert_int_equal(cap->packages[0].aid.p[6], 0x01);
    assert_int_equal(cap->packages[0].minor, 2);
    assert_int_equal(cap->applet_count, 1);
    assert_int_equal(cap->parts[GP_CAP_METHOD].n, 9);
    assert_int_equal(cap->parts[GP_CAP_STATIC_RESOURCES].n, 6);
    assert_string_equal(cap->name, "set");
    keeps_the_descriptor(cap);
    gp_capfile_free(&cap);

    make_extended(&m, "04"); /* compact, says the Header */
    refuse(&m, GP_ERR_CAP, "Header.cap");
}

/* What converters name Debug though it is a custom component, or one whose
   size its two bytes cannot tell: the file is good without it. */
static void leaves_alien_debug_out(void **state)
{
    static const uint8_t custom[] = {0xDB, 0, 2, 1, 2};
    enum { DEBUG = 3 + 70000 };
    struct maker m;
    struct gp_capfile *cap = NULL;
    uint8_t *large = calloc(1, DEBUG);
    (void)state;

    assert_non_null(large);
    large[0] = GP_CAP_DEBUG;
    large[1] = (70000 & 0xFFFF) >> 8;
    large[2] = 70000 & 0xFF;
    const struct span parts[] = {{custom, sizeof custom}, {large, DEBUG}};
    for (size_t i = 0; i < 2; i++) {
        make_begin(&m);
        make_all_but(&m, 0);
        make_add(&m, "net/x/javacard/Debug.cap", parts[i].p, parts[i].n,
                 ZIP_CM_DEFLATE);
        assert_int_equal(read_and_release(make_end(&m), &cap, NULL), GP_OK);
        assert_null(cap->parts[GP_CAP_DEBUG].p);
        gp_capfile_free(&cap);
    }
    large[2]++;
    make_begin(&m);
    make_all_but(&m, 0);
    make_add(&m, "Debug.cap", large, DEBUG, ZIP_CM_DEFLATE);
    refuse(&m, GP_ERR_CAP, "Debug.cap: its size");
    free(large);
}

/* The components in the order of their tags, and one that is custom. */
static size_t load_file(uint8_t *bytes, unsigned without)
{
    static const uint8_t custom[] = {0x80, 0, 1, 7};
    size_t n = 0;

    for (unsigned tag = 1; tag < 12; tag++) {
        if (helloworld[tag] != NULL && tag != without)
            n += component(tag, bytes + n);
    }
    memcpy(bytes + n, custom, sizeof custom);
    return n + sizeof custom;
}

static void reads_load_files(void **state)
{
    (void)state;
    uint8_t bytes[12 * 512];
    struct gp_capfile *cap = NULL;
    struct gp_why why = {{0}};
    size_t n = load_file(bytes, 0);

    assert_int_equal(gp_capfile_read(span_of(bytes, n), &cap, &why), GP_OK);
    assert_int_equal(cap->package.aid.n, 7);
    assert_int_equal(cap->applet_count, 1);
    assert_hash(cap, GP_BLOCK_WITH_DESCRIPTOR, 343,
                "60A16FEA3D7BAF74DFE112ABF645972D"
                "6869EDEE8A46F4109CE78F40D33E57B5");
    gp_capfile_free(&cap);

    for (size_t i = 1; i < 4; i++) {
        assert_int_equal(gp_capfile_read(span_of(bytes, n - i), &cap, &why),
                         GP_ERR_CAP);
        assert_non_null(strstr(why.text, "component 128"));
    }
    n += component(7, bytes + n);
    assert_int_equal(gp_capfile_read(span_of(bytes, n), &cap, &why),
                     GP_ERR_CAP);
    assert_non_null(strstr(why.text, "Method.cap: a second component"));
    n = load_file(bytes, 7);
    assert_int_equal(gp_capfile_read(span_of(bytes, n), &cap, &why),
                     GP_ERR_CAP);
    assert_non_null(strstr(why.text, "Method.cap: is missing"));
}

/* Of the extended format four components have four bytes of size, and
   StaticResources always. */
static void reads_extended_load_files(void **state)
{
    (void)state;
    struct maker m;
    struct gp_capfile *cap = NULL;
    struct gp_capfile *again = NULL;
    uint8_t bytes[1024];
    struct buf block = buf_of(bytes, sizeof bytes);

    make_extended(&m, "0C");
    assert_int_equal(read_and_release(make_end(&m), &cap, NULL), GP_OK);
    assert_int_equal(gp_capfile_block(cap, GP_BLOCK_PLAIN, &block), GP_OK);
    assert_int_equal(gp_capfile_read(buf_span(&block), &again, NULL), GP_OK);
    for (unsigned tag = 1; tag < GP_CAP_COMPONENT_TAGS; tag++) {
        assert_int_equal(cap->parts[tag].n, again->parts[tag].n);
        if (cap->parts[tag].n > 0)
            assert_memory_equal(cap->parts[tag].p, again->parts[tag].p,
                                cap->parts[tag].n);
    }
    gp_capfile_free(&again);
    gp_capfile_free(&cap);
}

/* Format 2.1 has no name in its Header; the folder has. */
static void takes_the_name_of_the_folder(void **state)
{
    (void)state;
    struct maker m;
    struct gp_capfile *cap = NULL;
    make_begin(&m);
    make_all_but(&m, 0);
    assert_int_equal(read_and_release(make_end(&m), &cap, NULL), GP_OK);
    assert_string_equal(cap->name, "net/x");
    gp_capfile_free(&cap);
}

static void missing_file_is_told(void **state)
{
    (void)state;
    struct gp_capfile *cap = NULL;
    struct gp_why why = {{0}};
    assert_int_equal(gp_capfile_open("/nonexistent/x.cap", &cap, &why),
                     GP_ERR_FILE);
    assert_non_null(strstr(why.text, "/nonexistent/x.cap"));
    assert_int_equal(gp_capfile_open("/dev/null", &cap, &why), GP_ERR_CAP);
    assert_non_null(strstr(why.text, "/dev/null"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_orders),
        cmocka_unit_test(takes_static_resources),
        cmocka_unit_test(refuses_missing_and_doubled),
        cmocka_unit_test(refuses_wrong_sizes),
        cmocka_unit_test(refuses_bombs),
        cmocka_unit_test(survives_damage),
        cmocka_unit_test(refuses_malformed_headers),
        cmocka_unit_test(reads_the_extended_format),
        cmocka_unit_test(leaves_alien_debug_out),
        cmocka_unit_test(reads_load_files),
        cmocka_unit_test(reads_extended_load_files),
        cmocka_unit_test(takes_the_name_of_the_folder),
        cmocka_unit_test(missing_file_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
