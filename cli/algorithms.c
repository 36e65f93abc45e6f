#include "cli/algorithms.h"

#include <stdio.h>
#include <string.h>

#include "apidef/api_lookup.h"
#include "base/span.h"

#define OF_PAIR                                                                \
    ".getInstance(byte cipherAlgorithm, byte paddingAlgorithm, boolean "       \
    "externalAccess)"
#define OF_TRIPLE                                                              \
    ".getInstance(byte messageDigestAlgorithm, byte cipherAlgorithm, byte "    \
    "paddingAlgorithm, boolean externalAccess)"
#define OF_PARAMETERS                                                          \
    "(NamedParameterSpec params, short attributes, boolean keyEncryption)"

enum { PARTS_MAX = 3, CONSTANTS_MAX = 64, JOINED_MAX = 64 };

/* Numbers: the constants that one or two classes have under a prefix. */
struct part {
    const char *classes[2];
    const char *prefix;
    size_t size; /* bytes of a number */
    bool named;
};

#define PART(name, class, prefix, size)                                        \
    static const struct part name = {{class, NULL}, prefix, size, true}

static const char key_builder[] = "javacard/security/KeyBuilder";
static const char cipher[] = "javacardx/crypto/Cipher";
static const char aead_cipher[] = "javacardx/crypto/AEADCipher";
static const char digest[] = "javacard/security/MessageDigest";
static const char signature[] = "javacard/security/Signature";

PART(ciphers, cipher, "ALG_", 1);
PART(paddings, cipher, "PAD_", 1);
PART(aead_ciphers, aead_cipher, "ALG_", 1);
PART(aead_bare, aead_cipher, "CIPHER_", 1);
PART(signatures, signature, "ALG_", 1);
PART(signing, signature, "SIG_CIPHER_", 1);
PART(digests, digest, "ALG_", 1);
PART(sources, "javacard/security/RandomData", "ALG_", 1);
PART(key_types, key_builder, "TYPE_", 1);
PART(pairs, "javacard/security/KeyPair", "ALG_", 1);
PART(agreements, "javacard/security/KeyAgreement", "ALG_", 1);
PART(checksums, "javacard/security/Checksum", "ALG_", 1);
PART(pins, "javacard/framework/OwnerPINBuilder", "OWNER_PIN", 1);
PART(parameters, "javacard/security/NamedParameterSpec", "", 2);
PART(derivations, "javacardx/security/derivation/DerivationFunction", "ALG_",
     2);
static const struct part bare = {{cipher, aead_cipher}, "CIPHER_", 1, true};
static const struct part pad_null = {{cipher, NULL}, "PAD_NULL", 1, false};

struct section;

/* Where the questions go; false: enough. */
struct asker {
    bool (*take)(void *ctx, const struct cli_algorithm *a);
    void *ctx;
};

typedef bool section_walk(const struct asker *to, const struct section *s);

struct section {
    const char *title;
    uint8_t ins; /* of the applet */
    section_walk *walk;
    const struct part *parts[PARTS_MAX];
};

static section_walk combine_all, walk_keys, walk_pairs;

static const struct section sections[] = {
    {"javacardx.crypto.Cipher", 0x10, combine_all, {&ciphers}},
    {"javacard.crypto.Signature", 0x20, combine_all, {&signatures}},
    {"javacard.security.MessageDigest", 0x30, combine_all, {&digests}},
    {"javacard.security.RandomData", 0x34, combine_all, {&sources}},
    {"javacard.security.KeyBuilder", 0x40, walk_keys, {&key_types}},
    {"javacard.security.KeyAgreement", 0x50, combine_all, {&agreements}},
    {"javacard.security.Checksum", 0x51, combine_all, {&checksums}},
    {"javacard.security.KeyPair", 0x41, walk_pairs, {&pairs}},
    {"javacardx.crypto.AEADCipher", 0x11, combine_all, {&aead_bare, &pad_null}},
    {"javacardx.crypto.AEADCipher", 0x10, combine_all, {&aead_ciphers}},
    {"javacard.framework.OwnerPINBuilder", 0x52, combine_all, {&pins}},
    {"javacard.security.InitializedMessageDigest",
     0x32,
     combine_all,
     {&digests}},
    {"javacardx.crypto.Cipher.OneShot" OF_PAIR,
     0x12,
     combine_all,
     {&bare, &paddings}},
    {"javacard.crypto.Signature.OneShot" OF_TRIPLE,
     0x22,
     combine_all,
     {&signing, &paddings, &digests}},
    {"javacard.security.RandomData.OneShot", 0x35, combine_all, {&sources}},
    {"javacard.security.MessageDigest.OneShot", 0x31, combine_all, {&digests}},
    {"javacard.security.InitializedMessageDigest.OneShot",
     0x33,
     combine_all,
     {&digests}},
    {"javacardx.crypto.Cipher" OF_PAIR, 0x11, combine_all, {&bare, &paddings}},
    {"javacard.crypto.Signature" OF_TRIPLE,
     0x21,
     combine_all,
     {&signing, &paddings, &digests}},
    {"javacard.security.NamedParameterSpec", 0x42, combine_all, {&parameters}},
    {"javacard.security.KeyBuilder.buildXECKey" OF_PARAMETERS,
     0x43,
     combine_all,
     {&parameters}},
    {"javacardx.security.derivation.DerivationFunction",
     0x53,
     combine_all,
     {&derivations}},
};

