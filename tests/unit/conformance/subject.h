/* A port that conforms, for the tests of the port conformance suite. */
#ifndef CONFORMANCE_SUBJECT_H
#define CONFORMANCE_SUBJECT_H

#include "ports/conformance/port_conformance.h"
#include "ports/faults/faults.h"
#include "ports/openssl/crypto_openssl.h"

enum { SUBJECT_NV = 96 * 1024, SUBJECT_FINDINGS = 4096 };

struct subject {
    struct faults faults;
    struct card_port port;
    struct crypto_port crypto;
    struct port_openssl *openssl;
    struct port_conformance conformance;
    struct port_conformance_result result;
    char findings[SUBJECT_FINDINGS]; /* lines */
};

/* Memory that can be cut, and OpenSSL; false when there is no memory. */
bool subject_open(struct subject *s);
void subject_close(struct subject *s);

/* Runs the suite; the findings are in s->findings and counted. */
unsigned subject_run(struct subject *s);

#endif
