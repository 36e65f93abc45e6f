/*
 * Known answers from other implementations and real cards, as data: proves
 * key derivation, cryptograms, MACs, wrapping of commands and responses (both
 * ends), R-MAC sessions, key wrapping, check values and diversification.  Every
 * row must be understood; one that no function takes is a failure.
 * [GPCS E.4.1, E.4.2, E.4.4] [Amd D 4.1.5, 6.2]
 */
#include <stdio.h>
#include <string.h>

#include <gp/keys.h>

#include "crypto/cmac.h"
#include "crypto/kcv.h"
#include "crypto/kdf.h"
#include "crypto/mac.h"
#include "ports/openssl/crypto_openssl.h"
#include "securechannel/scp11.h"
#include "vectors.h"

static struct crypto_port crypto;

/* The session that rows with one name before '/' belong to. */
static struct {
    char name[80];
    bool known;
    struct scp_init init;
    struct secret_scp_keys keys;
    struct scp_session host;
    struct scp_session card;
} now;

static char why[256];

static bool fail(const char *text)
{
    snprintf(why, sizeof why, "%s", text);
    return false;
}

static bool same(const char *what, struct span got, struct span want)
{
    if (span_equal(got, want))
        return true;
    size_t n = (size_t)snprintf(why, sizeof why, "%s: got ", what);
    for (size_t i = 0; i < got.n && n + 3 < sizeof why; i++)
        n += (size_t)snprintf(why + n, sizeof why - n, "%02X", got.p[i]);
    return false;
}

/* Compares when the row has that field. */
static bool field_same(const struct row *row, const char *name,
                       const uint8_t *got)
{
    struct span want = row_bytes(row, name);
    return want.n == 0 || same(name, span_of(got, want.n), want);
}

static bool ok(const char *what, enum err e)
{
    if (e == ERR_OK)
        return true;
    snprintf(why, sizeof why, "%s: %s", what, err_text(e));
    return false;
}

static void set(uint8_t *out, struct span s)
{
    if (s.n > 0)
        memcpy(out, s.p, s.n);
}

static uint8_t protocol_of(const struct row *row)
{
    if (strcmp(row->protocol, "SCP01") == 0)
        return SCP_01;
    return strcmp(row->protocol, "SCP02") == 0 ? SCP_02 : SCP_03;
}

static uint8_t usual_i(const struct row *row)
{
    const struct field *mode = row_field(row, "mode");
    if (protocol_of(row) == SCP_01)
        return SCP01_I_PLAIN_ICV;
    if (protocol_of(row) == SCP_02)
        return 0x15;
    return mode != NULL && strcmp(mode->text, "S16") == 0 ? 0x71 : 0x70;
}

static void read_keys(const struct row *row, struct secret_scp_keys *keys)
{
    struct span one = row_bytes(row, "key");
    struct span enc = one.n > 0 ? one : row_bytes(row, "enc");
    *keys = (struct secret_scp_keys){.length = (uint8_t)enc.n};
    set(keys->enc, enc);
    set(keys->mac, one.n > 0 ? one : row_bytes(row, "mac"));
    set(keys->dek, one.n > 0 ? one : row_bytes(row, "dek"));
}

static void read_init(const struct row *row, struct scp_init *init)
{
    struct span host = row_bytes(row, "host_challenge");
    *init = (struct scp_init){
        .protocol = protocol_of(row),
        .i = row_byte(row, "i", usual_i(row)),
        .kvn = row_byte(row, "kvn", 0),
        .challenge_length = host.n == 16 ? 16 : 8,
    };
    set(init->host_challenge, host);
    set(init->card_challenge, row_bytes(row, "card_challenge"));
    set(init->sequence, row_bytes(row, "seq"));
    set(init->kdd, row_bytes(row, "kdd"));
}

static bool keys_same(const struct row *row, const struct scp_session *s)
{
    return field_same(row, "s_enc", s->enc) &&
           field_same(row, "s_mac", s->mac) &&
           field_same(row, "s_rmac", s->rmac) &&
           field_same(row, "s_dek", s->dek) &&
           field_same(row, "card_cryptogram", now.init.card_cryptogram) &&
           field_same(row, "host_cryptogram", s->host_cryptogram);
}

