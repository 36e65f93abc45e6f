/*
 * The Java Card runtime environment: applet instances, logical channels, the
 * calls into applets and what surrounds them (contexts, transactions, the
 * APDU object).  It knows nothing of GlobalPlatform; the card domain above
 * decides who may be installed and selected.  [JCRE]
 *
 * An applet instance is numbered 1..2048 for its life (its `owner` number);
 * numbers are not reused while objects carry them.
 */
#ifndef JCRE_JCRE_H
#define JCRE_JCRE_H

#include <stdbool.h>
#include <stdint.h>

#include <card/card.h>
#include <card/config.h>

#include "base/span.h"
#include "base/sw.h"
#include "io/io.h"
#include "vm/vm.h"

struct jcre;
struct jcre_contactless;
struct vault;

enum { JCRE_INSTANCES_MAX = 2048 };

/* What the upgrade of a load file is doing with applets now [Amd H]. */
enum jcre_upgrade_phase {
    JCRE_UPGRADE_NONE,
    JCRE_UPGRADE_SAVING,
    JCRE_UPGRADE_CLEANING,
    JCRE_UPGRADE_RESTORING, /* install() and onRestore() */
    JCRE_UPGRADE_CONSOLIDATING,
};

struct jcre_upgrade {
    enum jcre_upgrade_phase phase;
    uint8_t package;    /* context of the instances that it is of */
    uint16_t version;   /* of the file that is or was replaced: major, minor */
    uint8_t aid_length; /* and its AID */
    uint8_t aid[16];
};

/* What applets may learn of an application or security domain [GPCS A.1]. */
struct jcre_entry {
    uint8_t state;
    uint32_t privileges; /* three bytes as one number */
    uint8_t aid_length;
    uint8_t aid[16];
};

/*
 * What natives need of the domains: declared here, filled by domains.  One
 * constant table serves all cards, so that none carries its pointers.  Every
 * pointer is set; ctx is that of struct jcre_services.
 */
