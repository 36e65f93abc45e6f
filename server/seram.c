#include "server/seram.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ct.h"
#include "base/hex.h"

enum { WAIT_DELAY = 0, ELEMENTS_MAX = 16 };

static const char version[] = "2.0.0";
static const char format[] = "application/json";
static const char transport[] = "HTTPS";

void srv_report_free(struct srv_report *report)
{
    free(report->memory);
    report->memory = NULL;
}

/* ---- Handshake ---- */

static int bad(struct srv_problem *p, const char *where, const char *what)
{
    return srv_problem_set(p, 400, "bad_value", where, "%s", what);
}

/* An absent list means the standard's own value. */
static int must_offer(const json_t *message, const char *name,
                      const char *other_name, const char *wanted,
                      struct srv_problem *p)
{
    const json_t *list = json_object_get(message, name);

    if (list == NULL && other_name != NULL) {
        list = json_object_get(message, other_name);
        name = list == NULL ? name : other_name;
    }
    if (list == NULL)
        return 0;
    if (!json_is_array(list))
        return bad(p, name, "a list is expected");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (text != NULL && strcmp(text, wanted) == 0)
            return 0;
    }
    return srv_problem_set(p, 406, "not_acceptable", name,
                           "%s is needed, and not offered", wanted);
}

static bool is_type(const char *type)
{
    static const char *const types[] = {"eSE",   "iSE",    "uicc",
                                        "euicc", "ieuicc", "undefined"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i], type) == 0)
            return true;
    }
    return false;
}

/* The first one is the agent's preference, and the one that is managed. */
static int take_elements(const json_t *message, struct srv_session_row *out,
                         struct srv_problem *p)
{
    char where[48];
    const json_t *list = json_object_get(message, "secureElements");

    if (!json_is_array(list) || json_array_size(list) == 0 ||
        json_array_size(list) > ELEMENTS_MAX)
        return bad(p, "secureElements", "a list of 1 to 16 secure elements");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *e = json_array_get(list, i);
        const char *type = json_string_value(json_object_get(e, "seType"));
        const char *id = json_string_value(json_object_get(e, "seId"));
        snprintf(where, sizeof where, "secureElements[%zu].%s", i,
                 type == NULL || !is_type(type) ? "seType" : "seId");
        if (type == NULL || !is_type(type))
            return bad(p, where, "not one of SERAM's types");
        if (id == NULL || id[0] == '\0' || strlen(id) >= sizeof out->se_id)
            return bad(p, where, "a text of 1 to 159 bytes");
        if (i > 0)
            continue;
        snprintf(out->se_type, sizeof out->se_type, "%s", type);
        snprintf(out->se_id, sizeof out->se_id, "%s", id);
    }
    return 0;
}

/* Our own member: what the agent understands beyond the standard. */
static int take_extensions(const json_t *message, struct srv_session_row *out,
                           struct srv_problem *p)
{
    const json_t *list = json_object_get(message, "extensions");

    out->stops = false;
    if (list == NULL)
        return 0;
    if (!json_is_array(list))
        return bad(p, "extensions", "a list is expected");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (text != NULL && strcmp(text, "stopOnSW") == 0)
            out->stops = true;
    }
    return 0;
}

int srv_seram_handshake(const json_t *message, struct srv_session_row *out,
                        struct srv_problem *p)
{
    if (take_elements(message, out, p) != 0 ||
        take_extensions(message, out, p) != 0 ||
        must_offer(message, "supportedTransportProtocols", NULL, transport,
                   p) != 0 ||
        must_offer(message, "supportedDataFormats", NULL, format, p) != 0)
        return -1;
    return must_offer(message, "supportedVersions", "supportedVersion", version,
                      p);
}

/* The schema's list of required members names one that it does not define. */
json_t *srv_seram_handshake_answer(void)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:[s,s,s]}",
                     "chosenTransportProtocol", transport, "chosenDataFormat",
                     format, "chosenDataProtocol", format, "chosenVersion",
                     version, "extensions", "orderSeq", "stopOnSW",
                     "cardReset");
}