/* Both ends from the row's keys and challenges. */
static bool begin(const struct row *row)
{
    read_keys(row, &now.keys);
    read_init(row, &now.init);
    struct scp_init at_card = now.init;
    if (!ok("card",
            scp_begin(&now.card, &crypto, SCP_CARD, &now.keys, &at_card)))
        return false;
    now.init = at_card;
    return ok("host",
              scp_begin(&now.host, &crypto, SCP_HOST, &now.keys, &now.init)) &&
           keys_same(row, &now.host) && keys_same(row, &now.card);
}

static bool initialize_update(const struct row *row)
{
    if (!begin(row))
        return false;

    struct span answer = row_bytes(row, "rapdu");
    if (answer.n > 2 && answer.p[answer.n - 2] == 0x90)
        answer.n -= 2;
    struct scp_init read;
    if (!ok("parse",
            scp_init_parse(answer, row_bytes(row, "host_challenge"), &read)))
        return false;
    if (read.protocol == SCP_03 && read.i != now.init.i)
        return fail("i is not what the card said");
    if (!same("card challenge", span_of(read.card_challenge, 16),
              span_of(now.init.card_challenge, 16)))
        return false;

    /* kvn in the command may be 00; the answer has the card's. */
    uint8_t bytes[SCP_INIT_RESPONSE_MAX];
    struct buf out = buf_of(bytes, sizeof bytes);
    return ok("put", scp_init_put(&read, &out)) &&
           same("rapdu", buf_span(&out), answer);
}

static bool external_authenticate(const struct row *row)
{
    if (row_field(row, "host_challenge") != NULL && !begin(row))
        return false;

    uint8_t bytes[SCP_AUTHENTICATE_MAX];
    struct buf out = buf_of(bytes, sizeof bytes);
    uint8_t level = row_byte(row, "level", 0);
    return ok("make", scp_authenticate_make(&now.host, &crypto, level, &out)) &&
           same("capdu", buf_span(&out), row_bytes(row, "capdu")) &&
           ok("check",
              scp_authenticate_check(&now.card, &crypto, buf_span(&out))) &&
           (now.card.level == level || fail("level"));
}

static bool response(const struct row *row, const struct scp_ticket *ticket)
{
    uint8_t bytes[FIELD_BYTES];
    struct span plain = row_bytes(row, "plain_rapdu");
    struct span sent = row_bytes(row, "rapdu");
    if (plain.n < 2)
        return true;

    struct buf out = buf_of(bytes, sizeof bytes);
    if (!ok("unwrap response",
            scp_unwrap_response(&now.host, &crypto, ticket,
                                row_bytes(row, "plain_capdu"), sent, &out)) ||
        !same("plain_rapdu", buf_span(&out), plain))
        return false;

    /* Some recorded cards padded with a block more than the rule says. */
    size_t padded = (plain.n - 2) / 16 * 16 + 16 + now.card.mac_length;
    if ((now.card.level & SCP_R_ENCRYPTION) != 0 && sent.n > padded + 2)
        return true;

    sw_t sw = get_u2(plain.p + plain.n - 2);
    out.n = plain.n - 2;
    return ok("wrap response",
              scp_wrap_response(&now.card, &crypto, &out, sw)) &&
           same("rapdu", buf_span(&out), span_of(sent.p, sent.n - 2));
}

/* BEGIN and END R-MAC SESSION, at both ends. */
static bool r_mac_session(const struct row *row, struct scp_ticket *ticket)
{
    struct span plain = row_bytes(row, "plain_capdu");
    uint8_t ours[CRYPTO_DES_MAC_SIZE], theirs[CRYPTO_DES_MAC_SIZE];
    struct buf host = buf_of(ours, sizeof ours);
    struct buf card = buf_of(theirs, sizeof theirs);

    if (plain.p[0] == 0x80 && plain.p[1] == 0x7A)
        return ok("begin", scp_r_mac_begin(&now.card, &crypto, plain, NULL)) &&
               ok("begin", scp_r_mac_begin(&now.host, &crypto, plain, ticket));
    if (plain.p[0] != 0x80 || plain.p[1] != 0x78)
        return true;
    struct span answer = row_bytes(row, "plain_rapdu");
    answer.n -= 2;
    return ok("end", scp_r_mac_end(&now.card, plain, NULL, &card)) &&
           ok("end", scp_r_mac_end(&now.host, plain, ticket, &host)) &&
           same("gathered", buf_span(&card), answer) &&
           same("gathered", buf_span(&host), answer);
}

