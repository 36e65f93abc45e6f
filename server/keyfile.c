#include "server/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ct.h"

enum {
    MAGIC_SIZE = 8,
    HEAD_SIZE = MAGIC_SIZE + crypto_pwhash_SALTBYTES + 8 + 8 +
                crypto_secretbox_NONCEBYTES,
    PLAIN_MAX =
        32 + SRV_KEYFILE_SETS_MAX * (SRV_NAME_SIZE + 5 + 3 * SCP_KEY_MAX),
    FILE_MAX = HEAD_SIZE + PLAIN_MAX + crypto_secretbox_MACBYTES,
};

static const char magic[MAGIC_SIZE + 1] = "PCKEYS01";

struct secret_set {
    char name[SRV_NAME_SIZE];
    struct secret_gp_keys keys;
};

struct keyfile {
    char *path;
    const struct crypto_port *crypto;
    uint8_t salt[crypto_pwhash_SALTBYTES];
    uint64_t opslimit;
    uint64_t memlimit;
    uint8_t key[crypto_secretbox_KEYBYTES]; /* of the file */
    uint8_t seal[crypto_secretbox_KEYBYTES];
    unsigned count;
    struct secret_set sets[SRV_KEYFILE_SETS_MAX];
};

/* ---- the file's bytes ---- */

static enum err put_set(struct buf *b, const struct secret_set *s)
{
    const struct secret_scp_keys *k = &s->keys.keys;
    const uint8_t head[] = {s->keys.kvn, s->keys.type, s->keys.diversification,
                            k->length};
    struct span name = span_of((const uint8_t *)s->name, strlen(s->name));

    enum err e = buf_put_lv(b, name);
    if (e == ERR_OK)
        e = buf_put(b, head, sizeof head);
    if (e == ERR_OK)
        e = buf_put(b, k->enc, k->length);
    if (e == ERR_OK)
        e = buf_put(b, k->mac, k->length);
    return e == ERR_OK ? buf_put(b, k->dek, k->length) : e;
}

static enum err take_key(struct span *s, size_t n, uint8_t *out)
{
    struct span bytes;
    enum err e = span_take(s, n, &bytes);
    if (e == ERR_OK)
        memcpy(out, bytes.p, n);
    return e;
}

static enum err take_set(struct span *s, struct secret_set *out)
{
    struct secret_scp_keys *k = &out->keys.keys;
    struct span name;
    struct span head;

    if (span_take_lv(s, &name) != ERR_OK || name.n >= sizeof out->name ||
        span_take(s, 4, &head) != ERR_OK || head.p[3] > SCP_KEY_MAX)
        return ERR_FORMAT;
    *out = (struct secret_set){.keys = {.kvn = head.p[0],
                                        .type = head.p[1],
                                        .diversification = head.p[2]}};
    memcpy(out->name, name.p, name.n);
    k->length = head.p[3];
    enum err e = take_key(s, k->length, k->enc);
    if (e == ERR_OK)
        e = take_key(s, k->length, k->mac);
    return e == ERR_OK ? take_key(s, k->length, k->dek) : e;
}

static enum err take_plain(struct keyfile *f, struct span plain)
{
    enum err e = take_key(&plain, sizeof f->seal, f->seal);

    while (e == ERR_OK && plain.n > 0) {
        if (f->count == SRV_KEYFILE_SETS_MAX)
            return ERR_FULL;
        e = take_set(&plain, &f->sets[f->count]);
        if (e == ERR_OK)
            f->count++;
    }
    return e;
}

static enum err put_plain(const struct keyfile *f, struct buf *out)
{
    enum err e = buf_put(out, f->seal, sizeof f->seal);

    for (unsigned i = 0; i < f->count && e == ERR_OK; i++)
        e = put_set(out, &f->sets[i]);
    return e;
}

static enum err put_u8(struct buf *b, uint64_t v)
{
    enum err e = buf_put_u4(b, (uint32_t)(v >> 32));
    return e == ERR_OK ? buf_put_u4(b, (uint32_t)v) : e;
}

static enum err take_u8(struct span *s, uint64_t *v)
{
    uint32_t high = 0;
    uint32_t low = 0;
    enum err e = span_take_u4(s, &high);
    if (e == ERR_OK)
        e = span_take_u4(s, &low);
    *v = ((uint64_t)high << 32) | low;
    return e;
}

