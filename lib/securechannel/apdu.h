/* A command APDU in its parts, as secure messaging needs them. */
#ifndef SECURECHANNEL_APDU_H
#define SECURECHANNEL_APDU_H

#include <stdbool.h>

#include "base/span.h"

struct scp_apdu {
    uint8_t head[4]; /* CLA INS P1 P2 */
    struct span data;
    bool extended;
    uint8_t le[2];     /* as encoded, without the leading 00 of case 2 */
    uint8_t le_length; /* 0, 1 or 2 */
};

/* Takes a command of any case apart [ISO 7816-3 12.1].  ERR_FORMAT. */
NODISCARD enum err scp_apdu_parse(struct span command, struct scp_apdu *out);

/* Appends Lc in the command's form; nothing for n = 0.  ERR_FULL, ERR_RANGE. */
NODISCARD enum err scp_apdu_put_lc(const struct scp_apdu *apdu, size_t n,
                                   struct buf *out);

/* Appends Le; `alone` when no Lc went before.  ERR_FULL. */
NODISCARD enum err scp_apdu_put_le(const struct scp_apdu *apdu, bool alone,
                                   struct buf *out);

/* The class byte with secure messaging indicated, channel kept. */
uint8_t scp_cla_protected(uint8_t cla);

/* The class byte without secure messaging, channel kept. */
uint8_t scp_cla_plain(uint8_t cla);

/* The class byte as if on the basic channel, without secure messaging. */
uint8_t scp_cla_bare(uint8_t cla);

/* Whether the class byte indicates secure messaging. */
bool scp_cla_is_protected(uint8_t cla);

#endif