static bool exchange(const struct row *row)
{
    uint8_t bytes[FIELD_BYTES];
    struct scp_ticket ticket;
    struct buf out = buf_of(bytes, sizeof bytes);
    struct span plain = row_bytes(row, "plain_capdu");

    if (!ok("wrap",
            scp_wrap_command(&now.host, &crypto, plain, &out, &ticket)) ||
        !same("wrapped_capdu", buf_span(&out), row_bytes(row, "wrapped_capdu")))
        return false;

    /* In place, as the card does it. */
    struct span wrapped = buf_span(&out);
    struct buf in_place = buf_of(bytes, sizeof bytes);
    return ok("unwrap",
              scp_unwrap_command(&now.card, &crypto, wrapped, &in_place)) &&
           same("plain_capdu", buf_span(&in_place), plain) &&
           r_mac_session(row, &ticket) && response(row, &ticket);
}

/* Rows that give session keys and start from a zero chaining value. */
static bool open_keys(const struct row *row)
{
    struct span all = row_bytes(row, "session_keys_all");
    struct span key = all.n > 0 ? all : row_bytes(row, "s_mac");
    struct secret_scp_keys keys = {.length = (uint8_t)key.n};
    set(keys.enc, key);
    set(keys.mac, key);
    set(keys.dek, key);
    uint8_t level = row_byte(row, "level", SCP_C_MAC);
    enum scp_protocol protocol = protocol_of(row);
    uint8_t i = usual_i(row);
    return ok("open", scp_open_keys(&now.host, SCP_HOST, protocol, i, level,
                                    &keys, key.p, NULL)) &&
           ok("open", scp_open_keys(&now.card, SCP_CARD, protocol, i, level,
                                    &keys, key.p, NULL));
}

static bool secure_messaging(const struct row *row)
{
    bool given = row_field(row, "session_keys_all") != NULL ||
                 row_field(row, "s_mac") != NULL;
    if (given && !now.known && !open_keys(row))
        return false;
    return exchange(row);
}

static bool r_mac(const struct row *row)
{
    uint8_t bytes[SCP_AUTHENTICATE_MAX];
    struct buf out = buf_of(bytes, sizeof bytes);
    return begin(row) &&
           ok("make", scp_authenticate_make(&now.host, &crypto,
                                            row_byte(row, "level", 0), &out)) &&
           ok("check",
              scp_authenticate_check(&now.card, &crypto, buf_span(&out))) &&
           exchange(row);
}

static bool session_key(const struct row *row)
{
    if (!begin(row))
        return false;
    const struct field *purpose = row_field(row, "purpose");
    if (purpose == NULL) /* all keys are this one */
        return field_same(row, "session_key", now.host.enc);
    const uint8_t *key = strcmp(purpose->text, "ENC") == 0   ? now.host.enc
                         : strcmp(purpose->text, "MAC") == 0 ? now.host.mac
                         : strcmp(purpose->text, "DEK") == 0 ? now.host.dek
                                                             : now.host.rmac;
    return field_same(row, "session_key", key);
}

static bool challenge(const struct row *row)
{
    struct scp_init init;
    struct secret_scp_keys keys;
    struct span want = row_bytes(row, "card_challenge");
    read_keys(row, &keys);
    read_init(row, &init);
    init.challenge_length = (uint8_t)want.n;
    memset(init.card_challenge, 0, sizeof init.card_challenge);
    return ok("challenge", scp_card_challenge(&crypto, &keys,
                                              row_bytes(row, "aid"), &init)) &&
           same("card_challenge", span_of(init.card_challenge, want.n), want);
}

