#include "ports/conformance/conformance.h"

#include <string.h>

enum { SENTENCE_MAX = 160, DIGITS_MAX = 10 };

bool conformance_expect(struct conformance *c, bool holds, const char *sentence)
{
    c->result->checks++;
    if (holds)
        return true;
    c->result->findings++;
    c->given->report(c->given->ctx, sentence);
    return false;
}

bool conformance_expect_at(struct conformance *c, bool holds,
                           const char *sentence, uint32_t number)
{
    char text[SENTENCE_MAX + DIGITS_MAX + 1];
    char digits[DIGITS_MAX];
    size_t length = strlen(sentence);
    size_t n = 0;

    if (holds)
        return conformance_expect(c, true, sentence);
    length = length < SENTENCE_MAX ? length : SENTENCE_MAX;
    memcpy(text, sentence, length);
    do
        digits[n++] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    while (n > 0)
        text[length++] = digits[--n];
    text[length] = '\0';
    return conformance_expect(c, false, text);
}

unsigned port_conformance_run(const struct port_conformance *given,
                              struct port_conformance_result *result)
{
    struct conformance c = {given, given->port, result};

    memset(result, 0, sizeof *result);
    if (!conformance_shape(&c))
        return result->findings;
    bool sound = conformance_memory(&c);
    sound = conformance_lent(&c) && sound;
    sound = conformance_crypto(&c) && sound;
    sound = conformance_primitives(&c) && sound;
    if (sound)
        (void)conformance_card(&c);
    return result->findings;
}
