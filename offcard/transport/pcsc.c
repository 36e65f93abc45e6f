#include <gp/transport.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <winscard.h>
#include <wintypes.h>

enum { READERS_MAX = 16 };

struct pcsc {
    struct gp_transport base;
    SCARDCONTEXT context;
    SCARDHANDLE card;
    DWORD protocol;
};

/* All readers with their states; names point into `text`. */
struct readers {
    char *text;
    SCARD_READERSTATE states[READERS_MAX];
    DWORD count;
};

static struct pcsc *pcsc_of(struct gp_transport *t)
{
    return (struct pcsc *)(void *)t;
}

static int error_of(LONG rv)
{
    switch (rv) {
    case SCARD_S_SUCCESS:
        return GP_OK;
    case SCARD_E_NO_SERVICE:
    case SCARD_E_SERVICE_STOPPED:
    case SCARD_E_NO_READERS_AVAILABLE:
    case SCARD_E_READER_UNAVAILABLE:
    case SCARD_E_UNKNOWN_READER:
        return GP_ERR_NO_READER;
    case SCARD_E_NO_SMARTCARD:
    case SCARD_W_REMOVED_CARD:
    case SCARD_W_UNPOWERED_CARD:
    case SCARD_W_UNRESPONSIVE_CARD:
        return GP_ERR_NO_CARD;
    case SCARD_E_SHARING_VIOLATION:
        return GP_ERR_IN_USE;
    case SCARD_E_NO_MEMORY:
        return GP_ERR_MEMORY;
    case SCARD_E_INSUFFICIENT_BUFFER:
        return GP_ERR_TOO_LONG;
    default:
        return GP_ERR_IO;
    }
}

static int tell(struct gp_why *why, const char *what, LONG rv)
{
    gp_why_set(why, "%s: %s", what, pcsc_stringify_error(rv));
    return error_of(rv);
}

/* T=0 has no Le beside data; the card's 61xx takes its place. */
static size_t tpdu_length(const struct pcsc *pcsc, struct span command)
{
    bool case4 = command.n > 5 && command.p[4] != 0 &&
                 command.n == (size_t)6 + command.p[4];
    return pcsc->protocol == SCARD_PROTOCOL_T0 && case4 ? command.n - 1
                                                        : command.n;
}

static int transmit(struct gp_transport *t, struct span command,
                    struct buf *response)
{
    struct pcsc *pcsc = pcsc_of(t);
    const SCARD_IO_REQUEST *pci =
        pcsc->protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
    DWORD got = response->cap - response->n;
    LONG rv =
        SCardTransmit(pcsc->card, pci, command.p, tpdu_length(pcsc, command),
                      NULL, response->p + response->n, &got);
    if (rv != SCARD_S_SUCCESS)
        return rv == SCARD_E_INSUFFICIENT_BUFFER ? GP_ERR_TOO_LONG : GP_ERR_IO;
    response->n += got;
    return GP_OK;
}

static int reset(struct gp_transport *t)
{
    struct pcsc *pcsc = pcsc_of(t);
    LONG rv = SCardReconnect(pcsc->card, SCARD_SHARE_SHARED,
                             SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
                             SCARD_RESET_CARD, &pcsc->protocol);
    if (rv == SCARD_S_SUCCESS)
        rv = SCardBeginTransaction(pcsc->card);
    return rv == SCARD_S_SUCCESS ? GP_OK : GP_ERR_IO;
}

static int atr(struct gp_transport *t, struct buf *out)
{
    struct pcsc *pcsc = pcsc_of(t);
    uint8_t bytes[GP_ATR_MAX];
    DWORD n = sizeof bytes;
    LONG rv = SCardStatus(pcsc->card, NULL, NULL, NULL, NULL, bytes, &n);
    if (rv != SCARD_S_SUCCESS)
        return error_of(rv);
    return gp_from_err(buf_put(out, bytes, n));
}

/* The card is reset: whoever comes next finds no open session. */
static void close_pcsc(struct gp_transport *t)
{
    struct pcsc *pcsc = pcsc_of(t);
    if (pcsc->card != 0) {
        SCardEndTransaction(pcsc->card, SCARD_LEAVE_CARD);
        SCardDisconnect(pcsc->card, SCARD_RESET_CARD);
    }
    if (pcsc->context != 0)
        SCardReleaseContext(pcsc->context);
    free(pcsc);
}

static const struct gp_transport_ops ops = {transmit, reset, atr, close_pcsc};