static bool kdf(const struct row *row)
{
    uint8_t out[32];
    struct span want = row_bytes(row, "out");
    uint8_t kcv[CRYPTO_KCV_SIZE] = {0};
    if (!ok("kdf", crypto_kdf_scp03(&crypto, row_bytes(row, "key"),
                                    row_byte(row, "constant", 0xFF),
                                    row_bytes(row, "context"), span_of(NULL, 0),
                                    out, want.n)) ||
        !same("out", span_of(out, want.n), want))
        return false;
    return ok("kcv", crypto_kcv(&crypto, CRYPTO_AES, want, kcv)) &&
           field_same(row, "kcv", kcv);
}

static bool cmac(const struct row *row)
{
    uint8_t mac[CRYPTO_CMAC_SIZE];
    struct span message = row_bytes(row, "msg");
    /* Whole, and cut at every place. */
    for (size_t cut = 0; cut <= message.n; cut++) {
        const struct span parts[] = {{message.p, cut},
                                     {message.p + cut, message.n - cut}};
        if (!ok("cmac",
                crypto_cmac(&crypto, row_bytes(row, "key"), parts, 2, mac)) ||
            !same("mac", span_of(mac, sizeof mac), row_bytes(row, "mac")))
            return false;
    }
    return true;
}

static bool check_value(const struct row *row)
{
    uint8_t kcv[CRYPTO_KCV_SIZE];
    enum crypto_cipher cipher =
        strcmp(row->operation, "AES") == 0 ? CRYPTO_AES : CRYPTO_DES3;
    return ok("kcv", crypto_kcv(&crypto, cipher, row_bytes(row, "key"), kcv)) &&
           same("kcv", span_of(kcv, sizeof kcv), row_bytes(row, "kcv"));
}

/* A session whose data encryption key is the row's. */
static bool dek_session(const struct row *row)
{
    struct span dek = row_bytes(row, "s_dek");
    if (dek.n == 0)
        dek = row_bytes(row, "dek");
    struct secret_scp_keys keys = {.length = (uint8_t)dek.n};
    set(keys.dek, dek);
    return ok("open", scp_open_keys(&now.host, SCP_HOST, protocol_of(row),
                                    usual_i(row), 0, &keys, keys.mac, NULL));
}

static bool key_wrap(const struct row *row)
{
    uint8_t out[SCP_KEY_MAX];
    struct span key = row_bytes(row, "key");
    struct span want = row_bytes(row, "cipher");
    if (!dek_session(row) ||
        !ok("dek",
            scp_dek(&now.host, &crypto, CRYPTO_ENCRYPT, key.p, out, key.n)) ||
        !same("cipher", span_of(out, key.n), want))
        return false;
    return ok("dek",
              scp_dek(&now.host, &crypto, CRYPTO_DECRYPT, out, out, key.n)) &&
           same("key", span_of(out, key.n), key);
}

static bool retail_mac(const struct row *row)
{
    uint8_t mac[CRYPTO_DES_MAC_SIZE];
    struct span data = row_bytes(row, "data");
    for (size_t cut = 0; cut <= data.n; cut++) {
        const struct span parts[] = {{data.p, cut},
                                     {data.p + cut, data.n - cut}};
        if (!ok("mac",
                crypto_retail_mac(&crypto, row_bytes(row, "key"),
                                  row_bytes(row, "icv").p, parts, 2, mac)) ||
            !same("mac", span_of(mac, sizeof mac), row_bytes(row, "mac")))
            return false;
    }
    return true;
}

