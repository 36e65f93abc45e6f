#include "tests/attacks/natives.h"

#include <stdlib.h>
#include <string.h>

#include "apidef/api.h"
#include "natives/natives.h"

enum { PARAMETERS_MAX = 16 };

#define BUILDER                                                                \
    "get: StaticMethodref "                                                    \
    "\"javacard/framework/OwnerPINBuilder.buildOwnerPIN(BBB)"                  \
    "Ljavacard/framework/PIN;\""

#define KEY                                                                    \
    "get: StaticMethodref "                                                    \
    "\"javacard/security/KeyBuilder.buildKey(BSZ)"                             \
    "Ljavacard/security/Key;\""

/* An object of a class by its constructor, and that of an heir. */
#define MAKES_AS(class, heir, descriptor, argument)                            \
    {                                                                          \
        class,                                                                 \
            "get: Classref " heir "\n    make: StaticMethodref " heir          \
            ".<init>" descriptor,                                              \
            "new get\n    dup\n    " argument "\n    invokespecial make"       \
    }
#define MAKES(class, descriptor, argument)                                     \
    MAKES_AS(class, class, descriptor, argument)

/* How an object of a class comes onto the stack, and what that needs. */
struct recipe {
    const char *class;
    const char *pool;
    const char *code;
};

#define CIPHER                                                                 \
    "get: StaticMethodref \"javacardx/crypto/Cipher.getInstance(BZ)"           \
    "Ljavacardx/crypto/Cipher;\""

#define BUFFER                                                                 \
    "get: StaticMethodref "                                                    \
    "\"javacardx/framework/nio/ByteBuffer.allocateDirect(I)"                   \
    "Ljavacardx/framework/nio/ByteBuffer;\""

#define PROVIDER                                                               \
    "get: StaticMethodref "                                                    \
    "\"org/globalplatform/securechannel/provider/SecureChannelProvider."       \
    "createNewInstance(S[BSSS)"                                                \
    "Lorg/globalplatform/securechannel/SecureChannelProtocol;\""
/* SCP03, i of 70, by arrays of any kind */
#define PROVIDED                                                               \
    "sconst_5\n    sconst_3\n    newarray byte\n"                              \
    "    dup\n    sconst_0\n    bspush -128\n    bastore\n"                    \
    "    dup\n    sconst_1\n    sconst_1\n    bastore\n"                       \
    "    dup\n    sconst_2\n    bspush 112\n    bastore\n"                     \
    "    sconst_0\n    sconst_3\n    bspush 16\n    invokestatic get"

