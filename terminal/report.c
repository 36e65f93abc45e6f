#include "terminal/report.h"

#include <stdlib.h>

#include <jansson.h>

#include "base/hex.h"

static json_t *hexadecimal(struct span bytes)
{
    char *text = malloc(2 * bytes.n + 1);

    if (text == NULL)
        return NULL;
    hex_encode(bytes, text);
    json_t *value = json_string(text);
    free(text);
    return value;
}

static json_t *responses(const struct term_report *report)
{
    json_t *all = json_array();
    unsigned next = 0;

    for (unsigned g = 0; g < report->group_count; g++) {
        json_t *list = json_array();
        for (unsigned i = 0; i < report->counts[g]; i++)
            json_array_append_new(list, hexadecimal(report->answers[next++]));
        json_array_append_new(all,
                              json_pack("{s:s, s:o}", "ramResponseType",
                                        "seRamResponse", "listOfRAPDU", list));
    }
    return all;
}

char *term_report_write(const struct term_report *report)
{
    static const char *const names[] = {
        [TERM_POLLING] = "POLLING",
        [TERM_PROCESSED] = "PROCESSED",
        [TERM_UNAVAILABLE] = "UNAVAILABLE_SE",
        [TERM_FAILURE] = "UNKNOWN_FAILURE",
    };
    json_t *status =
        json_pack("{s:s, s:i}", "localAgentStatusEnum", names[report->status],
                  "executedSeRamCommands", (int)report->executed);
    if (report->error[0] != '\0')
        json_object_set_new(status, "errorMsg", json_string(report->error));
    json_t *message = json_pack("{s:o, s:I, s:b}", "localAgentStatus", status,
                                "orderSeq", (json_int_t)report->seq,
                                "cardReset", (int)report->card_reset);
    if (report->group_count > 0)
        json_object_set_new(message, "ramResponses", responses(report));
    char *text = json_dumps(message, JSON_COMPACT);
    json_decref(message);
    return text;
}