static bool cryptogram(const struct row *row)
{
    static const uint8_t zero[8];
    uint8_t got[8];
    bool host = strcmp(row->operation, "HOST_CRYPTOGRAM") == 0;
    struct span ours = row_bytes(row, "host_challenge");
    if (protocol_of(row) == SCP_03) {
        if (!ok("kdf", crypto_kdf_scp03(&crypto, row_bytes(row, "s_mac"), 1,
                                        ours, row_bytes(row, "card_challenge"),
                                        got, sizeof got)))
            return false;
    } else {
        struct span theirs = row_bytes(row, "seq_card_challenge");
        const struct span parts[] = {host ? theirs : ours,
                                     host ? ours : theirs};
        if (!ok("mac", crypto_des3_mac(&crypto, row_bytes(row, "s_enc"), zero,
                                       parts, 2, got)))
            return false;
    }
    return field_same(row, host ? "host_cryptogram" : "card_cryptogram", got);
}

/* SCP02 by implicit initiation; the rows behind it are its commands. */
static bool implicit(const struct row *row)
{
    uint8_t out[SCP_KEY_MAX];
    struct span aid = row_bytes(row, "aid");
    struct span key = row_bytes(row, "sensitive");

    read_keys(row, &now.keys);
    read_init(row, &now.init);
    return ok("host", scp_open_implicit(&now.host, &crypto, SCP_HOST, &now.keys,
                                        &now.init, aid)) &&
           ok("card", scp_open_implicit(&now.card, &crypto, SCP_CARD, &now.keys,
                                        &now.init, aid)) &&
           keys_same(row, &now.host) && keys_same(row, &now.card) &&
           ok("dek",
              scp_dek(&now.host, &crypto, CRYPTO_ENCRYPT, key.p, out, key.n)) &&
           same("cipher", span_of(out, key.n), row_bytes(row, "cipher"));
}

static enum crypto_ec_name curve_of(const struct row *row)
{
    static const struct {
        const char *text;
        enum crypto_ec_name name;
    } names[] = {
        {"P-256", CRYPTO_EC_SECP256R1},
        {"P-384", CRYPTO_EC_SECP384R1},
        {"P-521", CRYPTO_EC_SECP521R1},
        {"BP-256r1", CRYPTO_EC_BRAINPOOLP256R1},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(row_field(row, "curve")->text, names[i].text) == 0)
            return names[i].name;
    }
    return CRYPTO_EC_NAMES;
}

/* SCP11 as the host, whose keys are told; then its session at both ends. */
static bool scp11(const struct row *row)
{
    uint8_t bytes[SCP11_OFFER_MAX], point[CRYPTO_EC_POINT_MAX];
    uint8_t receipt[SCP11_RECEIPT];
    struct crypto_ec_values curve;
    struct secret_scp11 secret;
    struct span card_point, theirs;
    struct buf data = buf_of(bytes, sizeof bytes);
    struct span capdu = row_bytes(row, "capdu");
    struct span rapdu = row_bytes(row, "rapdu");
    struct scp11_offer offer = {.variant =
                                    row->protocol[5] == 'c' ? SCP11_C : SCP11_A,
                                .usage = row_byte(row, "key_usage", 0),
                                .key_length = row_byte(row, "key_len", 0)};
    bool s16 = strstr(row->id, "S16") != NULL;

    if (!ok("curve", crypto_ec_named(&crypto, curve_of(row), &curve)) ||
        !ok("point", crypto.ec->multiply(crypto.ctx, &curve.curve,
                                         row_bytes(row, "esk_oce"),
                                         span_of(NULL, 0), point)))
        return false;
    offer.point = span_of(point, 1 + 2 * crypto_ec_field_size(&curve.curve));
    if (!ok("offer", scp11_offer_put(&offer, &data)) ||
        !same("offer", offer.all, span_of(capdu.p + 5, capdu.p[4])) ||
        !ok("answer", scp11_answer_take(span_of(rapdu.p, rapdu.n - 2),
                                        &card_point, &theirs)))
        return false;
    const struct scp11_share share = {&curve.curve, row_bytes(row, "esk_oce"),
                                      row_bytes(row, "sk_oce"), card_point,
                                      row_bytes(row, "pk_sd")};
    return ok("agree", scp11_agree(&crypto, &offer, &share, &secret)) &&
           field_same(row, "receipt_key", secret.receipt_key) &&
           ok("receipt",
              scp11_receipt(&crypto, &offer, &secret, card_point, receipt)) &&
           same("receipt", span_of(receipt, sizeof receipt), theirs) &&
           ok("host",
              scp11_open(&now.host, SCP_HOST, &offer, s16, &secret, receipt)) &&
           ok("card",
              scp11_open(&now.card, SCP_CARD, &offer, s16, &secret, receipt)) &&
           keys_same(row, &now.host);
}

