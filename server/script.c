#include "server/contact.h"

#include <string.h>

void srv_script_begin(struct srv_contact *c, struct srv_order *out)
{
    *out = (struct srv_order){.kind = SRV_ORDER_SCRIPT};
    c->sent_count = 0;
    c->script_bytes = 0;
}

void srv_script_group(struct srv_order *out, bool stop)
{
    /* An empty group is taken over: the agent never sees one. */
    if (out->group_count > 0 && out->groups[out->group_count - 1].count == 0)
        out->group_count--;
    if (out->group_count < SRV_GROUPS_MAX)
        out->groups[out->group_count++] =
            (struct srv_group){out->command_count, 0, stop};
}

bool srv_script_has_room(const struct srv_contact *c,
                         const struct srv_order *out)
{
    return out->command_count < SRV_COMMANDS_MAX &&
           c->script_bytes + GP_APDU_SHORT_MAX <= SRV_SCRIPT_BYTES_MAX;
}

static int protect(const struct srv_engine *e, struct srv_contact *c,
                   struct span plain, struct srv_command *out,
                   struct scp_ticket *ticket)
{
    struct buf b = buf_of(out->p, sizeof out->p);

    int result = gp_from_err(
        scp_wrap_command(&c->channel.scp, e->crypto, plain, &b, ticket));
    out->n = (uint16_t)b.n;
    return result;
}

int srv_script_add(const struct srv_engine *e, struct srv_contact *c,
                   struct srv_order *out, const struct srv_sent *sent,
                   struct span plain)
{
    if (!srv_script_has_room(c, out) || plain.n > GP_APDU_SHORT_MAX ||
        out->group_count == 0)
        return GP_ERR_LIMIT;
    struct srv_command *command = &out->commands[out->command_count];
    struct srv_sent *slot = &c->sent[c->sent_count];
    int result = GP_OK;

    *slot = *sent;
    slot->plain.n = (uint16_t)plain.n;
    memcpy(slot->plain.p, plain.p, plain.n);
    if (sent->wrapped)
        result = protect(e, c, plain, command, &slot->ticket);
    else
        *command = slot->plain;
    if (result != GP_OK)
        return result;
    out->command_count++;
    out->groups[out->group_count - 1].count++;
    c->sent_count++;
    c->script_bytes += command->n;
    return GP_OK;
}
