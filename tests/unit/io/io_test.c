/*
 * Proves that commands of all seven forms are taken apart and nothing else
 * is, that chains are put together as secure messaging expects, and that long
 * responses come out whole.  [GPCS 11.1.5.1, 11.1.5.2]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <card/config.h>

#include "base/hex.h"
#include "io/io.h"

struct parse_row {
    const char *hex;
    sw_t sw;
    size_t data;
    uint32_t ne;
    bool has_le;
    bool extended;
};

static const struct parse_row rows[] = {
    /* the four cases, short */
    {"00A40400", SW_OK, 0, 0, false, false},
    {"00A4040000", SW_OK, 0, 256, true, false},
    {"00A40400FF", SW_OK, 0, 255, true, false},
    {"00A4040001", SW_OK, 0, 1, true, false},
    {"00A4040002AABB", SW_OK, 2, 0, false, false},
    {"00A4040002AABB00", SW_OK, 2, 256, true, false},
    {"00A4040002AABB10", SW_OK, 2, 16, true, false},
    /* extended */
    {"00A40400000000", SW_OK, 0, 65536, true, true},
    {"00A40400000100", SW_OK, 0, 256, true, true},
    {"00A40400000002AABB", SW_OK, 2, 0, false, true},
    {"00A40400000002AABB0000", SW_OK, 2, 65536, true, true},
    {"00A40400000002AABB0003", SW_OK, 2, 3, true, true},
    /* cut off, or too long */
    {"", SW_WRONG_LENGTH, 0, 0, false, false},
    {"00", SW_WRONG_LENGTH, 0, 0, false, false},
    {"00A404", SW_WRONG_LENGTH, 0, 0, false, false},
    {"00A4040002AA", SW_WRONG_LENGTH, 0, 0, false, false},
    {"00A4040002AABB0000", SW_WRONG_LENGTH, 0, 0, false, false},
    {"00A404000000", SW_WRONG_LENGTH, 0, 0, false, false},
    {"00A40400000002AA", SW_WRONG_LENGTH, 0, 0, false, true},
    {"00A40400000002AABB00", SW_WRONG_LENGTH, 0, 0, false, true},
    {"00A40400000002AABB000000", SW_WRONG_LENGTH, 0, 0, false, true},
    {"00A404000000000000", SW_WRONG_LENGTH, 0, 0, false, true},
};

static void test_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[64];
        struct buf b = buf_of(bytes, sizeof bytes);
        struct io_command c;
        const struct parse_row *r = &rows[i];

        assert_int_equal(hex_decode(r->hex, strlen(r->hex), &b, NULL), ERR_OK);
        assert_int_equal(io_parse(buf_span(&b), &c), r->sw);
        if (r->sw != SW_OK)
            continue;
        assert_int_equal(c.ins, 0xA4);
        assert_int_equal(c.p1, 0x04);
        assert_int_equal(c.data.n, r->data);
        if (r->data > 0)
            assert_int_equal(c.data.p[1], 0xBB);
        assert_int_equal(c.ne, r->ne);
        assert_int_equal(c.has_le, r->has_le);
        assert_int_equal(c.extended, r->extended);
    }
}

static void test_long_extended(void **state)
{
    static uint8_t bytes[4 + 3 + 65535 + 2];
    struct io_command c;

    (void)state;
    memcpy(bytes, "\x80\xE8\x00\x00\x00\xFF\xFF", 7);
    assert_int_equal(io_parse(span_of(bytes, 4 + 3 + 65535), &c), SW_OK);
    assert_int_equal(c.data.n, 65535);
    assert_false(c.has_le);
    assert_int_equal(io_parse(span_of(bytes, sizeof bytes), &c), SW_OK);
    assert_int_equal(c.ne, 65536);
    assert_int_equal(io_parse(span_of(bytes, sizeof bytes - 1), &c),
                     SW_WRONG_LENGTH);
}

