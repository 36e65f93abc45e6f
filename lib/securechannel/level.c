#include "securechannel/scp.h"

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
    case SCP_R_MAC | SCP_C_MAC:
    case SCP_R_MAC | COMMANDS:
        return true;
    case SCP_R_MAC:
        return protocol == SCP_02;
    case RESPONSES | COMMANDS:
        return protocol == SCP_03;
    default:
        return false;
    }
}

bool scp_level_allowed(enum scp_protocol protocol, uint8_t i, uint8_t level)
{
    if (!level_known(protocol, level))
        return false;
    /* Cards of i=15 and i=55 do R-MAC as well, whatever the bit says. */
    if (protocol == SCP_02)
        return true;
    if ((level & SCP_R_MAC) != 0 && (i & SCP03_I_R_MAC) == 0)
        return false;
    return (level & SCP_R_ENCRYPTION) == 0 || (i & SCP03_I_R_ENCRYPTION) != 0;
}

uint8_t scp_level_best(enum scp_protocol protocol, uint8_t i)
{
    if (scp_level_allowed(protocol, i, RESPONSES | COMMANDS))
        return RESPONSES | COMMANDS;
    if ((i & SCP03_I_R_MAC) != 0) /* the same bit in both protocols */
        return SCP_R_MAC | COMMANDS;
    return COMMANDS;
}

size_t scp_data_max(enum scp_protocol protocol, uint8_t i, uint8_t level)
{
    bool s16 = protocol == SCP_03 && (i & SCP03_I_S16) != 0;
    size_t block = protocol == SCP_02 ? 8 : 16;
    size_t room = 255;

    if ((level & SCP_C_MAC) != 0)
        room -= s16 ? 16 : 8;
    if ((level & SCP_C_DECRYPTION) != 0)
        room = room / block * block - 1;
    return room;
}
