#include "tests/tear/content_story.h"

#define ISD "A000000151000000"
#define DELEGATE "A000000151535061"
#define SIGNER "A000000151535051"
#define CIPHER "A000000151535071"
#define OTHER "A000000151535043"
#define LAST "A000000151535044"
#define ITEMS "F0504F5354A3"
#define GUESTS "F0504F5354A2"
#define GUEST "F0504F5354A201"
#define NATIVE "07A000000151535008A000000151535041"
/* 00 01 .. 0F, enciphered with 40 41 .. 4F */
#define SECRET "3D0FA4B855D2A5AA4954B8B5DF582A3A"
#define KEY "8810" SECRET "03C35280"
#define SET "31" KEY KEY KEY
#define POINT                                                                  \
    "B041046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296"   \
    "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5F00100"
/* Its second half is what makes the cipher's second block that of zeros. */
#define SCALAR "B120" SECRET "1899564A9DA8DE833D25C71739EAADCEF00100"
#define MODULUS                                                                \
    "A140C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5"     \
    "C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5C5"
#define SELECT_CARD "00A4040000"
#define SELECT(aid) "00A4040008" aid "00"
#define ISSUER SELECT_CARD " session"
#define AT(aid) SELECT(aid) " own-session"
#define MAKE(aid, privileges)                                                  \
    "plain-80E60C00" NATIVE "08" aid "03" privileges                           \
    "0CC90A810203708201F88701F800"
#define OWN_KEYS "plain-80D80081" SET