/* ---- constants ---- */

struct constant {
    char name[JOINED_MAX];
    int16_t value;
};

struct constants {
    struct constant rows[CONSTANTS_MAX];
    size_t n;
};

/* What JCAlgTest calls otherwise than the API does. */
static const char *known_as(const char *name)
{
    static const char *const names[][2] = {
        {"ALG_KOREAN_SEED_MAC_NOPAD", "ALG_SEED_MAC_NOPAD"},
        {"ALG_PRESEEDED_DRBG", "ALG_ALG_PRESEEDED_DRBG"},
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i][0]) == 0)
            return names[i][1];
    return name;
}

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* By value, negative ones last; two names of one number are one row, "A/B". */
static void add_constant(struct constants *list, const struct api_field *f,
                         bool join)
{
    const uint16_t value = (uint16_t)f->value;
    const char *name = known_as(f->name);
    size_t at = 0;

    while (at < list->n && ((uint16_t)list->rows[at].value < value ||
                            (!join && list->rows[at].value == f->value)))
        at++;
    struct constant *c = &list->rows[at];
    if (at < list->n && c->value == f->value) {
        const size_t used = strlen(c->name);
        snprintf(c->name + used, sizeof c->name - used, "/%s", name);
        return;
    }
    if (list->n == CONSTANTS_MAX)
        return;
    memmove(c + 1, c, (list->n - at) * sizeof *c);
    list->n++;
    c->value = (int16_t)f->value;
    snprintf(c->name, sizeof c->name, "%s", name);
}

static void add_class(struct constants *list, const char *class,
                      const char *prefix, bool join)
{
    const struct api_class *c = api_class_called(class);

    for (uint16_t i = 0; c != NULL && i < c->field_count; i++)
        if (c->fields[i].token == 0xFF && begins(c->fields[i].name, prefix))
            add_constant(list, &c->fields[i], join);
}

static void constants_of(const struct part *p, struct constants *list)
{
    list->n = 0;
    for (size_t i = 0; i < 2 && p->classes[i] != NULL; i++)
        add_class(list, p->classes[i], p->prefix, true);
}

const char *cli_constant_name(const char *class, int16_t value)
{
    const struct api_class *c = api_class_called(class);

    for (uint16_t i = 0; c != NULL && i < c->field_count; i++)
        if (c->fields[i].token == 0xFF && c->fields[i].value == value)
            return c->fields[i].name;
    return NULL;
}

/* ---- combinations ---- */

static void put_number(struct cli_algorithm *a, int16_t value, size_t size)
{
    if (size == 2)
        a->data[a->n++] = (uint8_t)((uint16_t)value >> 8);
    a->data[a->n++] = (uint8_t)value;
}

static void put_name(struct cli_algorithm *a, const char *name)
{
    const size_t used = strlen(a->name);

    snprintf(a->name + used, sizeof a->name - used, "%s%s", used > 0 ? " " : "",
             name);
}

static size_t count_parts(const struct section *s)
{
    size_t n = 0;

    while (n < PARTS_MAX && s->parts[n] != NULL)
        n++;
    return n;
}

/* The combination of a number: the last part changes fastest. */
static struct cli_algorithm combine(const struct section *s, size_t parts,
                                    const struct constants lists[],
                                    size_t number)
{
    struct cli_algorithm a = {.ins = s->ins};
    const struct constant *chosen[PARTS_MAX];

    snprintf(a.section, sizeof a.section, "%s", s->title);
    for (size_t i = parts; i-- > 0; number /= lists[i].n)
        chosen[i] = &lists[i].rows[number % lists[i].n];
    for (size_t i = 0; i < parts; i++) {
        put_number(&a, chosen[i]->value, s->parts[i]->size);
        if (s->parts[i]->named)
            put_name(&a, chosen[i]->name);
    }
    return a;
}