static const struct recipe recipes[] = {
    {"javacardx/biometry/BioTemplate",
     "get: StaticMethodref \"javacardx/biometry/BioBuilder.buildBioTemplate(BB)"
     "Ljavacardx/biometry/OwnerBioTemplate;\"",
     "bspush 31\n    sconst_3\n    invokestatic get"},
    {"javacardx/biometry/OwnerBioTemplate",
     "get: StaticMethodref \"javacardx/biometry/BioBuilder.buildBioTemplate(BB)"
     "Ljavacardx/biometry/OwnerBioTemplate;\"",
     "bspush 31\n    sconst_3\n    invokestatic get"},
    {"javacardx/biometry1toN/BioMatcher",
     "get: StaticMethodref "
     "\"javacardx/biometry1toN/Bio1toNBuilder.buildBioMatcher(SBB)"
     "Ljavacardx/biometry1toN/OwnerBioMatcher;\"",
     "sconst_1\n    bspush 31\n    sconst_3\n    invokestatic get"},
    {"javacardx/biometry1toN/OwnerBioMatcher",
     "get: StaticMethodref "
     "\"javacardx/biometry1toN/Bio1toNBuilder.buildBioMatcher(SBB)"
     "Ljavacardx/biometry1toN/OwnerBioMatcher;\"",
     "sconst_1\n    bspush 31\n    sconst_3\n    invokestatic get"},
    {"javacardx/biometry1toN/BioTemplateData",
     "get: StaticMethodref "
     "\"javacardx/biometry1toN/Bio1toNBuilder.buildBioTemplateData(B)"
     "Ljavacardx/biometry1toN/OwnerBioTemplateData;\"",
     "bspush 31\n    invokestatic get"},
    {"javacardx/biometry1toN/OwnerBioTemplateData",
     "get: StaticMethodref "
     "\"javacardx/biometry1toN/Bio1toNBuilder.buildBioTemplateData(B)"
     "Ljavacardx/biometry1toN/OwnerBioTemplateData;\"",
     "bspush 31\n    invokestatic get"},
    {"javacard/framework/AID",
     "get: StaticMethodref "
     "\"javacard/framework/JCSystem.getAID()Ljavacard/framework/AID;\"",
     "invokestatic get"},
    {"javacard/framework/APDU",
     "out: VirtualMethodref javacard/framework/APDU setOutgoing()S\n"
     "    out_length: VirtualMethodref javacard/framework/APDU "
     "setOutgoingLength(S)V",
     "aload_1\n    invokevirtual out\n    pop\n    aload_1\n"
     "    bspush 16\n    invokevirtual out_length\n    aload_1"},
    {"javacard/framework/OwnerPIN",
     "get: Classref javacard/framework/OwnerPIN\n"
     "    make: StaticMethodref javacard/framework/OwnerPIN.<init>(BB)V",
     "new get\n    dup\n    sconst_3\n    bspush 8\n    invokespecial make"},
    {"javacard/security/MessageDigest",
     "get: StaticMethodref \"javacard/security/MessageDigest.getInstance(BZ)"
     "Ljavacard/security/MessageDigest;\"",
     "sconst_1\n    sconst_0\n    invokestatic get"},
    {"javacard/security/Signature",
     "get: StaticMethodref \"javacard/security/Signature.getInstance(BZ)"
     "Ljavacard/security/Signature;\"",
     "bspush 33\n    sconst_0\n    invokestatic get"},
    {"javacard/security/SignatureMessageRecovery",
     "get: StaticMethodref \"javacard/security/Signature.getInstance(BZ)"
     "Ljavacard/security/Signature;\"",
     "bspush 30\n    sconst_0\n    invokestatic get"},
    {"javacard/security/KeyPair",
     "get: Classref javacard/security/KeyPair\n"
     "    make: StaticMethodref javacard/security/KeyPair.<init>(BS)V",
     "new get\n    dup\n    sconst_1\n    sspush 512\n    "
     "invokespecial make"},
    {"javacard/security/DSAKey", KEY,
     "bspush 7\n    sspush 512\n    sconst_0\n    invokestatic get"},
    {"javacard/security/DSAPublicKey", KEY,
     "bspush 7\n    sspush 512\n    sconst_0\n    invokestatic get"},
    {"javacard/security/DSAPrivateKey", KEY,
     "bspush 8\n    sspush 512\n    sconst_0\n    invokestatic get"},
    {"javacard/security/DHKey", KEY,
     "bspush 32\n    sspush 512\n    sconst_0\n    invokestatic get"},
    {"javacard/security/DHPublicKey", KEY,
     "bspush 32\n    sspush 512\n    sconst_0\n    invokestatic get"},
    {"javacard/security/DHPrivateKey", KEY,
     "bspush 35\n    sspush 512\n    sconst_0\n    invokestatic get"},
    {"javacard/security/Signature$OneShot",
     "get: StaticMethodref \"javacard/security/Signature$OneShot.open(BBB)"
     "Ljavacard/security/Signature$OneShot;\"",
     "sconst_1\n    sconst_3\n    bspush 7\n    invokestatic get"},
    {"javacard/security/RSAPublicKey", KEY,
     "sconst_4\n    sspush 512\n    sconst_0\n    invokestatic get"},
    {"javacard/security/RSAPrivateKey", KEY,
     "sconst_5\n    sspush 512\n    sconst_0\n    invokestatic get"},
    {"javacard/security/RSAPrivateCrtKey", KEY,
     "bspush 6\n    sspush 512\n    sconst_0\n    invokestatic get"},
    {"javacard/security/ECKey", KEY,
     "bspush 11\n    sspush 256\n    sconst_0\n    invokestatic get"},
    {"javacard/security/XECKey",
     "spec: StaticMethodref "
     "\"javacard/security/NamedParameterSpec.getInstance(S)"
     "Ljavacard/security/NamedParameterSpec;\"\n"
     "    get: StaticMethodref "
     "\"javacard/security/KeyBuilder.buildXECKey("
     "Ljavacard/security/NamedParameterSpec;SZ)Ljavacard/security/Key;\"",
     "sspush 259\n    invokestatic spec\n    sconst_0\n    sconst_0\n"
     "    invokestatic get"},
    {"javacard/security/KeyAgreement",
     "get: StaticMethodref \"javacard/security/KeyAgreement.getInstance(BZ)"
     "Ljavacard/security/KeyAgreement;\"",
     "sconst_3\n    sconst_0\n    invokestatic get"},
    {"javacard/security/ECPublicKey", KEY,
     "bspush 11\n    sspush 256\n    sconst_0\n    invokestatic get"},
    {"javacard/security/ECPrivateKey", KEY,
     "bspush 12\n    sspush 256\n    sconst_0\n    invokestatic get"},
    {"javacard/security/AESKey", KEY,
     "bspush 15\n    sspush 128\n    sconst_0\n    invokestatic get"},
    {"javacard/security/DESKey", KEY,
     "sconst_3\n    sspush 128\n    sconst_0\n    invokestatic get"},
    {"javacard/security/KoreanSEEDKey", KEY,
     "bspush 18\n    sspush 128\n    sconst_0\n    invokestatic get"},
    {"javacard/security/SM4Key", KEY,
     "bspush 43\n    sspush 128\n    sconst_0\n    invokestatic get"},
    {"javacard/security/HMACKey", KEY,
     "bspush 21\n    bspush 64\n    sconst_0\n    invokestatic get"},
    {"javacard/security/GenericSecretKey", KEY,
     "bspush 42\n    bspush 64\n    sconst_0\n    invokestatic get"},
    {"javacardx/crypto/KeyEncryption", KEY,
     "bspush 15\n    sspush 128\n    sconst_0\n    invokestatic get"},
    {"javacardx/crypto/Cipher", CIPHER,
     "bspush 13\n    sconst_0\n    invokestatic get"},
    {"javacardx/crypto/Cipher$OneShot",
     "get: StaticMethodref \"javacardx/crypto/Cipher$OneShot.open(BB)"
     "Ljavacardx/crypto/Cipher$OneShot;\"",
     "sconst_1\n    sconst_1\n    invokestatic get"},
    {"javacardx/crypto/AEADCipher", CIPHER,
     "bspush -13\n    sconst_0\n    invokestatic get"},
    {"javacard/security/InitializedMessageDigest",
     "get: StaticMethodref \"javacard/security/MessageDigest."
     "getInitializedMessageDigestInstance(BZ)"
     "Ljavacard/security/InitializedMessageDigest;\"",
     "sconst_1\n    sconst_0\n    invokestatic get"},
    {"javacard/security/MessageDigest$OneShot",
     "get: StaticMethodref \"javacard/security/MessageDigest$OneShot.open(B)"
     "Ljavacard/security/MessageDigest$OneShot;\"",
     "sconst_1\n    invokestatic get"},
    {"javacard/security/InitializedMessageDigest$OneShot",
     "get: StaticMethodref "
     "\"javacard/security/InitializedMessageDigest$OneShot.open(B)"
     "Ljavacard/security/InitializedMessageDigest$OneShot;\"",
     "sconst_1\n    invokestatic get"},
    {"javacard/security/RandomData$OneShot",
     "get: StaticMethodref \"javacard/security/RandomData$OneShot.open(B)"
     "Ljavacard/security/RandomData$OneShot;\"",
     "sconst_2\n    invokestatic get"},
    {"javacardx/security/derivation/DerivationFunction",
     "get: StaticMethodref "
     "\"javacardx/security/derivation/DerivationFunction.getInstance(SZ)"
     "Ljavacardx/security/derivation/DerivationFunction;\"",
     "sconst_1\n    sconst_0\n    invokestatic get"},
    {"javacardx/security/derivation/DerivationFunction$OneShot",
     "get: StaticMethodref "
     "\"javacardx/security/derivation/DerivationFunction$OneShot.open(B)"
     "Ljavacardx/security/derivation/DerivationFunction$OneShot;\"",
     "sconst_1\n    invokestatic get"},
    {"javacard/security/Checksum",
     "get: StaticMethodref \"javacard/security/Checksum.getInstance(BZ)"
     "Ljavacard/security/Checksum;\"",
     "sconst_2\n    sconst_0\n    invokestatic get"},
    {"javacard/security/RandomData",
     "get: StaticMethodref \"javacard/security/RandomData.getInstance(B)"
     "Ljavacard/security/RandomData;\"",
     "sconst_2\n    invokestatic get"},
    {"org/globalplatform/SecureChannel",
     "get: StaticMethodref \"org/globalplatform/GPSystem.getSecureChannel()"
     "Lorg/globalplatform/SecureChannel;\"",
     "invokestatic get"},
    {"org/globalplatform/SecureChannelx",
     "get: StaticMethodref \"org/globalplatform/GPSystem.getSecureChannel()"
     "Lorg/globalplatform/SecureChannel;\"",
     "invokestatic get"},
    {"org/globalplatform/SecureChannelx2",
     "get: StaticMethodref \"org/globalplatform/GPSystem.getSecureChannel()"
     "Lorg/globalplatform/SecureChannel;\"",
     "invokestatic get"},
    {"org/globalplatform/CVM",
     "get: StaticMethodref \"org/globalplatform/GPSystem.getCVM(B)"
     "Lorg/globalplatform/CVM;\"",
     "bspush 17\n    invokestatic get"},
    {"org/globalplatform/GPRegistryEntry",
     "get: StaticMethodref \"org/globalplatform/GPSystem.getRegistryEntry("
     "Ljavacard/framework/AID;)Lorg/globalplatform/GPRegistryEntry;\"",
     "aconst_null\n    invokestatic get"},
    {"org/globalplatform/contactless/GPCLRegistryEntry",
     "get: StaticMethodref "
     "\"org/globalplatform/contactless/GPCLSystem.getGPCLRegistryEntry("
     "Ljavacard/framework/AID;)"
     "Lorg/globalplatform/contactless/GPCLRegistryEntry;\"",
     "aconst_null\n    invokestatic get"},
    {"visa/openplatform/ProviderSecurityDomain",
     "get: StaticMethodref \"visa/openplatform/OPSystem.getSecurityDomain()"
     "Lvisa/openplatform/ProviderSecurityDomain;\"",
     "invokestatic get"},
    {"org/globalplatform/securechannel/SecureChannelProtocol", PROVIDER,
     PROVIDED},
    {"org/globalplatform/securechannel/SecureChannelKeys", PROVIDER, PROVIDED},
    {"javacard/framework/Applet", "", "aload_0"},
    {"javacardx/framework/time/TimeDuration",
     "get: StaticMethodref \"javacardx/framework/time/TimeDuration."
     "getInstance(B)Ljavacardx/framework/time/TimeDuration;\"",
     "sconst_0\n    invokestatic get"},
    {"javacardx/security/util/MonotonicCounter",
     "get: StaticMethodref \"javacardx/security/util/MonotonicCounter."
     "getInstance(SB)Ljavacardx/security/util/MonotonicCounter;\"",
     "sconst_2\n    sconst_0\n    invokestatic get"},
    {"javacardx/security/cert/CertificateParser",
     "get: StaticMethodref \"javacardx/security/cert/CertificateParser."
     "getInstance(S)Ljavacardx/security/cert/CertificateParser;\"",
     "sconst_1\n    invokestatic get"},
    /* only a certificate makes one, by way of an object that handles it */
    {"javacardx/security/cert/X509Certificate", NULL, NULL},
    {"javacardx/framework/nio/Buffer", BUFFER,
     "iconst_5\n    invokestatic get"},
    {"javacardx/framework/nio/ByteBuffer", BUFFER,
     "iconst_5\n    invokestatic get"},
    {"javacardx/external/MemoryAccess",
     "get: StaticMethodref \"javacardx/external/Memory."
     "getMemoryAccessInstance(B[SS)Ljavacardx/external/MemoryAccess;\"",
     "sconst_2\n    sconst_4\n    newarray short\n    dup\n    sconst_1\n"
     "    bspush 64\n    sastore\n    sconst_0\n    invokestatic get"},
    MAKES("javacardx/framework/math/BigNumber", "(S)V", "sconst_4"),
    MAKES("javacardx/framework/tlv/PrimitiveBERTag", "()V", ""),
    MAKES("javacardx/framework/tlv/ConstructedBERTag", "()V", ""),
    MAKES("javacardx/framework/tlv/PrimitiveBERTLV", "(S)V", "sconst_4"),
    MAKES("javacardx/framework/tlv/ConstructedBERTLV", "(S)V", "sconst_4"),
    MAKES_AS("javacardx/framework/tlv/BERTag",
             "javacardx/framework/tlv/PrimitiveBERTag", "()V", ""),
    MAKES_AS("javacardx/framework/tlv/BERTLV",
             "javacardx/framework/tlv/PrimitiveBERTLV", "(S)V", "sconst_4"),
    {"javacard/framework/PIN", BUILDER,
     "sconst_3\n    bspush 8\n    sconst_2\n    invokestatic get"},
    {"javacard/framework/OwnerPINx", BUILDER,
     "sconst_3\n    bspush 8\n    sconst_2\n    invokestatic get"},
    {"javacard/framework/OwnerPINxWithPredecrement", BUILDER,
     "sconst_3\n    bspush 8\n    sconst_3\n    invokestatic get"},
};