struct jcre_calls {
    /* Card life cycle state byte [GPCS 11.1.1]. */
    uint8_t (*card_state)(void *ctx);
    /* An applet asks: CARD_LOCKED (lock) or TERMINATED; false: refused. */
    bool (*lock_card)(void *ctx, uint16_t instance);
    bool (*terminate_card)(void *ctx, uint16_t instance);
    /* Life cycle state byte of an applet instance, and its own change. */
    uint8_t (*applet_state)(void *ctx, uint16_t instance);
    bool (*set_applet_state)(void *ctx, uint16_t instance, uint8_t state);
    /* The entry of an instance; that of an AID.  False: there is none. */
    bool (*own_entry)(void *ctx, uint16_t instance, struct jcre_entry *e);
    bool (*entry)(void *ctx, struct span aid, struct jcre_entry *e);
    /* Whether an applet may have the entry of this AID. */
    bool (*may_see)(void *ctx, uint16_t instance, struct span aid);
    /* Whether `domain` is what the entry `aid` is associated with. */
    bool (*is_associated)(void *ctx, struct span aid, struct span domain);
    /* An applet changes the state of an entry, its own or another's. */
    bool (*set_entry_state)(void *ctx, uint16_t instance, struct span aid,
                            uint8_t state);
    /*
     * An applet registers a global service as the only one of its name, or
     * no longer [GPCS 8.1.1].  6985: it must not, or its entry is not `aid`.
     */
    sw_t (*register_service)(void *ctx, uint16_t instance, struct span aid,
                             uint16_t name);
    sw_t (*deregister_service)(void *ctx, uint16_t instance, struct span aid,
                               uint16_t name);
    /*
     * The instance that offers a service [GPCS 8.1.2]: whoever registered it
     * when `aid` is empty, else that one.  0: nobody.
     */
    uint16_t (*service)(void *ctx, struct span aid, uint16_t name);
    /* Card production life cycle data, 42 bytes, tag 9F7F; false: none. */
    bool (*production)(void *ctx, struct buf *out);
    /*
     * What GPSystem.getCardInfo() of version 1.7 names.  6A80: no tag; 6A88:
     * it is not on the card.
     */
    sw_t (*card_info)(void *ctx, uint16_t info, struct buf *out);
    /* Historical bytes from the next power-on; false: refused. */
    bool (*set_history)(void *ctx, uint16_t instance, struct span bytes);
    /*
     * Secure channel of the domain associated with the calling applet
     * (org.globalplatform.SecureChannel): see domains for what each does.
     */
    sw_t (*channel_process)(void *ctx, uint16_t instance, struct span command,
                            struct buf *response);
    sw_t (*channel_unwrap)(void *ctx, uint16_t instance, struct buf *command);
    sw_t (*channel_wrap)(void *ctx, uint16_t instance, struct buf *response);
    /* What channel_wrap makes of n data bytes, if there is no error. */
    size_t (*channel_wrapped)(void *ctx, uint16_t instance, size_t n);
    /*
     * Whole blocks of data, of channel_block bytes (0: no session), which go
     * on from where those before them have left `chain`, zero at first.
     */
    sw_t (*channel_cipher)(void *ctx, uint16_t instance, bool encrypt,
                           uint8_t chain[16], uint8_t *data, size_t n);
    uint8_t (*channel_block)(void *ctx, uint16_t instance);
    uint8_t (*channel_level)(void *ctx, uint16_t instance);
    sw_t (*channel_set_level)(void *ctx, uint16_t instance, uint8_t level);
    void (*channel_reset)(void *ctx, uint16_t instance);
    /* The upgrade that runs applets now; false: none does. */
    bool (*upgrade)(void *ctx, struct jcre_upgrade *u);
    /*
     * Whether nobody reaches a package's applications now, as it is being
     * upgraded and none of its steps runs; NULL: all are there.
     */
    bool (*is_away)(void *ctx, uint8_t package);
    /* Kinds of keys that no applet gets: enum card_family; NULL: it gets all.
     */
    uint16_t (*withheld)(void *ctx);
    const struct jcre_contactless *contactless; /* contactless.h */
};

/* The calls and the card that they are for: bound by card.c. */
struct jcre_services {
    void *ctx;
    const struct jcre_calls *calls;
};

/* What jcre_process() returns while the applet waits for the terminal. */
enum { JCRE_WAITS = 0 };

void jcre_bind(struct jcre *j, struct vm *vm, struct heap *heap,
               struct vault *vault, const struct card_port *port,
               const struct jcre_services *services);

/* How the card is spoken to, and through what; after jcre_bind. */
void jcre_set_protocol(struct jcre *j, enum card_protocol protocol,
                       struct io *io);

/* The hooks that card.c hands to vm_bind, once it has put `natives` in. */
struct vm_hooks jcre_vm_hooks(struct jcre *j);

/* A new card: creates the applet table. */
NODISCARD enum err jcre_format(struct jcre *j);

/* After heap_mount and vm_reset: channels closed but 0, nothing selected. */
NODISCARD enum err jcre_reset(struct jcre *j);

/* ---- instances ---- */

struct jcre_instance {
    struct span aid; /* in persistent memory */
    uint8_t package; /* = context */
    ref_t object;    /* the Applet */
    bool multiselectable;
    bool extended_length; /* implements javacardx.apdu.ExtendedLength */
};

bool jcre_instance(const struct jcre *j, uint16_t instance,
                   struct jcre_instance *info);
/* 0 when no instance has exactly this AID. */
uint16_t jcre_find(const struct jcre *j, struct span aid);
/* The lowest instance number above this one, 0 at the end. */
uint16_t jcre_next(const struct jcre *j, uint16_t instance);

