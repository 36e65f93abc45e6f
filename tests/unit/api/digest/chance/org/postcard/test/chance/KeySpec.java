package org.postcard.test.chance;

import javacard.security.SecretKey;
import javacardx.security.derivation.KDFCounterModeSpec;
import javacardx.security.derivation.KDFDoublePipelineIterationModeSpec;
import javacardx.security.derivation.KDFFeedbackModeSpec;
import javacardx.security.derivation.TLSPseudoRandomFunctionSpec;

/** What derivations from a key ask. */
class KeySpec implements KDFCounterModeSpec, KDFFeedbackModeSpec,
                         KDFDoublePipelineIterationModeSpec,
                         TLSPseudoRandomFunctionSpec {
    private final byte algorithm;
    private final short length;
    private final byte counter;
    private final SecretKey secret;
    private final byte[] first;
    private final byte[] second;

    KeySpec(byte algorithm, short length, byte counter, SecretKey secret,
            byte[] first, byte[] second) {
        this.algorithm = algorithm;
        this.length = length;
        this.counter = counter;
        this.secret = secret;
        this.first = first;
        this.second = second;
    }

    public byte getAlgorithm() {
        return algorithm;
    }

    public SecretKey getSecret() {
        return secret;
    }

    public byte[] getInputDataBeforeCounter() {
        return first;
    }

    public byte[] getInputDataAfterCounter() {
        return second;
    }

    public byte[] getInputData() {
        return first;
    }

    public byte[] getIV() {
        return second;
    }

    public byte[] getSeed() {
        return first;
    }

    public short getOutputLength() {
        return length;
    }

    public short getCounterLength() {
        return counter;
    }
}