static const struct recipe *recipe_of(const char *class)
{
    for (size_t i = 0; i < sizeof recipes / sizeof recipes[0]; i++) {
        if (strcmp(recipes[i].class, class) == 0)
            return &recipes[i];
    }
    fprintf(stderr, "natives.c: how is a %s made?\n", class);
    exit(2);
}

/* ---- descriptors ---- */

static const char *next_parameter(const char *p)
{
    while (*p == '[')
        p++;
    return *p == 'L' ? strchr(p, ';') + 1 : p + 1;
}

static unsigned parameters(const char *descriptor, const char **out)
{
    unsigned n = 0;

    for (const char *p = descriptor + 1; *p != ')'; p = next_parameter(p))
        out[n++] = p;
    return n;
}

/* What takes a key, takes one of a key's own kind first. */
static bool is_key(const char *parameter)
{
    return strncmp(parameter, "Ljavacard/security/Key;", 23) == 0;
}

static bool takes_key(const struct api_method *m)
{
    const char *all[PARAMETERS_MAX];
    unsigned n = parameters(m->descriptor, all);

    while (n > 0 && !is_key(all[n - 1]))
        n--;
    return n > 0;
}

/* Numbers that are not refused before the reference is looked at: not 1. */
static const struct {
    const char *method;
    unsigned parameter; /* from 0 */
    const char *code;
} numbers[] = {
    {"createNewInstance", 0, "sconst_5"},     /* SCP03 */
    {"setMasterKey", 3, "bspush 15"},         /* a key for AES */
    {"setSpecificParameter", 0, "bspush 11"}, /* what keys differ by */
};

