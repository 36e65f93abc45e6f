/*
 * Messages of agents as anybody may send them: read, never believed.  A Report
 * that is taken must stay within its own memory.
 */
#include <stdint.h>
#include <stdlib.h>

#include "server/seram.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Every byte of every answer is read, so that one outside would show. */
static void touch(const struct srv_report *report)
{
    volatile uint8_t sum = 0;

    for (unsigned g = 0; g < report->group_count; g++) {
        for (unsigned i = 0; i < report->groups[g].count; i++) {
            const struct srv_response *r = &report->groups[g].responses[i];
            for (size_t k = 0; r->present && k < r->bytes.n; k++)
                sum = (uint8_t)(sum ^ r->bytes.p[k]);
        }
    }
}

static void try_report(const json_t *message)
{
    struct srv_problem p = {.status = 0};
    struct srv_report *report = calloc(1, sizeof *report);

    if (report == NULL)
        return;
    int status = srv_seram_report(message, report, &p);
    if ((status == 0) != (p.status == 0))
        abort(); /* a refusal without a reason */
    if (status == 0)
        touch(report);
    srv_report_free(report);
    free(report);
}

static void try_handshake(const json_t *message)
{
    struct srv_problem p = {.status = 0};
    struct srv_session_row row = {.seq = 0};

    int status = srv_seram_handshake(message, &row, &p);
    if ((status == 0) != (p.status == 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct srv_problem p = {.status = 0};
    json_t *message = srv_json_read((const char *)data, n, &p);

    if (message == NULL)
        return 0;
    try_report(message);
    try_handshake(message);
    json_decref(message);
    return 0;
}
