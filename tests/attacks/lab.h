/*
 * A card with a victim on it, for attacks to be tried on.  Steps of a story:
 *
 *   load NAME            INSTALL [for load] and LOADs of a package of the case
 *   install NAME         INSTALL [for install and make selectable] of its
 *                        applet; of a package without one: nothing
 *   select NAME | AID    SELECT by name on the basic channel
 *   send HEX             a command to what is selected
 *   sweep HEX N          the same N times, P1 and P2 counting from 0000; its
 *                        outcome is that of the last one
 *   manage HEX           a command to the card domain, in a session
 *   delete NAME          DELETE of a package and its instances
 *   begin NAME           INSTALL [for load] of a package; and its LOADs:
 *   head NAME N          block 0 has the tag and length of a data block that
 *                        is N bytes longer than the file
 *   block NAME P1P2 AT N a block with N bytes of the file, 0: all the rest,
 *                        in further blocks where they are many
 *   skip OPCODE [N]      the Nth instruction of this opcode (hexadecimal) that
 *                        the next command comes to in the newest package is
 *                        skipped; left out: the first
 *   replace OPCODE HEX   the first one is another instruction, this one
 *   reset                power off and on
 *   mark                 the content that the card has here is what it must
 *                        have in the end, not that from before the case
 *
 * and their outcomes:
 *
 *   R [SW] WORDS         LOAD ends with 6A80, or SW, and a reason with WORDS
 *   I SW WORDS           INSTALL ends so
 *   X NAME [REASON]      the attacker caught this exception: see NAMES in
 *                        lab.c
 *   H WORDS              the virtual machine halted with a reason of WORDS
 *   A HEX                data that begins with HEX, and 9000
 *   S SW [WORDS]         no more than a status word
 *
 * A refused load or installation ends the story.
 */
#ifndef ATTACKS_LAB_H
#define ATTACKS_LAB_H

#include "tests/apdu/host.h"
#include "tests/attacks/cases.h"

/* A fault that one instruction is to have. */
struct lab_fault {
    struct card_observer observer;
    bool armed;
    uint8_t opcode;
    unsigned left; /* instructions of this opcode before it */
    uint8_t replacement[8];
    bool skips;
    uint8_t package; /* the newest that has run */
};

struct lab {
    struct host host;
    struct lab_fault fault;
    bool on; /* the card verifies on loading; else it tags cells */
    struct attack_file *file;
    sw_t sw;       /* of the last command */
    char *content; /* of the card before a case */
    unsigned caps; /* packages that are there always */
    char *const *cap_paths;
    bool loaded[ATTACK_PACKAGES];
    bool leaked; /* an answer had bytes of the victim's secret */
};

/*
 * A new card with the victim and the packages of these CAP files, each applet
 * of them installed.  Ends the program when that fails.
 */
void lab_open(struct lab *lab, const char *folder, char *const *cap_paths,
              unsigned caps);
void lab_close(struct lab *lab);

/* What the card's content is now, it must be when a case has been played. */
void lab_mark(struct lab *lab);

/* Plays a case; the number of things that went otherwise, told on stderr. */
unsigned lab_play(struct lab *lab, struct attack_file *f,
                  const struct attack_case *c);

/* Sends a command and looks for the secret in its answer. */
void lab_hear(struct lab *lab, const char *hex);

/*
 * The persistent memory as it is, and the card in the state that a power-on of
 * it leads to.  `saved` is the caller's, opened with the same size.
 */
void lab_save(const struct lab *lab, struct faults *saved);
void lab_restore(struct lab *lab, const struct faults *saved);

/*
 * Plays a case with whatever comes of it, until the card says no more: for
 * cards that lose power or run wrong.  lab_compare() says what must hold.
 */
void lab_try(struct lab *lab, struct attack_file *f,
             const struct attack_case *c);

/*
 * Puts back what a story that was cut off may have left otherwise: the victim
 * locked, keys, the server not there or with memory that it made.
 */
void lab_settle(struct lab *lab);

/*
 * Deletes what the case loaded and compares: the victim works and has its
 * secret, the card is consistent and is what it was before the case, its free
 * memory as well.  Returns the number of findings, told on stderr.
 */
unsigned lab_compare(struct lab *lab, struct attack_file *f,
                     const struct attack_case *c);

#endif