static const char *number_for(const char *method, unsigned parameter)
{
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (strcmp(method, numbers[i].method) == 0 &&
            parameter == numbers[i].parameter)
            return numbers[i].code;
    }
    return "sconst_1";
}

static void put_good(FILE *out, const char *parameter, const char *number)
{
    if (is_key(parameter))
        fputs("    bspush 15\n    sspush 128\n    sconst_0\n"
              "    invokestatic key\n",
              out);
    else if (strncmp(parameter, "[S", 2) == 0)
        fputs("    sconst_4\n    newarray short\n", out);
    else if (strncmp(parameter, "[Z", 2) == 0)
        fputs("    sconst_4\n    newarray boolean\n", out);
    else if (*parameter == '[' ||
             strncmp(parameter, "Ljava/lang/Object;", 18) == 0)
        fputs("    aload_2\n", out);
    else if (*parameter == 'L')
        fputs("    aconst_null\n", out);
    else if (*parameter == 'I')
        fputs("    iconst_1\n", out);
    else
        fprintf(out, "    %s\n", number);
}

static void put_bad(FILE *out, const char *parameter, bool array)
{
    if (!array)
        fputs("    invokestatic new_pair\n    invokestatic as_bytes\n", out);
    else if (strncmp(parameter, "[S", 2) == 0)
        fputs("    getstatic_a bytes\n", out);
    else
        fputs("    sconst_4\n    newarray short\n", out);
}

