/* Cases for A6, made of the API's tables. */
#ifndef ATTACKS_NATIVES_H
#define ATTACKS_NATIVES_H

#include <stdio.h>

/*
 * Writes a case for each parameter of each native method that is an array: an
 * object is passed for it, and an array of another type.  Ends the program at
 * a class of which it cannot make an object.
 */
void attack_natives(FILE *out);

#endif
