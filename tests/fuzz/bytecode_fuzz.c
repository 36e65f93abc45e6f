/*
 * Arbitrary bytes as the code of a method, behind the verifier's back: the
 * machine stops or throws, the heap stays sound, nothing is read or written
 * outside.  The wallet's code is overwritten in a linked package and run, in
 * place and decoded ahead: both ways give the same.
 */
#include <stdlib.h>
#include <string.h>

#include <gp/capfile.h>

#include "ports/openssl/crypto_openssl.h"
#include "ports/posix/memory.h"
#include "root.h"
#include "vm/code.h"

enum { NV = 128 * 1024, SCRATCH = 64 * 1024, CODE = 64 * 1024, BUDGET = 5000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct posix_memory nv;
static struct card_port port;
static struct crypto_port crypto;
static struct port_openssl *openssl;
static struct card *card;
static uint8_t *fresh; /* persistent memory with the wallet linked */
static uint8_t package;
static uint64_t lent[CODE / 8];

/* What is left of a run. */
struct outcome {
    enum vm_result result;
    uint16_t cell;
    uint64_t budget;
    ref_t exception;
    uint8_t nv[NV];
};

static void need(bool ok)
{
    if (!ok)
        abort();
}

/* The wallet as a blob on the card, linked. */
static void link_wallet(void)
{
    static uint8_t room[16 * 1024];
    struct buf block = buf_of(room, sizeof room);
    struct gp_capfile *cap = NULL;
    struct gp_why why;
    char text[128];
    ref_t file = 0;

    need(gp_capfile_open(APPLETS "/wallet.cap", &cap, &why) == 0);
    need(gp_capfile_block(cap, GP_BLOCK_PLAIN, &block) == 0);
    gp_capfile_free(&cap);
    const struct heap_header hd = {.kind = HEAP_BLOB,
                                   .length = (uint32_t)block.n};
    need(heap_epoch_begin(&card->heap) == ERR_OK);
    need(heap_new(&card->heap, &hd, &file) == ERR_OK);
    need(heap_write(&card->heap, file, 0, block.p, hd.length, HEAP_RAW) ==
         ERR_OK);
    need(vm_link(&card->vm, file, port.scratch, port.scratch_size, &package,
                 text, sizeof text) == ERR_OK);
    need(heap_epoch_commit(&card->heap, HEAP_ROOT_COUNT, 0) == ERR_OK);
}

static void start(void)
{
    const struct card_profile profile = {
        .life_cycle = 1,
        .scp03_i = 0x70,
        .key_set_count = 1,
        .key_sets = {{.version = 0x30, .type = 0x88, .length = 16}}};
    nv.bytes = calloc(1, NV);
    nv.size = NV;
    fresh = malloc(NV);
    port.transient_size = CARD_TRANSIENT(NV, CARD_TRANSIENT_SIZE);
    port.transient = malloc(port.transient_size);
    port.scratch = malloc(SCRATCH);
    port.scratch_size = SCRATCH;
    port.crypto = &crypto;
    void *memory = malloc(card_size());
    need(nv.bytes != NULL && fresh != NULL && memory != NULL);
    posix_memory_bind(&nv, &port);
    need(port_openssl_crypto_init(&crypto, &openssl, "fuzz") == 0);
    card = card_init(memory, card_size(), &port);
    need(card_format(card, &profile) == CARD_OK);
    need(card_power_on(card) == CARD_OK);
    link_wallet();
    memcpy(fresh, nv.bytes, NV);
}

static void complain(void *ctx, const char *line)
{
    (void)ctx;
    (void)line;
    abort();
}

/* The n-th method's header and code, counted by the class tables. */
static uint32_t method_at(const struct vm_resident *r, unsigned n)
{
    struct cap_class c;
    struct cap_block block;
    uint32_t found = 0;

    if (cap_block(&r->cap, 0, &block))
        found = block.space;

    for (bool more = cap_class_first(&r->cap, &c); more;
         more = cap_class_next(&r->cap, &c)) {
        for (unsigned i = 0; i < c.public_count; i++) {
            uint32_t offset = 0;
            if (cap_class_table(&r->cap, &c, (uint8_t)(c.public_base + i),
                                &offset))
                found = offset;
            if (n-- == 0)
                return found;
        }
    }
    return found;
}

static void overwrite(const struct vm_resident *r, uint32_t code,
                      const uint8_t *data, size_t n)
{
    size_t room = r->cap.part[CAP_METHOD].n - code;
    uint8_t *place = nv.bytes + (r->cap.part[CAP_METHOD].p + code - nv.bytes);
    memcpy(place, data, n < room ? n : room);
}

static void run(const uint8_t *data, size_t n, bool ahead, struct outcome *out)
{
    struct cap_method m;
    uint16_t args[16] = {0};

    memcpy(nv.bytes, fresh, NV);
    need(card_power_on(card) == CARD_OK);
    vm_code_lend(&card->vm, ahead ? (uint8_t *)lent : NULL, sizeof lent);
    card->vm.hooks.budget = BUDGET;
    const struct vm_resident *r = vm_resident(&card->vm, package);
    need(r != NULL);
    uint32_t offset = method_at(r, data[0] % 8);
    need(cap_method_at(&r->cap, offset, &m));
    overwrite(r, m.code, data + 1, n - 1);
    for (unsigned i = 0; i < 16; i++)
        args[i] = (uint16_t)(data[1] * (i + 1) % 64);
    out->result =
        vm_run_static(&card->vm, (struct vm_method){package, offset}, package,
                      1, args, m.nargs < 16 ? m.nargs : 15, &out->cell);
    out->budget = card->vm.budget;
    out->exception = card->vm.last_exception;
    if (heap_in_transaction(&card->heap))
        need(heap_abort(&card->heap) == ERR_OK);
    (void)heap_check(&card->heap, complain, NULL);
    memcpy(out->nv, nv.bytes, NV);
}

/*
 * Where the machine stops, the block that was begun may have run on to its
 * end, so only a run that ended by itself is compared as a whole.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct outcome plain;
    static struct outcome decoded;

    if (card == NULL)
        start();
    if (n < 2)
        return 0;
    run(data, n, false, &plain);
    run(data, n, true, &decoded);
    need(plain.result == decoded.result);
    if (plain.result == VM_HALTED)
        return 0;
    need(plain.cell == decoded.cell && plain.budget == decoded.budget);
    need(plain.result != VM_THREW || plain.exception == decoded.exception);
    need(memcmp(plain.nv, decoded.nv, NV) == 0);
    return 0;
}
