/*
 * What the native methods of the API ask of the runtime, beyond jcre.h.  Each
 * is called while Java code runs.
 */
#ifndef JCRE_NATIVE_H
#define JCRE_NATIVE_H

#include <stdbool.h>
#include <stdint.h>

#include <card/port.h>

#include "jcre/apdu.h"
#include "jcre/jcre.h"
#include "vm/vm.h"

enum { JCRE_VERSION = 0x0305 /* what JCSystem.getVersion() says */ };

/* The runtime of a machine, its vault and port, and what the domains offer. */
struct jcre *jcre_of(const struct vm *vm);
struct vault *jcre_vault(const struct jcre *j);
const struct card_port *jcre_port(const struct jcre *j);
const struct jcre_services *jcre_services(const struct jcre *j);

/*
 * Applet.register(): `applet` becomes the instance being installed.  aid:
 * NULL for the AID of the Applet component; the one INSTALL named is
 * insisted on.  0, or a reason of SystemException: ILLEGAL_VALUE for a bad
 * length, ILLEGAL_AID when it is another AID, registered already, or not
 * inside an install() of the runtime.  [JCAPI Applet]
 */
uint16_t jcre_register(struct jcre *j, ref_t applet, const struct span *aid);

/* Whether a SELECT is going on, and whether of what it just deselected. */
bool jcre_selecting(const struct jcre *j);
bool jcre_reselecting(const struct jcre *j);

/* The AID object of a registered instance; 0 when there is none. */
ref_t jcre_aid_object(const struct jcre *j, uint16_t instance);

/* Context of the currently selected applet, also in install(); 0: none. */
uint8_t jcre_selected_context(const struct jcre *j);

/* The current channel; whether an instance is active on any [JCAPI JCSystem].
 */
uint8_t jcre_channel(const struct jcre *j);
/* The channel that the command in hand came on [JCAPI APDU.getCLAChannel]. */
uint8_t jcre_origin(const struct jcre *j);
bool jcre_is_active(const struct jcre *j, uint16_t instance);

/* An instance that other applets find; false: it is not there, for now. */
bool jcre_server(const struct jcre *j, uint16_t instance,
                 struct jcre_instance *info);
/* Whether nobody reaches the applications of this package, for now. */
bool jcre_is_away(const struct jcre *j, uint8_t package);

/*
 * Whether an object of this instance may be asked for now: not when it is not
 * multiselectable and active on another channel.  [JCRE 6.2.7.2]
 */
bool jcre_may_share(const struct jcre *j, uint16_t instance);
/* Virtual token of Applet.getShareableInterfaceObject. */
uint8_t jcre_shareable_token(const struct jcre *j);

/* Virtual tokens of OwnerPIN.getValidatedFlag and setValidatedFlag. */
uint8_t jcre_get_flag_token(const struct jcre *j);
uint8_t jcre_set_flag_token(const struct jcre *j);

/* How the card is spoken to. */
enum card_protocol jcre_protocol(const struct jcre *j);

/* The APDU's state; the reference of the APDU object and of its buffer. */
struct jcre_apdu *jcre_apdu(struct jcre *j);
ref_t jcre_apdu_object(void);
ref_t jcre_apdu_buffer(void);
/* Whether a context may have the current APDU object now. [JCAPI APDU] */
bool jcre_may_have_apdu(const struct jcre *j, uint8_t context);

/*
 * An array view for the running applet, or for `context` when it shares one.
 * Views that no frame can hold any more make room.  ERR_MEMORY.
 */
NODISCARD enum err jcre_new_view(struct jcre *j, const struct heap_window *w,
                                 ref_t *out);

/* The Resources object, a permanent entry point. */
ref_t jcre_resources_object(void);

/* ByteOrder.BIG_ENDIAN and LITTLE_ENDIAN, permanent entry points. */
ref_t jcre_byte_order(bool little);

/* The SecureChannel object of GPSystem.getSecureChannel(). */
ref_t jcre_secure_channel_object(void);

/* The ProviderSecurityDomain of OPSystem.getSecurityDomain(). */
ref_t jcre_provider_object(void);

/*
 * Microseconds since power-on, more each time [JCAPI SysTime]: by the clock of
 * the port, or, when it has none, as many as times it was asked.
 */
uint64_t jcre_uptime(struct jcre *j);

/* Object deletion, when the command is over.  [JCAPI JCSystem] */
void jcre_request_deletion(struct jcre *j);

/*
 * What the last sensitive method gave: SensitiveResult compares with it.  It
 * is one for the whole card, whoever runs, and unassigned when an applet's
 * entry point is entered.  [JCAPI SensitiveResult]
 */
enum jcre_result_kind { /* no two of them differ in few bits */
                        JCRE_RESULT_UNASSIGNED = 0x00,
                        JCRE_RESULT_BOOLEAN = 0x5A,
                        JCRE_RESULT_SHORT = 0xA6,
                        JCRE_RESULT_REF = 0xF9,
};

void jcre_keep_result(struct jcre *j, enum jcre_result_kind kind,
                      uint16_t value);
void jcre_forget_result(struct jcre *j);
/*
 * Whether there is one of this kind, and it; false, too, when what is kept
 * contradicts itself.
 */
bool jcre_result(const struct jcre *j, enum jcre_result_kind kind,
                 uint16_t *value);

#endif