static LONG read_readers(SCARDCONTEXT context, struct readers *out)
{
    DWORD n = 0;
    LONG rv = SCardListReaders(context, NULL, NULL, &n);
    if (rv != SCARD_S_SUCCESS)
        return rv;
    out->text = calloc(1, (size_t)n + 2);
    if (out->text == NULL)
        return SCARD_E_NO_MEMORY;
    rv = SCardListReaders(context, NULL, out->text, &n);
    if (rv != SCARD_S_SUCCESS)
        return rv;

    for (const char *name = out->text;
         *name != '\0' && out->count < READERS_MAX; name += strlen(name) + 1)
        out->states[out->count++] = (SCARD_READERSTATE){
            .szReader = name, .dwCurrentState = SCARD_STATE_UNAWARE};
    if (out->count == 0)
        return SCARD_E_NO_READERS_AVAILABLE;
    return SCardGetStatusChange(context, 0, out->states, out->count);
}

static bool has_card(const SCARD_READERSTATE *state)
{
    return (state->dwEventState & SCARD_STATE_PRESENT) != 0;
}

static bool name_fits(const char *name, const char *wanted)
{
    return wanted == NULL || strstr(name, wanted) != NULL;
}

/* How many readers fit; *name is the last of them. */
static unsigned count_fitting(const struct readers *all, const char *wanted,
                              bool with_card, const char **name)
{
    unsigned count = 0;
    for (DWORD i = 0; i < all->count; i++) {
        const char *each = all->states[i].szReader;
        if (wanted != NULL && strcmp(each, wanted) == 0) {
            *name = each;
            return 1;
        }
        if (name_fits(each, wanted) &&
            (!with_card || has_card(&all->states[i]))) {
            *name = each;
            count++;
        }
    }
    return count;
}

/*
 * The one that is named so; else the only one that contains the name, or the
 * only one of those that holds a card (a virtual reader has two slots).
 */
static int choose(const struct readers *all, const char *wanted,
                  const char **name, struct gp_why *why)
{
    if (wanted != NULL && count_fitting(all, wanted, false, name) == 1)
        return GP_OK;
    unsigned count = count_fitting(all, wanted, true, name);
    if (count == 1)
        return GP_OK;
    if (count > 1) {
        gp_why_set(why, "%u readers %s; say which one", count,
                   wanted != NULL ? "with that name hold cards" : "hold cards");
        return GP_ERR_ARGUMENT;
    }
    if (wanted == NULL || count_fitting(all, wanted, false, name) > 0) {
        gp_why_set(why, "none of %lu readers holds a card",
                   (unsigned long)all->count);
        return GP_ERR_NO_CARD;
    }
    gp_why_set(why, "there is no reader '%s'; the first is '%s'", wanted,
               all->states[0].szReader);
    return GP_ERR_NO_READER;
}

static int connect_card(struct pcsc *pcsc, const char *name, struct gp_why *why)
{
    LONG rv = SCardConnect(pcsc->context, name, SCARD_SHARE_SHARED,
                           SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &pcsc->card,
                           &pcsc->protocol);
    if (rv != SCARD_S_SUCCESS) {
        pcsc->card = 0;
        return tell(why, name, rv);
    }
    /* Nobody may send a command into our session. */
    rv = SCardBeginTransaction(pcsc->card);
    if (rv != SCARD_S_SUCCESS)
        return tell(why, name, rv);
    snprintf(pcsc->base.name, sizeof pcsc->base.name, "%s", name);
    return GP_OK;
}

static int open_reader(struct pcsc *pcsc, const char *reader,
                       struct gp_why *why)
{
    LONG rv =
        SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &pcsc->context);
    if (rv != SCARD_S_SUCCESS) {
        pcsc->context = 0;
        return tell(why, "PC/SC", rv);
    }
    struct readers all = {.count = 0};
    const char *name = NULL;
    rv = read_readers(pcsc->context, &all);
    int result = rv == SCARD_S_SUCCESS ? choose(&all, reader, &name, why)
                                       : tell(why, "PC/SC", rv);
    if (result == GP_OK)
        result = connect_card(pcsc, name, why);
    free(all.text);
    return result;
}

int gp_open_pcsc(const char *reader, struct gp_transport **out,
                 struct gp_why *why)
{
    struct pcsc *pcsc = calloc(1, sizeof *pcsc);
    if (pcsc == NULL)
        return GP_ERR_MEMORY;
    pcsc->base.ops = &ops;
    int result = open_reader(pcsc, reader, why);
    if (result == GP_OK)
        *out = &pcsc->base;
    else
        close_pcsc(&pcsc->base);
    return result;
}

int gp_list_readers(void (*each)(void *ctx, const char *name, bool card),
                    void *ctx, struct gp_why *why)
{
    SCARDCONTEXT context = 0;
    struct readers all = {.count = 0};
    LONG rv = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context);
    if (rv != SCARD_S_SUCCESS)
        return tell(why, "PC/SC", rv);
    rv = read_readers(context, &all);
    for (DWORD i = 0; rv == SCARD_S_SUCCESS && i < all.count; i++)
        each(ctx, all.states[i].szReader, has_card(&all.states[i]));
    free(all.text);
    SCardReleaseContext(context);
    return rv == SCARD_S_SUCCESS ? GP_OK : tell(why, "PC/SC", rv);
}