const struct story_step content_story[] = {
    {"open under SCP03", SELECT_CARD, "session", "||", NULL, NULL, 0},
    {"open under SCP02", SELECT_CARD, "session-02", "||", NULL, NULL, 0},
    {"an authentication that fails", SELECT_CARD, "6300:wrong-session", "|",
     NULL, NULL, 0},
    {"a C-MAC that is wrong", ISSUER, "6982:raw-84F280020A4F000102030405060708",
     "", NULL, NULL, 0},
    {"PUT KEY: RSA, public", ISSUER, "plain-80D8000140" MODULUS "A00301000100",
     "", "version=40 id=01", NULL, 0},
    {"PUT KEY: EC, public", ISSUER, "plain-80D8000240" POINT "00", "",
     "version=40 id=02", NULL, 0},
    {"PUT KEY: EC, private", ISSUER, "plain-80D8000340" SCALAR "00", "",
     "version=40 id=03", NULL, 0},
    {"PUT KEY: HMAC", ISSUER, "plain-80D80004409010" SECRET "00", "",
     "version=40 id=04", NULL, 0},
    {"PUT KEY: PSK", ISSUER, "plain-80D80005408510" SECRET "00", "",
     "version=40 id=05", NULL, 0},
    {"PUT KEY: extended format", ISSUER, "plain-80D8000640FF" KEY "01180101",
     "", "version=40 id=06", NULL, 0},
    {"PUT KEY: one replaced", ISSUER, "plain-80D84004429010" SECRET "00", "",
     "version=42 id=04", "version=40 id=04", 0},
    {"STORE DATA: a key in groups", ISSUER,
     "plain-"
     "80E2880000B916B9149501388001888101108201018301418403C35280811310" SECRET,
     "", "version=41 id=01", NULL, 0},
    {"DELETE: one key", ISSUER, "plain-80E40000D00104D20142", "", NULL,
     "version=42 id=04", 0},
    {"DELETE: all keys of a version", ISSUER, "plain-80E40000D20140", "", NULL,
     "version=40 id=06", 0},
    {"a key for tokens", ISSUER, "put-7050", "", "version=70 id=01", NULL, 0},
    {"a key for receipts", ISSUER, "put-7170", "", "version=71 id=01", NULL, 0},
    {"INSTALL: a delegate", ISSUER, MAKE(DELEGATE, "A00000"), "",
     "domain aid=" DELEGATE " state=07", NULL, 0},
    {"PUT KEY: personalizes it", SELECT(DELEGATE) " session", OWN_KEYS, "",
     "domain aid=" DELEGATE " state=0F", NULL, 0},
    {"LOAD with a token", AT(DELEGATE), "token=items", "|",
     "package aid=" ITEMS, NULL, 0},
    {"INSTALL with a token", AT(DELEGATE),
     "token-80E60C00" NATIVE "08" OTHER "0380000002C900", "|",
     "domain aid=" OTHER " state=07", NULL, 0},
    {"registry update with a token: implicit selection", AT(DELEGATE),
     "token-80E64000000008" OTHER "0005EF03CF0143", "|", "implicit=43", NULL,
     0},
    {"SET STATUS: a domain locked", ISSUER, "plain-80F04080" OTHER, "",
     "domain aid=" OTHER " state=87", NULL, 0},
    {"SET STATUS: and all above it", ISSUER, "plain-80F06080" DELEGATE, "",
     "domain aid=" DELEGATE " state=8F", NULL, 0},
    {"SET STATUS: all unlocked", ISSUER, "plain-80F06000" DELEGATE, "", NULL,
     "domain aid=" OTHER " state=87", 0},
    {"extradition with a token", AT(DELEGATE),
     "token-80E6100008" ISD "0008" OTHER "0000", "|",
     "aid=" OTHER " state=07 privileges=800000 domain=" ISD, NULL, 0},
    {"DELETE with a token", AT(DELEGATE), "token-80E400004F06" ITEMS, "|", NULL,
     "package aid=" ITEMS, 0},
    {"INSTALL: a domain that wants signatures", ISSUER, MAKE(SIGNER, "C04000"),
     "", "domain aid=" SIGNER, NULL, 0},
    {"PUT KEY: its own keys", SELECT(SIGNER) " session", OWN_KEYS, "",
     "domain aid=" SIGNER " state=0F", NULL, 0},
    {"PUT KEY: what it verifies by", AT(SIGNER), "put-7360", "",
     "version=73 id=01", NULL, 0},
    {"LOAD of what is signed", AT(SIGNER), "signed=items", "",
     "package aid=" ITEMS, NULL, 0},
    {"DELETE: the signed file", AT(SIGNER), "plain-80E400004F06" ITEMS, "",
     NULL, "package aid=" ITEMS, 0},
    {"INSTALL: a domain that wants ciphers", ISSUER, MAKE(CIPHER, "804040"), "",
     "domain aid=" CIPHER, NULL, 0},
    {"PUT KEY: its own", SELECT(CIPHER) " session", OWN_KEYS, "",
     "domain aid=" CIPHER " state=0F", NULL, 0},
    {"PUT KEY: what it deciphers by", AT(CIPHER), "put-7580", "",
     "version=75 id=01", NULL, 0},
    {"LOAD of what is enciphered", AT(CIPHER), "ciphered=items", "",
     "package aid=" ITEMS, NULL, 0},
    {"INSTALL: load, install, make selectable", ISSUER,
     "combined=guest plain-80E60E0306" GUESTS "07" GUEST "07" GUEST
     "010002C90000",
     "", "application aid=" GUEST, NULL, 0},
    {"INSTALL: for install", ISSUER,
     "plain-80E60400" NATIVE "08" LAST "0380000002C90000", "",
     "domain aid=" LAST " state=03", NULL, 0},
    {"INSTALL: for make selectable", ISSUER,
     "plain-80E60800000008" LAST "01000000", "", "domain aid=" LAST " state=07",
     NULL, 0},
    {"registry update: a domain restricted", ISSUER,
     "plain-80E64000000008" OTHER "0005EF03D9010400", "", "restrictions=04",
     NULL, 0},
    {"registry update: the card restricted", ISSUER,
     "plain-80E640000000000005EF03D9011000", "",
     "card state=SECURED restrictions=10", NULL, 0},
    {"STORE DATA: the issuer's name", ISSUER,
     "plain-80E290004F08A000000151000001", "", "aid=A000000151000001", NULL, 0},
    {"DELETE: a domain with keys", ISSUER, "plain-80E400004F08" SIGNER, "",
     NULL, "domain aid=" SIGNER, 0},
};
const size_t content_story_length =
    sizeof content_story / sizeof content_story[0];

struct card_profile content_profile(void)
{
    struct card_profile p = host_profile(true);

    p.tries = 10;
    return p;
}