/* ---- cases ---- */

struct target {
    const struct api_package *package;
    const struct api_class *class;
    const struct api_method *method;
    unsigned token;
    bool is_static;
};

static void put_import(FILE *out, const struct target *t)
{
    fputs("< fw: package 1.0 A0000000620101\n"
          "> fw: package 1.9 A0000000620101\n"
          "< method attack max_stack 8 nargs 3 max_locals 8 {\n"
          "> method attack max_stack 12 nargs 3 max_locals 8 {\n",
          out);
    if (strcmp(t->package->name, "javacard/framework") == 0)
        return;
    fprintf(out, "import\n    api: package %u.%u ", t->package->major,
            t->package->minor);
    for (unsigned i = 0; i < t->package->aid_length; i++)
        fprintf(out, "%02X", t->package->aid[i]);
    fputc('\n', out);
    if (takes_key(t->method) &&
        strcmp(t->package->name, "javacard/security") != 0)
        fputs("    security: package 1.8 A0000000620102\n", out);
    if (strcmp(t->package->name, "org/globalplatform/securechannel") == 0)
        fputs("    provider: package 1.1 A00000015104\n", out);
}

static void put_pool(FILE *out, const struct target *t)
{
    bool makes = (t->method->flags & API_M_CONSTRUCTOR) != 0;
    bool interface = (t->class->flags & API_INTERFACE) != 0;

    fputs("pool\n", out);
    if (takes_key(t->method))
        fputs("    key: StaticMethodref "
              "\"javacard/security/KeyBuilder.buildKey(BSZ)"
              "Ljavacard/security/Key;\"\n",
              out);
    if (!t->is_static)
        fprintf(out, "    %s\n", recipe_of(t->class->name)->pool);
    if (makes || interface)
        fprintf(out, "    named: Classref %s\n", t->class->name);
    if (t->is_static)
        fprintf(out, "    target: StaticMethodref \"%s.%s%s\"\n",
                t->class->name, t->method->name, t->method->descriptor);
    else if (!interface)
        fprintf(out, "    target: VirtualMethodref %s \"%s%s\"\n",
                t->class->name, t->method->name, t->method->descriptor);
}

