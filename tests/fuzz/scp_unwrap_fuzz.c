/*
 * Hostile commands at the card's end and hostile responses at the host's.  The
 * first byte chooses protocol, level and end.  What is accepted without the
 * keys is a broken MAC; a refusal must leave the session aborted and the
 * output empty.  A third way wraps the input as a plain command and demands it
 * back.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ports/openssl/crypto_openssl.h"
#include "securechannel/scp.h"

enum { ROOM = 70000 };

static struct crypto_port crypto;
static struct port_openssl *port;
static uint8_t wrapped[ROOM];
static uint8_t plain[ROOM];

static const struct {
    enum scp_protocol protocol;
    uint8_t i;
    uint8_t level;
} ways[] = {
    {SCP_02, 0x55, 0x01}, {SCP_02, 0x55, 0x03}, {SCP_02, 0x55, 0x13},
    {SCP_02, 0x1E, 0x03}, {SCP_03, 0x70, 0x01}, {SCP_03, 0x70, 0x03},
    {SCP_03, 0x70, 0x33}, {SCP_03, 0x71, 0x33}, {SCP_01, 0x15, 0x01},
    {SCP_01, 0x05, 0x03},
};

static void open_session(struct scp_session *s, enum scp_role role,
                         unsigned way)
{
    static const uint8_t rmac[16] = {4};
    static const uint8_t chain[16] = {5};
    const struct secret_scp_keys keys = {
        .length = 16, .enc = {1}, .mac = {2}, .dek = {3}};
    if (scp_open_keys(s, role, ways[way].protocol, ways[way].i, ways[way].level,
                      &keys, rmac, chain) != ERR_OK)
        abort();
}

static void hostile_command(unsigned way, struct span input)
{
    struct scp_session card;
    struct buf out = buf_of(plain, sizeof plain);
    open_session(&card, SCP_CARD, way);
    if (scp_unwrap_command(&card, &crypto, input, &out) == ERR_OK ||
        card.state != SCP_ABORTED || out.n != 0)
        abort();
}

static void hostile_response(unsigned way, struct span input)
{
    static const uint8_t command[] = {0x80, 0xCA, 0x00, 0x66, 0x00};
    struct scp_session host;
    struct scp_ticket ticket;
    struct buf sent = buf_of(wrapped, sizeof wrapped);
    struct buf out = buf_of(plain, sizeof plain);
    open_session(&host, SCP_HOST, way);
    if (scp_wrap_command(&host, &crypto, span_of(command, sizeof command),
                         &sent, &ticket) != ERR_OK)
        abort();
    enum err e = scp_unwrap_response(
        &host, &crypto, &ticket, span_of(command, sizeof command), input, &out);
    if (e == ERR_OK && (ways[way].level & SCP_R_MAC) != 0 && out.n != 2)
        abort(); /* data, or success, without a right MAC */
}

static void honest_command(unsigned way, struct span input)
{
    struct scp_session host;
    struct scp_session card;
    struct buf sent = buf_of(wrapped, sizeof wrapped);
    open_session(&host, SCP_HOST, way);
    open_session(&card, SCP_CARD, way);
    if (scp_wrap_command(&host, &crypto, input, &sent, NULL) != ERR_OK)
        return;
    struct buf out = buf_of(wrapped, sizeof wrapped);
    if (scp_unwrap_command(&card, &crypto, buf_span(&sent), &out) != ERR_OK ||
        out.n != input.n || memcmp(out.p + 1, input.p + 1, input.n - 1) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct scp_init init;
    if (n < 1 || n > 66000)
        return 0;
    if (port == NULL && port_openssl_crypto_init(&crypto, &port, "fuzz") != 0)
        abort();
    const struct span input = span_of(data + 1, n - 1);
    unsigned way = data[0] & 7;
    if ((data[0] & 0x18) == 0x00)
        hostile_command(way, input);
    else if ((data[0] & 0x18) == 0x08)
        hostile_response(way, input);
    else
        honest_command(way, input);
    (void)!scp_init_parse(input, span_of((const uint8_t[16]){0}, 8), &init);
    return 0;
}
