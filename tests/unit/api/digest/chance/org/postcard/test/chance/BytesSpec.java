package org.postcard.test.chance;

import javacardx.security.derivation.KDFAnsiX963Spec;
import javacardx.security.derivation.KDFHmacSpec;
import javacardx.security.derivation.KDFIcaoMrtdSpec;
import javacardx.security.derivation.KDFIeee1363Spec;
import javacardx.security.derivation.TLSKDFExpandLabelSpec;

/** What derivations from bytes ask. */
class BytesSpec implements KDFAnsiX963Spec, KDFHmacSpec, KDFIcaoMrtdSpec,
                           KDFIeee1363Spec, TLSKDFExpandLabelSpec {
    private final byte algorithm;
    private final short length;
    private final short prefix;
    private final byte[] secret;
    private final byte[] first;
    private final byte[] second;

    BytesSpec(byte algorithm, short length, short prefix, byte[] secret,
              byte[] first, byte[] second) {
        this.algorithm = algorithm;
        this.length = length;
        this.prefix = prefix;
        this.secret = secret;
        this.first = first;
        this.second = second;
    }

    public byte getAlgorithm() {
        return algorithm;
    }

    public byte[] getSecret() {
        return secret;
    }

    public byte[] getSharedInfo() {
        return first.length > 0 ? first : null;
    }

    public byte[] getInfo() {
        return first;
    }

    public byte[] getSalt() {
        return second.length > 0 ? second : null;
    }

    public byte[] getCounter() {
        return first;
    }

    public byte[] getParameters() {
        return first;
    }

    public short getLabelPrefix() {
        return prefix;
    }

    public byte[] getLabel() {
        return first;
    }

    public byte[] getContext() {
        return second;
    }

    public short getOutputLength() {
        return length;
    }
}