/* ---- Report ---- */

static int take_status(const json_t *message, struct srv_report *out,
                       struct srv_problem *p)
{
    static const struct {
        const char *name;
        enum srv_report_status status;
    } names[] = {
        {"POLLING", SRV_REPORT_POLLING},
        {"PROCESSED", SRV_REPORT_PROCESSED},
        {"UNAVAILABLE_SE", SRV_REPORT_UNAVAILABLE},
        {"UNKNOWN_FAILURE", SRV_REPORT_FAILURE},
        {"UNGRANTED_ACCESS", SRV_REPORT_UNGRANTED},
        {"UNGRANDED_ACCESS", SRV_REPORT_UNGRANTED}, /* in the published text */
    };
    const json_t *status = json_object_get(message, "localAgentStatus");
    const char *name =
        json_string_value(json_object_get(status, "localAgentStatusEnum"));
    const char *error = json_string_value(json_object_get(status, "errorMsg"));
    const json_t *executed = json_object_get(status, "executedSeRamCommands");

    if (executed != NULL &&
        (!json_is_integer(executed) || json_integer_value(executed) < 0))
        return bad(p, "localAgentStatus.executedSeRamCommands",
                   "a number from 0");
    snprintf(out->error, sizeof out->error, "%s", error == NULL ? "" : error);
    for (size_t i = 0; name != NULL && i < sizeof names / sizeof names[0];
         i++) {
        if (strcmp(names[i].name, name) == 0) {
            out->status = names[i].status;
            return 0;
        }
    }
    return bad(p, "localAgentStatus.localAgentStatusEnum",
               "not one of SERAM's states");
}

static int take_own_members(const json_t *message, struct srv_report *out,
                            struct srv_problem *p)
{
    const json_t *seq = json_object_get(message, "orderSeq");
    const json_t *reset = json_object_get(message, "cardReset");

    out->has_seq = seq != NULL;
    if (seq != NULL && (!json_is_integer(seq) || json_integer_value(seq) < 0))
        return bad(p, "orderSeq", "a number from 0");
    out->seq = json_integer_value(seq);
    /* true, or the answer to reset as text */
    if (reset != NULL && !json_is_boolean(reset) && !json_is_string(reset))
        return bad(p, "cardReset", "true, false or the ATR");
    out->card_reset = json_is_true(reset) || json_is_string(reset);
    return 0;
}

static int take_response(const json_t *value, const char *where,
                         struct buf *memory, struct srv_response *out,
                         struct srv_problem *p)
{
    const char *text = json_string_value(value);
    size_t start = memory->n;

    *out = (struct srv_response){.present = false};
    if (text == NULL)
        return bad(p, where, "hexadecimal text is expected");
    if (text[0] == '\0')
        return 0; /* there was no answer */
    if (hex_decode(text, json_string_length(value), memory, NULL) != ERR_OK)
        return bad(p, where, "not hexadecimal");
    size_t n = memory->n - start;
    if (n < 2 || n > SRV_RESPONSE_MAX)
        return bad(p, where, "an answer has 2 to 65538 bytes");
    out->present = true;
    out->bytes = span_of(memory->p + start, n);
    return 0;
}

static int take_group(const json_t *response, size_t index, struct buf *memory,
                      struct srv_report *out, struct srv_problem *p)
{
    char where[80];
    const json_t *list = json_object_get(response, "listOfRAPDU");
    const char *type =
        json_string_value(json_object_get(response, "ramResponseType"));

    snprintf(where, sizeof where, "ramResponses[%zu].ramResponseType", index);
    if (type == NULL || strcmp(type, "seRamResponse") != 0)
        return bad(p, where, "seRamResponse is expected");
    snprintf(where, sizeof where, "ramResponses[%zu].listOfRAPDU", index);
    if (!json_is_array(list) || json_array_size(list) > SRV_COMMANDS_MAX)
        return bad(p, where, "a list of at most 64 texts");
    for (size_t i = 0; i < json_array_size(list); i++) {
        snprintf(where, sizeof where, "ramResponses[%zu].listOfRAPDU[%zu]",
                 index, i);
        if (take_response(json_array_get(list, i), where, memory,
                          &out->groups[index].responses[i], p) != 0)
            return -1;
        out->groups[index].count++;
    }
    return 0;
}

