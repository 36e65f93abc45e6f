/* Keys of DSA and DH: numbers modulo a prime P, with a generator G. */
#ifndef NATIVES_KEYDL_H
#define NATIVES_KEYDL_H

#include "natives/keypair.h"

/* For keypair.c: with the domain that the public key has, or the private. */
keypair_generate native_dl_generate;

#endif
