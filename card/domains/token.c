#include "domains/token.h"

#include "domains/scheme.h"
#include "domains/text.h"

size_t domain_token_head(uint8_t p1, uint8_t p2, size_t length,
                         uint8_t out[TOKEN_HEAD_MAX])
{
    out[0] = p1;
    out[1] = p2;
    out[2] = (uint8_t)length;
    if (length <= 0xFF)
        return 3;
    out[2] = 0;
    set_u2(out + 3, (uint16_t)length);
    return TOKEN_HEAD_MAX;
}

sw_t domain_verify_token(const struct domain *d,
                         const struct registry_entry *self,
                         const struct domain_token *token)
{
    uint8_t head[TOKEN_HEAD_MAX];
    const size_t n =
        domain_token_head(token->p1, token->p2, token->data.n, head);
    const struct span parts[] = {token->first, span_of(head, n), token->data};
    const struct domain_signed s = {.parts = parts,
                                    .count = sizeof parts / sizeof parts[0],
                                    .signature = token->value,
                                    .has_hash = token->has_hash,
                                    .hash_length = token->hash_length};
    struct registry_entry verifier;

    if (!domain_find_in_charge(d, self, PRIVILEGE_TOKEN, &verifier)) {
        domain_trace(d, "token: no domain above or beside verifies it");
        return SW_CONDITIONS;
    }
    return domain_verify(d, verifier.slot, DOMAIN_FOR_TOKEN, &s);
}
