/*
 * Another life of a card: what GlobalPlatform's commands do to its content.
 * Keys of every type come by PUT KEY and by STORE DATA, are replaced and go;
 * domains load what is signed, enciphered, or allowed by a token; applications
 * and domains are locked, moved, restricted and deleted; authentications
 * succeed and fail.
 *
 * Words besides those of story.h: "session-02": under SCP02; "wrong-session";
 * "raw-HEX": as it is, though a session is open; "plain-HEX": a command to
 * which Lc and Le are added; "put-VVKK": PUT KEY of version VV, an AES key that
 * counts on from KK; "token-HEX": a command without Lc, with its token;
 * "HOW=X": tear-X.cap beside the applet's loaded with a token, signed or
 * enciphered, or as the beginning of the combined process.
 */
#ifndef TEAR_CONTENT_STORY_H
#define TEAR_CONTENT_STORY_H

#include "tests/tear/story.h"

extern const struct story_step content_story[];
extern const size_t content_story_length;

/* These words; for story_more_words.  0: it is another. */
sw_t content_word(struct host *h, const char *word);

/* The card that the story happens to. */
struct card_profile content_profile(void);

#endif
