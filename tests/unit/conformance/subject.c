#include "tests/unit/conformance/subject.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCRATCH = 128 * 1024 };

static void note(void *ctx, const char *sentence)
{
    struct subject *s = ctx;
    size_t n = strlen(s->findings);

    snprintf(s->findings + n, sizeof s->findings - n, "%s\n", sentence);
}

static int reset(void *ctx)
{
    struct subject *s = ctx;

    faults_power_on(&s->faults);
    return 0;
}

static void cut(void *ctx, unsigned long n)
{
    struct subject *s = ctx;

    faults_arm(&s->faults, n, FAULTS_UNSTABLE, false);
}

bool subject_open(struct subject *s)
{
    memset(s, 0, sizeof *s);
    if (!faults_open(&s->faults, SUBJECT_NV, 5) ||
        port_openssl_crypto_init(&s->crypto, &s->openssl, "conformance") != 0)
        return false;
    faults_bind(&s->faults, &s->port);
    s->port.scratch = malloc(SCRATCH);
    s->port.scratch_size = SCRATCH;
    s->port.transient_size = CARD_TRANSIENT(SUBJECT_NV, CARD_TRANSIENT_SIZE);
    s->port.transient = malloc(s->port.transient_size);
    s->port.io = malloc(CARD_APDU_MAX);
    s->port.io_size = CARD_APDU_MAX;
    s->port.crypto = &s->crypto;
    s->conformance = (struct port_conformance){
        .port = &s->port,
        .memory = malloc(card_size()),
        .memory_size = card_size(),
        .ctx = s,
        .report = note,
        .reset = reset,
        .cut = cut,
    };
    return s->port.scratch != NULL && s->port.io != NULL &&
           s->port.transient != NULL && s->conformance.memory != NULL;
}

void subject_close(struct subject *s)
{
    faults_close(&s->faults);
    if (s->openssl != NULL)
        port_openssl_free(&s->openssl);
    free(s->port.scratch);
    free(s->port.io);
    free(s->port.transient);
    free(s->conformance.memory);
    memset(s, 0, sizeof *s);
}

unsigned subject_run(struct subject *s)
{
    s->findings[0] = '\0';
    return port_conformance_run(&s->conformance, &s->result);
}