static bool combine_all(const struct asker *to, const struct section *s)
{
    struct constants lists[PARTS_MAX];
    const size_t parts = count_parts(s);
    size_t count = 1;

    for (size_t i = 0; i < parts; i++) {
        constants_of(s->parts[i], &lists[i]);
        count *= lists[i].n;
    }
    for (size_t i = 0; i < count; i++) {
        const struct cli_algorithm a = combine(s, parts, lists, i);
        if (!to->take(to->ctx, &a))
            return false;
    }
    return true;
}

/* ---- keys ---- */

/*
 * Lengths go with types by the words behind TYPE_ and LENGTH_; a transient
 * type, and one that has no lengths, is asked for in one length alone.
 */
static const struct family {
    const char *word;
    int16_t usual;
    int16_t more[4]; /* lengths that the API has no names for */
} families[] = {
    {"DES", 64, {0}},
    {"AES", 128, {0}},
    {"RSA", 1024, {0}},
    {"DSA", 1024, {0}},
    {"EC_F2M", 193, {0}},
    {"EC_FP", 256, {320, 512, 640}},
    {"KOREAN_SEED", 128, {0}},
    {"HMAC", 64, {0}},
    {"DH", 1024, {0}},
    {"SM4", 128, {0}},
    {"GENERIC_SECRET", 128, {0}},
};

static const struct family *family_of(const char *word)
{
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        if (begins(word, families[i].word))
            return &families[i];
    return NULL;
}

static void lengths_of(const struct family *f, struct constants *list)
{
    char name[JOINED_MAX];

    snprintf(name, sizeof name, "LENGTH_%s", f->word);
    list->n = 0;
    add_class(list, key_builder, name, false);
    for (size_t i = 0; f->more[i] != 0; i++) {
        snprintf(name, sizeof name, "LENGTH_%s_%d", f->word, f->more[i]);
        const struct api_field more = {.name = name, .value = f->more[i]};
        add_constant(list, &more, false);
    }
}

/* "TYPE_AES LENGTH_AES_128", or "TYPE_AES_TRANSIENT_RESET". */
static bool ask_key(const struct asker *to, const char *section, uint8_t ins,
                    const struct constant *type, const char *length_name,
                    int16_t length)
{
    struct cli_algorithm a = {.ins = ins};

    snprintf(a.section, sizeof a.section, "%s", section);
    put_name(&a, type->name);
    if (length_name != NULL)
        put_name(&a, length_name);
    put_number(&a, type->value, 1);
    put_number(&a, length, 2);
    return to->take(to->ctx, &a);
}

static bool ask_lengths(const struct asker *to, const char *section,
                        uint8_t ins, const struct constant *type)
{
    const struct family *f = family_of(strchr(type->name, '_') + 1);
    struct constants lengths = {.n = 0};

    if (f == NULL) /* TYPE_XEC, which buildKey does not take */
        return true;
    if (strstr(type->name, "_TRANSIENT_") == NULL)
        lengths_of(f, &lengths);
    if (lengths.n == 0)
        return ask_key(to, section, ins, type, NULL, f->usual);
    for (size_t i = 0; i < lengths.n; i++)
        if (!ask_key(to, section, ins, type, lengths.rows[i].name,
                     lengths.rows[i].value))
            return false;
    return true;
}

static bool walk_keys(const struct asker *to, const struct section *s)
{
    struct constants types;

    constants_of(s->parts[0], &types);
    for (size_t i = 0; i < types.n; i++)
        if (!ask_lengths(to, s->title, s->ins, &types.rows[i]))
            return false;
    return true;
}

/* A section for each algorithm. */
static bool walk_pairs(const struct asker *to, const struct section *s)
{
    struct constants algorithms;

    constants_of(s->parts[0], &algorithms);
    for (size_t i = 0; i < algorithms.n; i++) {
        const struct constant *c = &algorithms.rows[i];
        char title[CLI_ALGORITHM_SECTION];
        snprintf(title, sizeof title,
                 "javacard.security.KeyPair %s on-card generation", c->name);
        if (!ask_lengths(to, title, s->ins, c))
            return false;
    }
    return true;
}

bool cli_algorithms(bool (*take)(void *ctx, const struct cli_algorithm *a),
                    void *ctx)
{
    const struct asker to = {take, ctx};

    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        if (!sections[i].walk(&to, &sections[i]))
            return false;
    }
    return true;
}
