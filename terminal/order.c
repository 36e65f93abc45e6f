#include "terminal/order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/hex.h"

enum { APDU_MIN = 4 };

/* Where the bytes of all commands go. */
struct reader {
    struct term_order *out;
    struct buf memory;
    struct gp_why *why;
};

void term_order_free(struct term_order *order)
{
    free(order->memory);
    *order = (struct term_order){.delay = 0};
}

static int wrong(const struct reader *r, size_t index, const char *what)
{
    gp_why_set(r->why, "the server's Order, ramCommands[%zu]: %s", index, what);
    return GP_ERR_PROTOCOL;
}

static bool is_word(const char *text, const char *schema, const char *example)
{
    return text != NULL &&
           (strcmp(text, schema) == 0 || strcmp(text, example) == 0);
}

/* Four hexadecimal digits. */
static bool take_word(const json_t *value, uint16_t *out)
{
    const char *text = json_string_value(value);
    uint8_t bytes[2];
    struct buf b = buf_of(bytes, sizeof bytes);

    if (text == NULL || hex_decode(text, strlen(text), &b, NULL) != ERR_OK ||
        b.n != 2)
        return false;
    *out = get_u2(bytes);
    return true;
}

static int take_stop_condition(struct reader *r, const json_t *command,
                               size_t index, struct term_group *group)
{
    const json_t *stop = json_object_get(command, "stopOnSW");

    if (stop == NULL)
        return GP_OK;
    group->stops = true;
    if (take_word(json_object_get(stop, "value"), &group->value) &&
        take_word(json_object_get(stop, "mask"), &group->mask))
        return GP_OK;
    return wrong(r, index, "stopOnSW has no value and mask of four digits");
}

static int take_apdu(struct reader *r, const json_t *value, size_t index)
{
    const char *text = json_string_value(value);
    size_t start = r->memory.n;

    if (r->out->command_count == TERM_COMMANDS_MAX)
        return wrong(r, index, "too many commands");
    if (text == NULL ||
        hex_decode(text, json_string_length(value), &r->memory, NULL) != ERR_OK)
        return wrong(r, index, "a command that is not hexadecimal");
    if (r->memory.n - start < APDU_MIN)
        return wrong(r, index, "a command of less than four bytes");
    r->out->commands[r->out->command_count++] =
        span_of(r->memory.p + start, r->memory.n - start);
    return GP_OK;
}

static int take_group(struct reader *r, const json_t *command, size_t index)
{
    const json_t *list = json_object_get(command, "listOfCAPDU");

    if (!json_is_array(list))
        return wrong(r, index, "no listOfCAPDU");
    if (r->out->group_count == TERM_GROUPS_MAX)
        return wrong(r, index, "too many of them");
    struct term_group *group = &r->out->groups[r->out->group_count++];
    *group = (struct term_group){.first = r->out->command_count};
    int result = take_stop_condition(r, command, index, group);
    for (size_t i = 0; i < json_array_size(list) && result == GP_OK; i++)
        result = take_apdu(r, json_array_get(list, i), index);
    group->count = r->out->command_count - group->first;
    return result;
}

static void copy_text(char *out, size_t size, const json_t *value)
{
    const char *text = json_string_value(value);

    snprintf(out, size, "%s", text == NULL ? "" : text);
}

static int take_notice(struct reader *r, const json_t *command)
{
    const json_t *text = json_object_get(command, "deviceAppNotification");

    if (text == NULL)
        text = json_object_get(command, "text");
    copy_text(r->out->notice, sizeof r->out->notice, text);
    return GP_OK;
}

static int take_stop(struct reader *r, const json_t *command)
{
    const json_t *error = json_object_get(command, "error");

    r->out->stop = true;
    r->out->refused = error != NULL;
    copy_text(r->out->error, sizeof r->out->error, error);
    return GP_OK;
}

static int take_command(struct reader *r, const json_t *command, size_t index)
{
    const char *type =
        json_string_value(json_object_get(command, "ramCommandType"));

    if (type == NULL)
        type = json_string_value(json_object_get(command, "type"));
    if (is_word(type, "ramStartCommand", "startCommand"))
        return GP_OK;
    if (is_word(type, "ramStopCommand", "stopCommand"))
        return take_stop(r, command);
    if (is_word(type, "notificationCommand", "notification"))
        return take_notice(r, command);
    if (is_word(type, "seRamCommand", "seRam"))
        return take_group(r, command, index);
    return wrong(r, index, "a type that is not known");
}

static int take_numbers(struct reader *r, const json_t *order)
{
    const json_t *delay = json_object_get(order, "delay");
    const json_t *seq = json_object_get(order, "orderSeq");
    json_int_t ms = json_integer_value(delay);

    if ((delay != NULL && (!json_is_integer(delay) || ms < 0)) ||
        (seq != NULL && !json_is_integer(seq))) {
        gp_why_set(r->why, "the server's Order: delay and orderSeq are "
                           "numbers");
        return GP_ERR_PROTOCOL;
    }
    r->out->delay = ms > TERM_DELAY_MAX ? TERM_DELAY_MAX : (unsigned)ms;
    r->out->has_seq = seq != NULL;
    r->out->seq = json_integer_value(seq);
    return GP_OK;
}

static int take_order(struct reader *r, const json_t *order)
{
    const json_t *list = json_object_get(order, "ramCommands");
    int result = take_numbers(r, order);

    if (result == GP_OK && list != NULL && !json_is_array(list)) {
        gp_why_set(r->why, "the server's Order: ramCommands is a list");
        return GP_ERR_PROTOCOL;
    }
    for (size_t i = 0; i < json_array_size(list) && result == GP_OK; i++)
        result = take_command(r, json_array_get(list, i), i);
    return result;
}

int term_order_read(const char *text, size_t n, struct term_order *out,
                    struct gp_why *why)
{
    size_t room =
        n < 2 * TERM_ORDER_BYTES_MAX ? n / 2 + 1 : TERM_ORDER_BYTES_MAX;

    *out = (struct term_order){.delay = 0};
    json_t *order = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(order)) {
        gp_why_set(why, "the server's Order is not a JSON object");
        json_decref(order);
        return GP_ERR_PROTOCOL;
    }
    out->memory = malloc(room);
    struct reader r = {out, buf_of(out->memory, room), why};
    int result = out->memory == NULL ? GP_ERR_MEMORY : take_order(&r, order);
    json_decref(order);
    if (result != GP_OK)
        term_order_free(out);
    return result;
}