static void test_parse_t0(void **state)
{
    static const struct {
        const char *hex;
        sw_t sw;
        size_t data;
        uint32_t ne;
        bool indirect;
    } tpdus[] = {
        {"80CA0042", SW_OK, 0, 256, false},
        {"80CA004200", SW_OK, 0, 256, false},
        {"80CA004210", SW_OK, 0, 16, false},
        {"80CA004202AABB", SW_OK, 2, 256, true},
        {"80CA004202AABB00", SW_OK, 2, 256, true}, /* Le is passed over */
        {"80CA004202AA", SW_WRONG_LENGTH, 0, 0, false},
        {"80CA004202AABB0000", SW_WRONG_LENGTH, 0, 0, false},
        {"80CA0042000002AABB", SW_WRONG_LENGTH, 0, 0, false},
        {"80CA00", SW_WRONG_LENGTH, 0, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof tpdus / sizeof tpdus[0]; i++) {
        uint8_t bytes[64];
        struct buf b = buf_of(bytes, sizeof bytes);
        struct io_command c;

        assert_int_equal(
            hex_decode(tpdus[i].hex, strlen(tpdus[i].hex), &b, NULL), ERR_OK);
        assert_int_equal(io_parse_t0(buf_span(&b), &c), tpdus[i].sw);
        if (tpdus[i].sw != SW_OK)
            continue;
        assert_int_equal(c.data.n, tpdus[i].data);
        assert_int_equal(c.ne, tpdus[i].ne);
        assert_int_equal(c.indirect, tpdus[i].indirect);
        assert_int_equal(c.bytes.n, c.data.n > 0 ? 7 : b.n);
    }
}

static void test_classes(void **state)
{
    static const struct {
        uint8_t cla, channel, secure, base;
        bool chained;
    } classes[] = {
        {0x00, 0, 0x00, 0x00, false},    {0x03, 3, 0x00, 0x00, false},
        {0x04, 0, 0x04, 0x00, false},    {0x0C, 0, 0x0C, 0x00, false},
        {0x10, 0, 0x00, 0x00, true},     {0x40, 4, 0x00, 0x00, false},
        {0x4F, 19, 0x00, 0x00, false},   {0x6F, 19, 0x20, 0x00, false},
        {0x50, 4, 0x00, 0x00, true},     {0x80, 0, 0x00, 0x80, false},
        {0x84, 0, 0x04, 0x80, false},    {0x86, 2, 0x04, 0x80, false},
        {0xC5, 9, 0x00, 0x80, false},    {0xE0, 4, 0x20, 0x80, false},
        {0xA0, 0, 0x00, 0xA0, false},    {0xB0, 0, 0x00, 0xA0, true},
        {0x20, 0xFF, 0x00, 0x20, false}, {0x3F, 0xFF, 0x00, 0x20, false},
        {0xFF, 0xFF, 0x00, 0x80, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        const uint8_t bytes[] = {classes[i].cla, 0xCA, 0, 0};
        struct io_command c;

        assert_int_equal(io_parse(span_of(bytes, 4), &c), SW_OK);
        assert_int_equal(c.channel, classes[i].channel);
        assert_int_equal(c.secure, classes[i].secure);
        assert_int_equal(c.chained, classes[i].chained);
        assert_int_equal(io_cla_base(c.cla), classes[i].base);
    }
}

static struct io io;
static uint8_t memory[CARD_APDU_MAX];

/* A card's part that begins with nothing, over `size` bytes of memory. */
static void start(uint32_t size)
{
    memset(&io, 0, sizeof io);
    io_bind(&io, memory, size, false);
    io_reset(&io);
}

static sw_t gather(const char *hex, bool more, uint8_t mask, char *whole)
{
    static uint8_t bytes[70000];
    struct buf b = buf_of(bytes, sizeof bytes);
    struct io_command c;
    struct span s;
    uint8_t *p;

    assert_int_equal(hex_decode(hex, strlen(hex), &b, NULL), ERR_OK);
    assert_int_equal(io_parse(buf_span(&b), &c), SW_OK);
    sw_t sw = io_gather(&io, &c, more, mask, &s, &p);
    if (whole != NULL)
        hex_encode(s, whole);
    return sw;
}

static void test_gather(void **state)
{
    static char whole[2048];

    (void)state;
    start(sizeof memory);
    /* one piece stays what it was, in all forms */
    static const char *const singles[] = {
        "80CA0042",           "80CA004200",
        "80E2900002AABB",     "80E2900002AABB00",
        "80CA0042000000",     "80CA0042000123",
        "80E29000000002AABB", "80E29000000002AABB0100",
    };
    for (size_t i = 0; i < sizeof singles / sizeof singles[0]; i++) {
        assert_int_equal(gather(singles[i], false, 0xFF, whole), SW_OK);
        assert_string_equal(whole, singles[i]);
    }
    /* two pieces: the header of the last */
    assert_int_equal(gather("80E6820002AABB", true, 0x7F, whole), SW_OK);
    assert_string_equal(whole, "");
    assert_int_equal(gather("80E6020002CCDD00", false, 0x7F, whole), SW_OK);
    assert_string_equal(whole, "80E6020004AABBCCDD00");
    /* the chaining bit of the class goes */
    assert_int_equal(gather("90E2900001AA", true, 0xFF, whole), SW_OK);
    assert_int_equal(gather("80E2900001BB", false, 0xFF, whole), SW_OK);
    assert_string_equal(whole, "80E2900002AABB");
    /* another header ends the chain, and the one after it is new */
    assert_int_equal(gather("80E6820002AABB", true, 0x7F, whole), SW_OK);
    assert_int_equal(gather("80E6020102CCDD", false, 0x7F, whole),
                     SW_CONDITIONS);
    assert_int_equal(gather("80E6020102CCDD", false, 0x7F, whole), SW_OK);
    assert_string_equal(whole, "80E6020102CCDD");
    assert_false(io_interrupt(&io));
    assert_int_equal(gather("80E6820002AABB", true, 0x7F, whole), SW_OK);
    assert_true(io_interrupt(&io));
}

static void test_gather_long(void **state)
{
    static char part[2 * 260 + 1], whole[2 * CARD_APDU_MAX + 1];
    sw_t sw = SW_OK;
    unsigned n = 0;

    (void)state;
    start(sizeof memory);
    memset(part, 'A', sizeof part - 1);
    memcpy(part, "80D88001FF", 10);
    /* two: extended, because the data are more than 255 bytes */
    assert_int_equal(gather(part, true, 0x7F, whole), SW_OK);
    assert_int_equal(gather("80D8000101BB00", false, 0x7F, whole), SW_OK);
    assert_memory_equal(whole, "80D80001000100AAAA", 18);
    assert_string_equal(whole + 14 + 510, "BB0000");
    /* without end: refused before memory is */
    while (sw == SW_OK && n < 200) {
        sw = gather(part, true, 0x7F, NULL);
        n++;
    }
    assert_int_equal(sw, SW_WRONG_P1P2);
    assert_true(n > 120);
    static char huge[2 * (7 + CARD_APDU_MAX) + 1];
    memset(huge, 'A', sizeof huge - 1);
    memcpy(huge, "80E28800008100", 14);
    assert_int_equal(gather(huge, false, 0xFF, NULL), SW_WRONG_LENGTH);
    assert_false(io_interrupt(&io));
}

static sw_t take(struct buf *out)
{
    assert_true(out->n >= 2);
    out->n -= 2;
    return get_u2(out->p + out->n);
}

/* Answers `c` with n bytes of 5A and `sw`; the status word sent. */
static sw_t answer(const struct io_command *c, size_t n, sw_t sw,
                   struct buf *out)
{
    out->n = 0;
    io_response(&io, out);
    assert_true(io.response.cap >= n);
    memset(io.response.p, 0x5A, n);
    io.response.n = n;
    io_answer(&io, c, sw, out);
    return take(out);
}

static sw_t answer_more(const struct io_command *c, struct buf *out)
{
    out->n = 0;
    io_answer_more(&io, c, out);
    return take(out);
}

static void expect_data(const struct buf *out, size_t n)
{
    assert_int_equal(out->n, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(out->p[i], 0x5A);
}

static const struct io_command plain = {.ne = 0}; /* no Le */
static const struct io_command four = {.ne = 4, .has_le = true};

/* A caller's buffer of any size, and lent memory larger or smaller. */
static void check_answers(size_t cap, uint32_t size)
{
    static uint8_t bytes[CARD_APDU_MAX];
    struct io_command more = {.ins = 0xC0, .ne = 256, .has_le = true};
    struct buf out = buf_of(bytes, cap);

    start(size);
    assert_int_equal(answer(&four, 3, SW_OK, &out), SW_OK);
    expect_data(&out, 3);
    assert_false(io_wants_more(&io, &more));

    assert_int_equal(answer(&four, 600, SW_MORE_DATA, &out), 0x6100);
    expect_data(&out, 4);
    assert_true(io_wants_more(&io, &more));
    assert_false(io_wants_more(&io, &four));
    assert_int_equal(answer_more(&more, &out), 0x6100);
    expect_data(&out, 256);
    assert_int_equal(answer_more(&more, &out), 0x6154);
    more.ne = 0x54;
    assert_int_equal(answer_more(&more, &out), SW_MORE_DATA);
    expect_data(&out, 0x54);
    assert_false(io_wants_more(&io, &more));

    /* no Le: 256 at most */
    assert_int_equal(answer(&plain, 300, SW_OK, &out), 0x612C);
    expect_data(&out, 256);
    /* the next command drops what is kept */
    io_response(&io, &out);
    assert_false(io_wants_more(&io, &more));
}

static void test_answers(void **state)
{
    (void)state;
    check_answers(CARD_APDU_MAX, CARD_APDU_MAX);
    check_answers(CARD_APDU_MAX, 596); /* just what is kept of 600 */
    check_answers(258, CARD_APDU_MAX);
    check_answers(258, 1200);
}

/* ---- T=0 ---- */

static void start_t0(uint32_t size)
{
    memset(&io, 0, sizeof io);
    io_bind(&io, memory, size, true);
    io_reset(&io);
}

static const struct io_command get_16 = {
    .cla = 0x80, .ins = 0xCA, .ne = 16, .has_le = true};
static const struct io_command put = {.cla = 0x80, .ne = 256, .indirect = true};

static struct io_command get_response(uint32_t ne)
{
    return (struct io_command){.ins = 0xC0, .ne = ne, .has_le = true};
}

/* The answer to a command that the card awaits. */
static sw_t go_on(const struct io_command *c, struct buf *out)
{
    out->n = 0;
    assert_int_equal(io_go_on(&io, c, out), IO_ANSWERED);
    return take(out);
}

static void check_t0_answers(size_t cap, uint32_t size)
{
    static uint8_t bytes[CARD_APDU_MAX];
    struct io_command again = get_16, more = get_response(4);
    struct buf out = buf_of(bytes, cap);

    start_t0(size);
    /* as many as expected; none; fewer: the same command again */
    assert_int_equal(answer(&get_16, 16, SW_OK, &out), SW_OK);
    expect_data(&out, 16);
    assert_int_equal(answer(&get_16, 0, SW_CONDITIONS, &out), SW_CONDITIONS);
    assert_int_equal(io_go_on(&io, &more, &out), IO_OTHER);
    assert_int_equal(answer(&get_16, 4, SW_OK, &out), 0x6C04);
    assert_int_equal(out.n, 0);
    again.ne = 4;
    assert_int_equal(io_go_on(&io, &more, &out), IO_OTHER);
    assert_int_equal(go_on(&again, &out), SW_OK);
    expect_data(&out, 4);
    assert_int_equal(io_go_on(&io, &again, &out), IO_OTHER);
    /* more, and after a command with data: GET RESPONSE */
    assert_int_equal(answer(&get_16, 20, SW_MORE_DATA, &out), 0x6104);
    expect_data(&out, 16);
    assert_int_equal(go_on(&more, &out), SW_MORE_DATA);
    expect_data(&out, 4);
    assert_int_equal(answer(&put, 6, SW_OK, &out), 0x6106);
    assert_int_equal(go_on(&more, &out), 0x6102);
    expect_data(&out, 4);
    assert_int_equal(go_on(&more, &out), 0x6C02);
    more = get_response(2);
    more.channel = 1; /* another one is another command */
    assert_int_equal(io_go_on(&io, &more, &out), IO_OTHER);
    more.channel = 0;
    assert_int_equal(go_on(&more, &out), SW_OK);
    expect_data(&out, 2);
    /* the next command drops what is kept */
    assert_int_equal(answer(&put, 6, SW_OK, &out), 0x6106);
    io_response(&io, &out);
    assert_int_equal(io_go_on(&io, &more, &out), IO_OTHER);
}

static void test_t0_answers(void **state)
{
    (void)state;
    check_t0_answers(CARD_APDU_MAX, CARD_APDU_MAX);
    check_t0_answers(258, 300);
    check_t0_answers(40, 300);
}

/* Adds n bytes as an applet's send does; whether it must wait then. */
static bool send(size_t n)
{
    assert_true(io.response.n + n <= io.response.cap);
    memset(io.response.p + io.response.n, 0x5A, n);
    io.response.n += n;
    return io_must_ask(&io);
}

static void test_t0_applet_waits(void **state)
{
    static uint8_t bytes[258];
    struct buf out = buf_of(bytes, sizeof bytes);
    struct io_command all = get_response(10), some = get_response(3);

    (void)state;
    start_t0(300);
    io_response(&io, &out);
    io_announce(&io, &put, 10, false);
    assert_false(send(0));
    assert_true(send(4) && io_can_ask(&io));
    io_ask(&io, &out);
    assert_int_equal(take(&out), 0x610A);
    assert_int_equal(out.n, 0);
    /* less than was sent: the applet waits on; then it goes on */
    assert_int_equal(go_on(&some, &out), 0x6107);
    expect_data(&out, 3);
    assert_int_equal(go_on(&all, &out), 0x6C07);
    all = get_response(7);
    assert_int_equal(io_go_on(&io, &all, &out), IO_GO_ON);
    assert_false(send(2));
    /* it has announced 4 more, and the terminal has asked for them */
    out.n = 0;
    io_answer(&io, &all, SW_CONDITIONS, &out);
    assert_int_equal(take(&out), SW_CONDITIONS);
    assert_int_equal(out.n, 7);
    assert_memory_equal(out.p, "\x5A\x5A\x5A\0\0\0\0", 7);

    /* no chaining: 61 for what is short, too */
    io_response(&io, &out);
    io_announce(&io, &get_16, 10, true);
    assert_true(send(10));
    io_ask(&io, &out);
    assert_int_equal(take(&out), 0x610A);
    assert_int_equal(io.transfer.awaits, IO_GET_RESPONSE);
    /* what could not be held */
    io_response(&io, &out);
    io_announce(&io, &put, 600, false);
    assert_true(send(256) && io_can_ask(&io));
    io.size = 200;
    assert_false(io_can_ask(&io));
}

static sw_t envelope(size_t n, struct span *whole)
{
    static uint8_t segment[255];
    const struct io_command c = {.ins = 0xC2, .data = span_of(segment, n)};

    assert_true(io_is_envelope(&io, &c));
    memcpy(segment, "\x80\xE2\0\0\0\1\2", 7);
    return io_envelope(&io, &c, whole);
}

static void test_envelopes(void **state)
{
    static uint8_t bytes[300];
    const struct buf out = buf_of(bytes, sizeof bytes);
    const struct io_command own = {.cla = 0x80, .ins = 0xC2};
    struct span whole;

    (void)state;
    start_t0(600);
    io_response(&io, &out);
    assert_false(io_is_envelope(&io, &own)); /* proprietary: the applet's */
    /* 7 + 258 bytes, with Le or without */
    assert_int_equal(envelope(255, &whole), SW_OK);
    assert_int_equal(whole.n, 0);
    assert_int_equal(envelope(10, &whole), SW_OK);
    assert_int_equal(whole.n, 265);
    assert_memory_equal(whole.p, "\x80\xE2\0\0\0\1\2", 7);
    assert_int_equal(envelope(255, &whole), SW_OK);
    assert_int_equal(envelope(12, &whole), SW_OK);
    assert_int_equal(whole.n, 267);
    /* ended before it was whole; nothing; more than there is room for */
    assert_int_equal(envelope(100, &whole), SW_OK);
    assert_int_equal(envelope(0, &whole), SW_OK);
    assert_int_equal(whole.n, 100);
    assert_int_equal(envelope(0, &whole), SW_WRONG_LENGTH);
    io.limit = 300;
    assert_int_equal(envelope(255, &whole), SW_OK);
    assert_int_equal(envelope(50, &whole), SW_WRONG_LENGTH);
    assert_int_equal(whole.n, 0);
    /* behind a chain that is open */
    start_t0(600);
    assert_int_equal(gather("80E2800002AABB", true, 0x7F, NULL), SW_OK);
    assert_int_equal(envelope(100, &whole), SW_OK);
    assert_int_equal(envelope(0, &whole), SW_OK);
    assert_ptr_equal(whole.p, memory + IO_HEADER_MAX + 2);
    assert_int_equal(memory[IO_HEADER_MAX], 0xAA);
}

static void test_small_buffers(void **state)
{
    static uint8_t bytes[1024];
    struct io_command more = {.ins = 0xC0, .ne = 256, .has_le = true};
    struct buf out = buf_of(bytes, 12);

    (void)state;
    /* what the caller has room for */
    start(300);
    assert_int_equal(answer(&plain, 30, SW_OK, &out), 0x6114);
    expect_data(&out, 10);
    assert_int_equal(answer_more(&more, &out), 0x610A);
    expect_data(&out, 10);
    /* a rest that cannot be kept is not lost in silence */
    out = buf_of(bytes, sizeof bytes);
    assert_int_equal(answer(&four, 304, SW_OK, &out), 0x6100);
    assert_int_equal(answer(&four, 305, SW_OK, &out), SW_UNKNOWN);
    assert_int_equal(out.n, 0);
    assert_false(io_wants_more(&io, &more));
    /* no memory at all */
    memset(&io, 0, sizeof io);
    io_bind(&io, NULL, 300, false);
    io_reset(&io);
    assert_int_equal(answer(&plain, 256, SW_OK, &out), SW_OK);
    expect_data(&out, 256);
    assert_int_equal(answer(&plain, 257, SW_OK, &out), SW_UNKNOWN);
    assert_int_equal(gather("80CA004200", false, 0xFF, NULL), SW_WRONG_LENGTH);
}

static void test_small_chains(void **state)
{
    static char whole[2048];

    (void)state;
    start(10 + 4);
    assert_int_equal(gather("80E2800002AABB", true, 0x7F, whole), SW_OK);
    assert_int_equal(gather("80E2000002CCDD00", false, 0x7F, whole), SW_OK);
    assert_string_equal(whole, "80E2000004AABBCCDD00");
    assert_int_equal(gather("80E2800002AABB", true, 0x7F, whole), SW_OK);
    assert_int_equal(gather("80E2000003CCDDEE", false, 0x7F, whole),
                     SW_WRONG_P1P2);
    assert_int_equal(gather("80E20000050102030405", false, 0x7F, whole),
                     SW_WRONG_LENGTH);
}

static void test_reset_wipes_what_was_used(void **state)
{
    static uint8_t bytes[300];
    struct buf out = buf_of(bytes, sizeof bytes);

    (void)state;
    memset(memory, 0, sizeof memory);
    start(sizeof memory);
    assert_int_equal(gather("80E2800002AABB", true, 0x7F, NULL), SW_OK);
    assert_true(memory[IO_HEADER_MAX] == 0xAA);
    assert_true(io_interrupt(&io));
    assert_int_equal(answer(&four, 4000, SW_OK, &out), 0x6100);
    memory[sizeof memory - 1] = 0x77; /* never the card's: it stays */
    io_reset(&io);
    for (size_t i = 0; i < sizeof memory - 1; i++)
        assert_int_equal(memory[i], 0);
    assert_int_equal(memory[sizeof memory - 1], 0x77);
}

static void test_a_copy_has_what_was_kept(void **state)
{
    static uint8_t other[300], bytes[300];
    const struct io_command more = {.ins = 0xC0, .ne = 256, .has_le = true};
    struct buf out = buf_of(bytes, sizeof bytes);

    (void)state;
    start(300);
    assert_int_equal(answer(&four, 30, SW_OK, &out), 0x611A);
    struct io copy = io;
    io_bind(&copy, other, sizeof other, false);
    io_copy(&copy, &io);
    io_reset(&io);
    assert_true(io_wants_more(&copy, &more));
    out.n = 0;
    io_answer_more(&copy, &more, &out);
    assert_int_equal(take(&out), SW_OK);
    expect_data(&out, 26);
    /* too little memory for it: nothing is kept */
    start(300);
    assert_int_equal(answer(&four, 30, SW_OK, &out), 0x611A);
    copy = io;
    io_bind(&copy, other, 20, false);
    io_copy(&copy, &io);
    assert_false(io_wants_more(&copy, &more));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_long_extended),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_gather),
        cmocka_unit_test(test_gather_long),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_parse_t0),
        cmocka_unit_test(test_t0_answers),
        cmocka_unit_test(test_t0_applet_waits),
        cmocka_unit_test(test_envelopes),
        cmocka_unit_test(test_small_buffers),
        cmocka_unit_test(test_small_chains),
        cmocka_unit_test(test_reset_wipes_what_was_used),
        cmocka_unit_test(test_a_copy_has_what_was_kept),
    };

    return cmocka_run_group_tests_name("io", tests, NULL, NULL);
}