/* A session of which only some bytes were logged. */
static bool real_card(const struct row *row)
{
    uint8_t bytes[SCP_AUTHENTICATE_MAX];
    struct buf out = buf_of(bytes, sizeof bytes);
    if (!begin(row) ||
        !ok("make", scp_authenticate_make(&now.host, &crypto, SCP_C_MAC, &out)))
        return false;
    struct span want = row_bytes(row, "ext_auth");
    return want.n == 0 || same("ext_auth", buf_span(&out), want);
}

static bool diversify(const struct row *row)
{
    struct secret_gp_keys keys = {.type = GP_KEY_AES};
    struct span master = row_bytes(row, "master");
    keys.keys.length = (uint8_t)master.n;
    set(keys.keys.enc, master);
    set(keys.keys.mac, master);
    set(keys.keys.dek, master);
    if (gp_diversification_parse(row->operation, &keys.diversification) != 0)
        return fail("method");
    if (gp_keys_diversify(&crypto, &keys, row_bytes(row, "kdd").p, &keys) != 0)
        return fail("diversify");

    const uint8_t *const each[] = {keys.keys.enc, keys.keys.mac, keys.keys.dek};
    uint8_t number = row_byte(row, "key_id", 0);
    if (number < 1 || number > 3)
        return fail("key_id");
    return field_same(row, "key", each[number - 1]);
}

static const struct {
    const char *operation;
    bool (*check)(const struct row *row);
} checks[] = {
    {"INITIALIZE_UPDATE", initialize_update},
    {"EXTERNAL_AUTHENTICATE", external_authenticate},
    {"IMPLICIT", implicit},
    {"MUTUAL_AUTHENTICATE", scp11},
    {"SECURE_MESSAGING", secure_messaging},
    {"R_MAC", r_mac},
    {"SESSION_KEY", session_key},
    {"PSEUDO_RANDOM_CHALLENGE", challenge},
    {"KDF", kdf},
    {"AES-CMAC", cmac},
    {"AES", check_value},
    {"3DES", check_value},
    {"KEY_WRAP", key_wrap},
    {"PUT_KEY_AES_UNDER_3DES_DEK", key_wrap},
    {"RETAIL_MAC", retail_mac},
    {"CARD_CRYPTOGRAM", cryptogram},
    {"HOST_CRYPTOGRAM", cryptogram},
    {"REAL_CARD_LOG", real_card},
    {"EMV", diversify},
    {"VISA2", diversify},
    {"KDF3", diversify},
};

static bool check_row(const struct row *row)
{
    char name[80];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(row->id, "/"), row->id);
    now.known = strcmp(name, now.name) == 0;
    snprintf(now.name, sizeof now.name, "%s", name);

    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        if (strcmp(checks[i].operation, row->operation) == 0)
            return checks[i].check(row);
    }
    return fail("no function takes this operation");
}

static int run(FILE *f)
{
    static char line[8192];
    static struct row row;
    unsigned good = 0;
    unsigned bad = 0;

    while (fgets(line, sizeof line, f) != NULL) {
        if (line[0] == '#')
            continue;
        why[0] = '\0';
        if (!row_read(&row, line))
            fail("not a row");
        else if (check_row(&row)) {
            good++;
            continue;
        }
        bad++;
        printf("%s %s: %s\n", row.id, row.operation, why);
    }
    printf("known answers: %u right, %u wrong\n", good, bad);
    return bad == 0 && good > 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct port_openssl *port = NULL;
    FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (f == NULL || port_openssl_crypto_init(&crypto, &port, "kat") != 0) {
        fprintf(stderr, "usage: %s VECTORS.tsv\n", argv[0]);
        return 2;
    }
    int result = run(f);
    port_openssl_free(&port);
    fclose(f);
    return result;
}