static void put_call(FILE *out, const struct target *t)
{
    if ((t->method->flags & API_M_CONSTRUCTOR) != 0)
        fputs("    invokespecial target\n", out);
    else if (t->is_static)
        fputs("    invokestatic target\n", out);
    else if ((t->class->flags & API_INTERFACE) != 0)
        fprintf(out, "    invokeinterface %u named %u\n", t->method->args,
                t->token);
    else
        fputs("    invokevirtual target\n", out);
    switch (t->method->result) {
    case 'S':
        fputs("    sreturn\n", out);
        break;
    case 'I':
        fputs("    i2s\n    sreturn\n", out);
        break;
    case 'A':
        fputs("    pop\n", out);
        break;
    default:
        break;
    }
}

/* What refuses before it looks at the reference: another argument's fault. */
static const struct {
    const char *method;
    const char *answer;
} earlier[] = {
    {"install", "S 6A81"},                 /* [JCAPI Applet.install] */
    {"getMemoryAccessInstance", "S 6F00"}, /* an ExternalException */
    {"setSessionKey", "S 6A81"},           /* of no protocol that is there */
    {"getKeyReference", "S 6A81"},
};

static const char *answer_of(const char *method)
{
    for (size_t i = 0; i < sizeof earlier / sizeof *earlier; i++) {
        if (strcmp(method, earlier[i].method) == 0)
            return earlier[i].answer;
    }
    return "X SecurityException";
}