/*
 * Calls install() of applet `applet_aid` in `package` with the array of
 * [GPCS A.1]: LV instance AID, LV privileges, LV parameters (the value of C9).
 * The caller has opened an epoch and commits it on SW_OK, aborts it otherwise;
 * then *instance is the new number, its AID `aid`.
 * 6A80, 6A84, 6985, or the reason of the applet's ISOException if it is one of
 * a failure, 6F00 otherwise.
 */
sw_t jcre_install(struct jcre *j, uint8_t package, struct span applet_aid,
                  struct span aid, struct span privileges, struct span params,
                  uint16_t *instance);

/* AppletEvent.uninstall, if it is there; its exceptions are ignored. */
void jcre_uninstall(struct jcre *j, uint16_t instance);

/*
 * Whether these instances can go [JCRE 11.3.4.1]: none is active on a channel
 * and nothing outside them refers to their objects.  SW_OK or 6985.
 */
sw_t jcre_may_delete(const struct jcre *j, const uint16_t *instances,
                     uint8_t count);
/* Whether a package without instances can go [JCRE 11.3.4.2]. */
sw_t jcre_may_delete_package(const struct jcre *j, uint8_t package);

/*
 * Frees everything an instance owns and its entry; each step is atomic and
 * the whole is repeatable after a cut.
 */
NODISCARD enum err jcre_delete(struct jcre *j, uint16_t instance);

/* ---- channels and selection; the current channel is set per command ---- */

void jcre_set_channel(struct jcre *j, uint8_t channel);
/* The instance selected on a channel, 0: none (or a native application). */
uint16_t jcre_selected(const struct jcre *j, uint8_t channel);
/* Whether any instance of this package is active on any channel. */
bool jcre_context_active(const struct jcre *j, uint8_t package);

/*
 * Deselects what is selected on the channel: deselect(), transaction closed,
 * CLEAR_ON_DESELECT memory cleared when the context's last one leaves.
 */
void jcre_deselect(struct jcre *j, uint8_t channel);

/* Whether its context leaves the channel to an instance. [JCRE 4.2] */
bool jcre_may_select(const struct jcre *j, uint8_t channel, uint16_t instance);

/*
 * Selects an instance on a channel where nothing is selected.  SW_OK; 6999
 * when select() refused; 6985 when its context is active on another channel
 * and it or what is selected there is not multiselectable.
 */
sw_t jcre_select(struct jcre *j, uint8_t channel, uint16_t instance);

/*
 * Hands a command to process() of the applet selected on the channel;
 * `selecting`: it is the SELECT that just selected it.  Response data go to
 * `response` without the status word, which is returned; T=0: JCRE_WAITS when
 * the applet goes on only after another exchange, by jcre_resume.
 */
sw_t jcre_process(struct jcre *j, uint8_t channel,
                  const struct io_command *command, bool selecting,
                  struct buf *response);

/*
 * Whether an applet waits inside send*(), and on which channel.  Nothing else
 * may be called then but jcre_resume.
 */
bool jcre_is_waiting(const struct jcre *j, uint8_t *channel);

/*
 * Goes on with an applet that waits: IO_NOTHING, the terminal took what it
 * sent; otherwise what was awaited in vain, and send*() throws
 * NO_T0_GETRESPONSE or NO_T0_REISSUE [JCRE 9.4.1.3].  As jcre_process.
 */
sw_t jcre_resume(struct jcre *j, enum io_awaits refused);

/*
 * Forwards STORE DATA to an applet being personalised [GPCS 7.3.2]: through
 * org.globalplatform.Personalization or Application, the Applet itself or the
 * object its getShareableInterfaceObject gives.  6985 when it has neither.
 */
sw_t jcre_process_data(struct jcre *j, uint16_t instance, struct span data,
                       struct buf *response);

/* Housekeeping between commands: object deletion asked for, retired handles. */
void jcre_between_commands(struct jcre *j);

unsigned jcre_check(const struct jcre *j,
                    void (*report)(void *ctx, const char *line), void *ctx);

#endif
