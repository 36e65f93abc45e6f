/*
 * What is stored beside keys of a domain for SCP11, and told by GET DATA
 * [Amd F]: the certificates of the domain's own keys (BF21), and for those who
 * certify hosts an identifier (42) and the serial numbers they may have (70).
 *
 * Data objects: certificates and serial numbers under tags of three bytes, 01
 * and 02 and the identifier and version of the key; identifiers under FF33 and
 * FF34 (of authorities for off-card and for on-card entities) as 42, 83 in
 * turns.  None of them outlives its key; what would be empty is not there.
 */
#ifndef DOMAINS_REFERENCES_H
#define DOMAINS_REFERENCES_H

#include "base/tlv.h"
#include "domains/keys.h"

enum {
    TAG_REFERENCE = 0xA6, /* 83: identifier, version; 42; 80 */
    TAG_CERTIFICATES = 0xBF21,
    TAG_SERIALS = 0x70,
    TAG_FIND_KEY = 0x0083,
    TAG_AUTHORITIES = 0xFF33,
    TAG_CARD_AUTHORITIES = 0xFF34,
};

/* Whether the value of an A6 brings an identifier and stands alone. */
bool domain_reference_is_alone(struct span reference);

/*
 * Stores, in the open transaction, what an A6 says or the item behind it.
 * 6A80; 6A88: there is no such key.
 */
sw_t domain_store_reference(struct domain *d, uint16_t domain,
                            struct span reference, const struct tlv *item);

/*
 * GET DATA of BF21 or 0083 with data: the certificates of the key that A6 {83}
 * names, the key whose identifier A6 {42} is; the value alone, or with its tag.
 * 6A80, 6A88.
 */
sw_t domain_get_reference(const struct domain *d, uint16_t domain, uint16_t tag,
                          struct span data, bool value_only,
                          struct buf *response);

/*
 * After keys went, in the open transaction: what hung on them goes, and what is
 * known of a host by them.
 */
NODISCARD enum err domain_sweep_references(struct domain *d, uint16_t domain);

/* Whether each key that a stored object hangs on is there; true for others. */
bool domain_reference_holds(const struct domain *d, uint16_t domain,
                            uint32_t tag, struct span value);

/* Whether a host may have this serial number, by who certifies it. */
bool domain_serial_allowed(const struct domain *d,
                           const struct domain_key *authority,
                           struct span serial);

#endif
