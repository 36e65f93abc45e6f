package org.postcard.test.biometry;

import javacardx.biometry1toN.BioTemplateData;

/** Not the card's, so there is nothing in it to compare. */
class Other implements BioTemplateData {
    public byte getBioType() {
        return 31;
    }

    public boolean isInitialized() {
        return true;
    }

    public short getPublicData(short at, byte[] out, short off, short n) {
        return 0;
    }
}
