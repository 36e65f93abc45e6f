/*
 * Telling applets what becomes of contactless applications, when it is the
 * card that acts, and not an applet (natives/activation.c).  What a listener
 * throws is ignored, a transaction that it leaves open aborted, and the others
 * are told all the same.  [Amd C 3.10]
 */
#ifndef JCRE_LISTENER_H
#define JCRE_LISTENER_H

#include "jcre/contactless.h"

/*
 * Whether an applet's package knows of contactless events at all, and it can be
 * called now.
 */
bool jcre_may_listen(const struct jcre *j, uint16_t instance);

/* The class behind an identifier of an interface. */
struct vm_class jcre_cl_class(uint8_t identifier);

/* Tells all that are to know of `event` of the subject. */
void jcre_notify(struct jcre *j, uint16_t subject, uint8_t event);

/*
 * Tells one listener; entry: the entry object of whom the event is of, which
 * the subject itself does not get.
 */
void jcre_notify_one(struct jcre *j, const struct jcre_notice *notice,
                     ref_t entry);

#endif
