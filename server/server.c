#include "server/server.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ct.h"
#include "base/hex.h"
#include "ports/openssl/crypto_openssl.h"
#include "server/http.h"
#include "server/keyfile.h"

enum { PATH_SIZE = 4096, ADDRESS_SIZE = 300, TOKEN_BYTES = 32 };

struct srv_server {
    char dir[PATH_SIZE - 64];
    char address[ADDRESS_SIZE];
    int lock; /* descriptor of DIR/lock */
    struct crypto_port crypto;
    struct port_openssl *openssl;
    struct srv_keys keys;
    struct srv_service service;
    struct srv_http *http;
};

static void path_in(const struct srv_server *s, const char *name,
                    char out[PATH_SIZE])
{
    snprintf(out, PATH_SIZE, "%s/%s", s->dir, name);
}

static int file_error(const char *path, struct gp_why *why)
{
    gp_why_set(why, "%s: %s", path, strerror(errno));
    return GP_ERR_FILE;
}

/*
 * A core file would hold the keys.  A limit of one byte also keeps the kernel
 * from handing the dump to a program, which a limit of zero does not.
 */
static void keep_secrets(void)
{
    const struct rlimit one = {1, 1};
    const struct rlimit none = {0, 0};

    if (setrlimit(RLIMIT_CORE, &one) != 0)
        (void)setrlimit(RLIMIT_CORE, &none);
}

static int take_dir(struct srv_server *s, const char *dir, struct gp_why *why)
{
    char path[PATH_SIZE];

    if (strlen(dir) >= sizeof s->dir) {
        gp_why_set(why, "the folder's name is too long");
        return GP_ERR_ARGUMENT;
    }
    memcpy(s->dir, dir, strlen(dir) + 1);
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return file_error(dir, why);
    path_in(s, "lock", path);
    s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock < 0)
        return file_error(path, why);
    if (flock(s->lock, LOCK_EX | LOCK_NB) == 0)
        return GP_OK;
    gp_why_set(why, "%s: another server is using this folder", dir);
    return GP_ERR_IN_USE;
}

/* ---- small secret files ---- */

/* The first line; GP_ERR_NOT_FOUND when there is no such file. */
static int read_line(const char *path, char *out, size_t size,
                     struct gp_why *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return GP_ERR_NOT_FOUND;
    if (fd < 0)
        return file_error(path, why);
    ssize_t n = read(fd, out, size - 1);
    close(fd);
    if (n < 0)
        return file_error(path, why);
    out[n] = '\0';
    out[strcspn(out, "\r\n")] = '\0';
    if (out[0] != '\0')
        return GP_OK;
    gp_why_set(why, "%s: its first line is empty", path);
    return GP_ERR_FILE;
}