/* Half of the hexadecimal characters of all answers. */
static size_t bytes_of(const json_t *responses)
{
    size_t n = 1;

    for (size_t i = 0; i < json_array_size(responses); i++) {
        const json_t *list =
            json_object_get(json_array_get(responses, i), "listOfRAPDU");
        for (size_t j = 0; j < json_array_size(list); j++)
            n += json_string_length(json_array_get(list, j)) / 2 + 1;
    }
    return n;
}

int srv_seram_report(const json_t *message, struct srv_report *out,
                     struct srv_problem *p)
{
    const json_t *responses = json_object_get(message, "ramResponses");

    *out = (struct srv_report){.status = SRV_REPORT_FAILURE};
    if (take_status(message, out, p) != 0 ||
        take_own_members(message, out, p) != 0)
        return -1;
    if (responses == NULL)
        return 0;
    if (!json_is_array(responses) ||
        json_array_size(responses) > SRV_GROUPS_MAX)
        return bad(p, "ramResponses", "a list of at most 8 responses");
    size_t n = bytes_of(responses);
    out->memory = malloc(n);
    if (out->memory == NULL)
        return srv_problem_set(p, 500, "internal", "", "no memory");
    struct buf memory = buf_of(out->memory, n);
    for (size_t i = 0; i < json_array_size(responses); i++) {
        if (take_group(json_array_get(responses, i), i, &memory, out, p) != 0)
            return -1;
        out->group_count++;
    }
    return 0;
}

/* ---- Order ---- */

static json_t *group_json(const struct srv_order *order,
                          const struct srv_group *group)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < group->count; i++) {
        const struct srv_command *c = &order->commands[group->first + i];
        json_array_append_new(list, srv_json_bytes(span_of(c->p, c->n)));
    }
    json_t *command = json_pack("{s:s, s:o}", "ramCommandType", "seRamCommand",
                                "listOfCAPDU", list);
    /* Go on while (SW & mask) == value. */
    if (group->stop)
        json_object_set_new(
            command, "stopOnSW",
            json_pack("{s:s, s:s}", "value", "9000", "mask", "F000"));
    return command;
}

static void add_command(json_t *commands, const char *type)
{
    json_array_append_new(commands, json_pack("{s:s}", "ramCommandType", type));
}

static json_t *commands_json(const struct srv_order *order)
{
    json_t *commands = json_array();

    if (order->seq == 1)
        add_command(commands, "ramStartCommand");
    for (unsigned i = 0; i < order->group_count; i++) {
        if (order->groups[i].count > 0)
            json_array_append_new(commands,
                                  group_json(order, &order->groups[i]));
    }
    if (order->notice[0] != '\0')
        json_array_append_new(
            commands,
            json_pack("{s:s, s:s}", "ramCommandType", "notificationCommand",
                      "deviceAppNotification", order->notice));
    if (order->kind == SRV_ORDER_STOP) {
        add_command(commands, "ramStopCommand");
        if (order->refused)
            json_object_set_new(
                json_array_get(commands, json_array_size(commands) - 1),
                "error", json_string(order->notice));
    }
    return commands;
}

json_t *srv_seram_order(const struct srv_order *order,
                        const struct srv_session_row *session)
{
    json_t *commands = commands_json(order);
    json_t *message = json_pack("{s:i, s:I}", "delay", WAIT_DELAY, "orderSeq",
                                (json_int_t)order->seq);

    if (order->kind == SRV_ORDER_SCRIPT)
        json_object_set_new(message, "chosenSecureElement",
                            json_pack("{s:s, s:s}", "seType", session->se_type,
                                      "seId", session->se_id));
    if (json_array_size(commands) > 0)
        json_object_set_new(message, "ramCommands", commands);
    else
        json_decref(commands);
    return message;
}