static enum err put_head(const struct keyfile *f, const uint8_t *nonce,
                         struct buf *out)
{
    enum err e = buf_put(out, (const uint8_t *)magic, MAGIC_SIZE);
    if (e == ERR_OK)
        e = buf_put(out, f->salt, sizeof f->salt);
    if (e == ERR_OK)
        e = put_u8(out, f->opslimit);
    if (e == ERR_OK)
        e = put_u8(out, f->memlimit);
    return e == ERR_OK ? buf_put(out, nonce, crypto_secretbox_NONCEBYTES) : e;
}

/* ---- reading and writing ---- */

static int write_all(int fd, struct span bytes)
{
    while (bytes.n > 0) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        bytes = span_of(bytes.p + n, bytes.n - (size_t)n);
    }
    return fsync(fd);
}

/* A new file beside the old one, then renamed: never half a key file. */
static int replace_file(const char *path, struct span bytes)
{
    char other[4096];

    if (snprintf(other, sizeof other, "%s.new", path) >= (int)sizeof other)
        return GP_ERR_FILE;
    int fd = open(other, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return GP_ERR_FILE;
    int failed = write_all(fd, bytes);
    close(fd);
    if (failed == 0 && rename(other, path) == 0)
        return GP_OK;
    unlink(other);
    return GP_ERR_FILE;
}

static int save(const struct keyfile *f)
{
    uint8_t plain_bytes[PLAIN_MAX];
    uint8_t file_bytes[FILE_MAX];
    uint8_t nonce[crypto_secretbox_NONCEBYTES];
    struct buf plain = buf_of(plain_bytes, sizeof plain_bytes);
    struct buf file = buf_of(file_bytes, sizeof file_bytes);

    randombytes_buf(nonce, sizeof nonce);
    enum err e = put_plain(f, &plain);
    if (e == ERR_OK)
        e = put_head(f, nonce, &file);
    if (e == ERR_OK) {
        crypto_secretbox_easy(file.p + file.n, plain.p, plain.n, nonce, f->key);
        file.n += plain.n + crypto_secretbox_MACBYTES;
    }
    wipe(plain_bytes, sizeof plain_bytes);
    return e == ERR_OK ? replace_file(f->path, buf_span(&file))
                       : gp_from_err(e);
}

static int derive(struct keyfile *f, const char *passphrase, size_t n)
{
    int failed = crypto_pwhash(f->key, sizeof f->key, passphrase, n, f->salt,
                               f->opslimit, (size_t)f->memlimit,
                               crypto_pwhash_ALG_ARGON2ID13);
    return failed == 0 ? GP_OK : GP_ERR_MEMORY;
}

static int create(struct keyfile *f, const char *passphrase, size_t n)
{
    randombytes_buf(f->salt, sizeof f->salt);
    randombytes_buf(f->seal, sizeof f->seal);
    f->opslimit = crypto_pwhash_OPSLIMIT_INTERACTIVE;
    f->memlimit = crypto_pwhash_MEMLIMIT_INTERACTIVE;
    int result = derive(f, passphrase, n);
    return result == GP_OK ? save(f) : result;
}

static int unlock(struct keyfile *f, struct span file, const char *passphrase,
                  size_t n)
{
    enum { MEMORY_MAX = 1 << 30, OPS_MAX = 64 };
    uint8_t plain[PLAIN_MAX];
    struct span salt;
    struct span nonce;
    struct span mark;

    if (span_take(&file, MAGIC_SIZE, &mark) != ERR_OK ||
        memcmp(mark.p, magic, MAGIC_SIZE) != 0 ||
        span_take(&file, sizeof f->salt, &salt) != ERR_OK ||
        take_u8(&file, &f->opslimit) != ERR_OK ||
        take_u8(&file, &f->memlimit) != ERR_OK ||
        span_take(&file, crypto_secretbox_NONCEBYTES, &nonce) != ERR_OK ||
        file.n < crypto_secretbox_MACBYTES || f->memlimit > MEMORY_MAX ||
        f->opslimit > OPS_MAX)
        return GP_ERR_KEYS;
    memcpy(f->salt, salt.p, salt.n);
    int result = derive(f, passphrase, n);
    if (result != GP_OK)
        return result;
    if (crypto_secretbox_open_easy(plain, file.p, file.n, nonce.p, f->key) != 0)
        return GP_ERR_KEYS;
    size_t size = file.n - crypto_secretbox_MACBYTES;
    enum err e = take_plain(f, span_of(plain, size));
    wipe(plain, sizeof plain);
    return e == ERR_OK ? GP_OK : GP_ERR_KEYS;
}

/* GP_ERR_NOT_FOUND when there is no such file. */
static int read_file(const char *path, struct buf *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? GP_ERR_NOT_FOUND : GP_ERR_FILE;
    ssize_t n = 0;
    while (out->n < out->cap &&
           (n = read(fd, out->p + out->n, out->cap - out->n)) > 0)
        out->n += (size_t)n;
    close(fd);
    return n < 0 ? GP_ERR_FILE : GP_OK;
}

/* ---- what is done with them ---- */

static const struct secret_set *find(const struct keyfile *f, const char *name,
                                     uint8_t kvn)
{
    const struct secret_set *any = NULL;

    for (unsigned i = 0; i < f->count; i++) {
        if (strcmp(f->sets[i].name, name) != 0)
            continue;
        if (f->sets[i].keys.kvn == kvn)
            return &f->sets[i];
        if (f->sets[i].keys.kvn == 0)
            any = &f->sets[i];
    }
    return any;
}

static bool keyfile_has(void *ctx, const struct srv_key_id *id)
{
    return find(ctx, id->name, id->kvn) != NULL;
}

static int card_keys(const struct keyfile *f, const struct srv_key_ref *ref,
                     struct secret_gp_keys *out)
{
    const struct secret_set *set = find(f, ref->id->name, ref->id->kvn);
    if (set == NULL)
        return GP_ERR_NOT_FOUND;
    return gp_keys_diversify(f->crypto, &set->keys, ref->kdd, out);
}

static int keyfile_begin(void *ctx, const struct srv_key_ref *ref,
                         const struct scp_init *init, struct scp_session *out)
{
    const struct keyfile *f = ctx;
    struct secret_gp_keys keys;
    struct scp_init copy = *init;

    int result = card_keys(f, ref, &keys);
    if (result == GP_OK) {
        enum err e = scp_begin(out, f->crypto, SCP_HOST, &keys.keys, &copy);
        result = e == ERR_AUTH ? GP_ERR_CARD_AUTH : gp_from_err(e);
    }
    wipe(&keys, sizeof keys);
    return result;
}

static struct gp_put_key how_to_put(const struct srv_key_ref *ref,
                                    const struct secret_gp_keys *keys,
                                    uint8_t replaces)
{
    return (struct gp_put_key){
        .replaces = replaces,
        .kvn = ref->id->kvn,
        .kid = 1,
        .type = keys->type == GP_KEY_DES ? GP_KEY_DES : GP_KEY_AES,
    };
}

static int keyfile_put(void *ctx, const struct srv_key_ref *ref,
                       const struct scp_session *session, uint8_t replaces,
                       struct buf *out)
{
    const struct keyfile *f = ctx;
    struct secret_gp_keys keys;

    int result = card_keys(f, ref, &keys);
    if (result == GP_OK) {
        struct gp_put_key how = how_to_put(ref, &keys, replaces);
        result = gp_cmd_put_keys(out, session, f->crypto, &how, &keys.keys);
    }
    wipe(&keys, sizeof keys);
    return result;
}

static int keyfile_put_check(void *ctx, const struct srv_key_ref *ref,
                             struct span answer)
{
    const struct keyfile *f = ctx;
    struct secret_gp_keys keys;

    int result = card_keys(f, ref, &keys);
    if (result == GP_OK) {
        struct gp_put_key how = how_to_put(ref, &keys, 0);
        const struct span each[] = {{keys.keys.enc, keys.keys.length},
                                    {keys.keys.mac, keys.keys.length},
                                    {keys.keys.dek, keys.keys.length}};
        result = gp_put_key_check(answer, f->crypto, &how, each, 3);
    }
    wipe(&keys, sizeof keys);
    return result;
}

static int keyfile_seal(void *ctx, struct span plain, uint8_t **out, size_t *n)
{
    const struct keyfile *f = ctx;

    *n = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + plain.n;
    *out = malloc(*n);
    if (*out == NULL)
        return GP_ERR_MEMORY;
    randombytes_buf(*out, crypto_secretbox_NONCEBYTES);
    crypto_secretbox_easy(*out + crypto_secretbox_NONCEBYTES, plain.p, plain.n,
                          *out, f->seal);
    return GP_OK;
}

static int keyfile_open_sealed(void *ctx, struct span sealed, uint8_t **out,
                               size_t *n)
{
    enum { EXTRA = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES };
    const struct keyfile *f = ctx;
    struct span nonce;

    if (sealed.n < EXTRA ||
        span_take(&sealed, crypto_secretbox_NONCEBYTES, &nonce) != ERR_OK)
        return GP_ERR_KEYS;
    *n = sealed.n - crypto_secretbox_MACBYTES;
    *out = malloc(*n > 0 ? *n : 1);
    if (*out == NULL)
        return GP_ERR_MEMORY;
    if (crypto_secretbox_open_easy(*out, sealed.p, sealed.n, nonce.p,
                                   f->seal) == 0)
        return GP_OK;
    free(*out);
    *out = NULL;
    return GP_ERR_KEYS;
}

static void keyfile_close(void *ctx)
{
    struct keyfile *f = ctx;

    free(f->path);
    wipe(f, sizeof *f);
    sodium_munlock(f, sizeof *f);
    free(f);
}

static const struct srv_keys_ops keyfile_ops = {
    keyfile_has,  keyfile_begin,       keyfile_put,   keyfile_put_check,
    keyfile_seal, keyfile_open_sealed, keyfile_close,
};

static int load(struct keyfile *f, const char *passphrase, size_t n,
                struct gp_why *why)
{
    uint8_t bytes[FILE_MAX];
    struct buf file = buf_of(bytes, sizeof bytes);

    int result = read_file(f->path, &file);
    if (result == GP_ERR_NOT_FOUND)
        result = create(f, passphrase, n);
    else if (result == GP_OK)
        result = unlock(f, buf_span(&file), passphrase, n);
    if (result == GP_ERR_KEYS)
        gp_why_set(why, "%s: wrong passphrase, or the key file is damaged",
                   f->path);
    else if (result != GP_OK)
        gp_why_set(why, "%s: %s", f->path,
                   result == GP_ERR_FILE ? strerror(errno) : gp_strerr(result));
    return result;
}

int srv_keyfile_open(const char *path, const char *passphrase, size_t n,
                     const struct crypto_port *crypto, struct srv_keys *out,
                     struct gp_why *why)
{
    *out = (struct srv_keys){NULL, NULL};
    if (sodium_init() < 0)
        return GP_ERR_CRYPTO;
    struct keyfile *f = calloc(1, sizeof *f);
    if (f == NULL)
        return GP_ERR_MEMORY;
    (void)sodium_mlock(f, sizeof *f); /* may be refused: a limit of the host */
    f->crypto = crypto;
    f->path = strdup(path);
    int result = f->path == NULL ? GP_ERR_MEMORY : load(f, passphrase, n, why);
    if (result != GP_OK) {
        keyfile_close(f);
        return result;
    }
    *out = (struct srv_keys){&keyfile_ops, f};
    return GP_OK;
}

static bool same_keys(const struct secret_gp_keys *a,
                      const struct secret_gp_keys *b)
{
    return a->type == b->type && a->diversification == b->diversification &&
           a->keys.length == b->keys.length &&
           ct_equal(a->keys.enc, b->keys.enc, a->keys.length) &&
           ct_equal(a->keys.mac, b->keys.mac, a->keys.length) &&
           ct_equal(a->keys.dek, b->keys.dek, a->keys.length);
}

int srv_keyfile_import(struct srv_keys *keys, const char *name,
                       const struct secret_gp_keys *set, struct gp_why *why)
{
    struct keyfile *f = keys->ctx;
    const struct secret_set *old = find(f, name, set->kvn);

    if (strlen(name) == 0 || strlen(name) >= SRV_NAME_SIZE) {
        gp_why_set(why, "a key name has 1 to %d characters", SRV_NAME_SIZE - 1);
        return GP_ERR_ARGUMENT;
    }
    if (old != NULL && old->keys.kvn == set->kvn) {
        if (same_keys(&old->keys, set))
            return GP_OK;
        gp_why_set(why, "there are other keys named %s of version %02X", name,
                   set->kvn);
        return GP_ERR_IN_USE;
    }
    if (f->count == SRV_KEYFILE_SETS_MAX) {
        gp_why_set(why, "the key file is full");
        return GP_ERR_LIMIT;
    }
    snprintf(f->sets[f->count].name, SRV_NAME_SIZE, "%s", name);
    f->sets[f->count].keys = *set;
    f->count++;
    int result = save(f);
    if (result != GP_OK)
        gp_why_set(why, "%s: %s", f->path, strerror(errno));
    return result;
}