static void put_case(FILE *out, const struct target *t, unsigned which,
                     bool array)
{
    const char *all[PARAMETERS_MAX];
    unsigned n = parameters(t->method->descriptor, all);

    fprintf(out, "= A6 %s.%s%s, parameter %u is %s\n", t->class->name,
            t->method->name, t->method->descriptor, which + 1,
            array ? "an array of another type" : "an object");
    put_import(out, t);
    put_pool(out, t);
    fputs("code\n", out);
    if ((t->method->flags & API_M_CONSTRUCTOR) != 0)
        fputs("    new named\n", out);
    if (!t->is_static)
        fprintf(out, "    %s\n", recipe_of(t->class->name)->code);
    for (unsigned i = 0; i < n; i++) {
        if (i == which)
            put_bad(out, all[i], array);
        else
            put_good(out, all[i], number_for(t->method->name, i));
    }
    put_call(out, t);
    fprintf(out, "both %s\n\n", answer_of(t->method->name));
}

static void put_method(FILE *out, const struct target *t)
{
    const char *all[PARAMETERS_MAX];
    unsigned n = parameters(t->method->descriptor, all);

    for (unsigned i = 0; i < n; i++) {
        if (*all[i] == '[' && !t->is_static &&
            recipe_of(t->class->name)->code == NULL)
            continue;
        if (*all[i] != '[')
            continue;
        put_case(out, t, i, false);
        put_case(out, t, i, true);
    }
}

/* A native that has not been seen: what classes inherit has one number. */
static bool is_new(const struct api_method *m, bool *seen)
{
    bool new = native_table[m->id] != NULL && !seen[m->id];

    seen[m->id] = true;
    return new;
}

void attack_natives(FILE *out)
{
    bool *seen = calloc(api_method_count, sizeof *seen);

    if (seen == NULL)
        abort();
    for (unsigned p = 0; p < api_package_count; p++) {
        for (unsigned c = 0; c < api_packages[p].class_count; c++) {
            const struct api_class *class = &api_packages[p].classes[c];
            struct target t = {.package = &api_packages[p], .class = class};
            for (t.token = 0; t.token < class->static_count; t.token++) {
                t.method = &class->statics[t.token];
                t.is_static = true;
                if (is_new(t.method, seen))
                    put_method(out, &t);
            }
            for (t.token = 0; t.token < class->virtual_count; t.token++) {
                t.method = &class->virtuals[t.token];
                t.is_static = false;
                if (is_new(t.method, seen))
                    put_method(out, &t);
            }
        }
    }
    free(seen);
}
