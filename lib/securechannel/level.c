#include "securechannel/scp.h"

#include "securechannel/protocol.h"

enum {
    COMMANDS = SCP_C_MAC | SCP_C_DECRYPTION,
    RESPONSES = SCP_R_MAC | SCP_R_ENCRYPTION,
};

static bool level_known(enum scp_protocol protocol, uint8_t level)
{
    switch (level) {
    case SCP_AUTHENTICATED:
    case SCP_C_MAC:
    case COMMANDS:
        return true;
    case SCP_R_MAC | SCP_C_MAC:
    case SCP_R_MAC | COMMANDS:
        return protocol != SCP_01;
    case SCP_R_MAC:
        return protocol == SCP_02;
    case RESPONSES | COMMANDS:
        return protocol == SCP_03;
    default:
        return false;
    }
}

bool scp_i_implicit(enum scp_protocol protocol, uint8_t i)
{
    return protocol == SCP_02 && (i & SCP02_I_EXPLICIT) == 0;
}

/*
 * The ICV is zero with explicit initiation [GPCS E.3.2] and the MAC over the
 * AID with implicit one [GPCS E.3.3], in which there is no card challenge.
 */
static bool scp02_i_allowed(uint8_t i)
{
    const uint8_t icv = i & SCP02_I_ICV_MAC_AID;
    if ((i & SCP02_I_RESERVED) != 0)
        return false;
    if (!scp_i_implicit(SCP_02, i))
        return icv == 0;
    return icv != 0 && (i & SCP02_I_PSEUDO_RANDOM) == 0;
}

bool scp_i_allowed(enum scp_protocol protocol, uint8_t i)
{
    if (protocol == SCP_01)
        return i == SCP01_I_PLAIN_ICV || i == SCP01_I_ICV_ENCRYPTION;
    if (protocol == SCP_02)
        return scp02_i_allowed(i);
    if (protocol == SCP_11)
        return (i & (SCP11_I_A | SCP11_I_B | SCP11_I_C)) != 0 &&
               (i & ~(SCP11_I_A | SCP11_I_B | SCP11_I_C | SCP11_I_CHAIN |
                      SCP11_I_S16)) == 0;
    if (protocol != SCP_03)
        return false;
    return (i & ~(SCP03_I_S16 | SCP03_I_PSEUDO_RANDOM | SCP03_I_R_MAC |
                  SCP03_I_R_ENCRYPTION)) == 0 &&
           ((i & SCP03_I_R_ENCRYPTION) == 0 || (i & SCP03_I_R_MAC) != 0);
}

bool scp_level_allowed(enum scp_protocol protocol, uint8_t i, uint8_t level)
{
    if (!level_known(protocol, level))
        return false;
    if (scp_i_implicit(protocol, i))
        return level == SCP_C_MAC;
    /* Cards of i=15 and i=55 do R-MAC as well, whatever the bit says. */
    if (scp_has_des(protocol))
        return true;
    if ((level & SCP_R_MAC) != 0 && (i & SCP03_I_R_MAC) == 0)
        return false;
    return (level & SCP_R_ENCRYPTION) == 0 || (i & SCP03_I_R_ENCRYPTION) != 0;
}

uint8_t scp_level_best(enum scp_protocol protocol, uint8_t i)
{
    if (scp_i_implicit(protocol, i))
        return SCP_C_MAC;
    if (scp_level_allowed(protocol, i, RESPONSES | COMMANDS))
        return RESPONSES | COMMANDS;
    if ((i & SCP03_I_R_MAC) != 0) /* the same bit in both protocols */
        return SCP_R_MAC | COMMANDS;
    return COMMANDS;
}

size_t scp_data_max(enum scp_protocol protocol, uint8_t i, uint8_t level)
{
    bool s16 = protocol == SCP_03 && (i & SCP03_I_S16) != 0;
    size_t block = scp_has_des(protocol) ? 8 : 16;
    size_t room = 255;

    if ((level & SCP_C_MAC) != 0)
        room -= s16 ? 16 : 8;
    if ((level & SCP_C_DECRYPTION) != 0)
        room = room / block * block - 1;
    return room;
}