static int write_new(const char *path, const char *text, struct gp_why *why)
{
    char other[PATH_SIZE + 8];
    size_t n = strlen(text);

    snprintf(other, sizeof other, "%s.new", path);
    int fd = open(other, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return file_error(other, why);
    bool written = write(fd, text, n) == (ssize_t)n &&
                   write(fd, "\n", 1) == 1 && fsync(fd) == 0;
    close(fd);
    if (written && rename(other, path) == 0)
        return GP_OK;
    int result = file_error(path, why);
    unlink(other);
    return result;
}

/* Made at the first start: 256 random bits as text. */
static int read_or_make(const struct srv_server *s, const char *name, char *out,
                        size_t size, struct gp_why *why)
{
    char path[PATH_SIZE];
    uint8_t bytes[TOKEN_BYTES];

    path_in(s, name, path);
    int result = read_line(path, out, size, why);
    if (result != GP_ERR_NOT_FOUND)
        return result;
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2hex(out, size, bytes, sizeof bytes);
    wipe(bytes, sizeof bytes);
    return write_new(path, out, why);
}

static int take_passphrase(const struct srv_server *s,
                           const struct srv_config *config,
                           char out[SRV_PASSPHRASE_MAX], struct gp_why *why)
{
    const char *variable = getenv("POSTCARD_PASSPHRASE");

    if (config->passphrase_file != NULL) {
        int result =
            read_line(config->passphrase_file, out, SRV_PASSPHRASE_MAX, why);
        if (result == GP_ERR_NOT_FOUND)
            result = file_error(config->passphrase_file, why);
        return result;
    }
    if (variable != NULL && variable[0] != '\0') {
        if (strlen(variable) >= SRV_PASSPHRASE_MAX) {
            gp_why_set(why, "POSTCARD_PASSPHRASE is too long");
            return GP_ERR_KEYS;
        }
        snprintf(out, SRV_PASSPHRASE_MAX, "%s", variable);
        return GP_OK;
    }
    return read_or_make(s, "passphrase", out, SRV_PASSPHRASE_MAX, why);
}

/* ---- keys ---- */

static int import(struct srv_server *s, const struct srv_import *in,
                  struct gp_why *why)
{
    struct secret_gp_keys set;
    struct gp_why inner = {{0}};

    int result = gp_keys_load(in->source, &set, why);
    if (result != GP_OK)
        return result;
    result = srv_keyfile_import(&s->keys, in->name, &set, &inner);
    wipe(&set, sizeof set);
    if (result != GP_OK)
        gp_why_set(why, "%s: %s", in->source, inner.text);
    return result;
}

static int open_keys(struct srv_server *s, const struct srv_config *config,
                     struct gp_why *why)
{
    char path[PATH_SIZE];
    char passphrase[SRV_PASSPHRASE_MAX];

    path_in(s, "keys", path);
    int result = take_passphrase(s, config, passphrase, why);
    if (result == GP_OK)
        result = srv_keyfile_open(path, passphrase, strlen(passphrase),
                                  &s->crypto, &s->keys, why);
    wipe(passphrase, sizeof passphrase);
    for (unsigned i = 0; i < config->import_count && result == GP_OK; i++)
        result = import(s, &config->imports[i], why);
    return result;
}

/* ---- the service ---- */

static int open_service(struct srv_server *s, struct gp_why *why)
{
    char path[PATH_SIZE];
    struct srv_service *service = &s->service;

    path_in(s, "postcard.db", path);
    int result = srv_store_open(path, &service->store, why);
    if (result == GP_OK)
        result = read_or_make(s, "admin.token", service->admin_token,
                              SRV_TOKEN_SIZE, why);
    if (result == GP_OK)
        result = read_or_make(s, "terminal.token", service->terminal_token,
                              SRV_TOKEN_SIZE, why);
    if (result != GP_OK)
        return result;
    service->keys = &s->keys;
    return srv_engine_new(service->store, &s->keys, &s->crypto,
                          &service->engine);
}

/* "HOST:PORT", the host perhaps in brackets. */
static int split(const char *listen, char host[ADDRESS_SIZE], const char **port,
                 struct gp_why *why)
{
    const char *colon = strrchr(listen, ':');
    size_t n = colon == NULL ? 0 : (size_t)(colon - listen);

    if (n == 0 || n >= ADDRESS_SIZE - 16 || colon[1] == '\0') {
        gp_why_set(why, "--listen takes HOST:PORT, not '%s'", listen);
        return GP_ERR_ARGUMENT;
    }
    memcpy(host, listen, n);
    host[n] = '\0';
    *port = colon + 1;
    if (host[0] == '[' && host[n - 1] == ']') {
        host[n - 1] = '\0';
        memmove(host, host + 1, n - 1);
    }
    return GP_OK;
}

static int open_http(struct srv_server *s, const char *listen,
                     struct gp_why *why)
{
    const struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
                                   .ai_socktype = SOCK_STREAM};
    char host[ADDRESS_SIZE];
    const char *port = NULL;
    struct addrinfo *found = NULL;

    int result = split(listen, host, &port, why);
    if (result != GP_OK)
        return result;
    int failed = getaddrinfo(host, port, &hints, &found);
    if (failed != 0) {
        gp_why_set(why, "--listen %s: %s", listen, gai_strerror(failed));
        return GP_ERR_CONNECT;
    }
    errno = 0;
    result = srv_http_open(&s->service, found->ai_addr, &s->http);
    if (result == GP_OK)
        snprintf(s->address, sizeof s->address,
                 found->ai_family == AF_INET6 ? "[%s]:%u" : "%s:%u", host,
                 srv_http_port(s->http));
    else
        gp_why_set(why, "--listen %s: %s", listen,
                   errno != 0 ? strerror(errno) : "cannot listen there");
    freeaddrinfo(found);
    return result;
}

static int open_all(struct srv_server *s, const struct srv_config *config,
                    struct gp_why *why)
{
    int result = take_dir(s, config->dir, why);
    if (result == GP_OK &&
        port_openssl_crypto_init(&s->crypto, &s->openssl, NULL) != 0) {
        gp_why_set(why, "the cryptographic library does not start");
        result = GP_ERR_CRYPTO;
    }
    if (result == GP_OK)
        result = open_keys(s, config, why);
    if (result == GP_OK)
        result = open_service(s, why);
    return result == GP_OK ? open_http(s, config->listen, why) : result;
}

int srv_server_open(const struct srv_config *config, struct srv_server **out,
                    struct gp_why *why)
{
    *out = NULL;
    keep_secrets();
    if (sodium_init() < 0)
        return GP_ERR_CRYPTO;
    struct srv_server *s = calloc(1, sizeof *s);
    if (s == NULL)
        return GP_ERR_MEMORY;
    s->lock = -1;
    int result = open_all(s, config, why);
    if (result != GP_OK)
        srv_server_close(&s);
    *out = s;
    return result;
}

unsigned srv_server_port(const struct srv_server *server)
{
    return srv_http_port(server->http);
}

const char *srv_server_address(const struct srv_server *server)
{
    return server->address;
}

int srv_server_run(struct srv_server *server, int stop_fd)
{
    return srv_http_run(server->http, stop_fd);
}

void srv_server_close(struct srv_server **server)
{
    struct srv_server *s = *server;

    if (s == NULL)
        return;
    srv_http_close(&s->http);
    srv_engine_free(&s->service.engine);
    srv_store_close(&s->service.store);
    srv_keys_close(&s->keys);
    if (s->openssl != NULL)
        port_openssl_free(&s->openssl);
    if (s->lock >= 0)
        close(s->lock);
    wipe(s, sizeof *s);
    free(s);
    *server = NULL;
}
