package org.postcard.targets;

import javacardx.apdu.ExtendedLength;

public class Extended implements ExtendedLength { // since 2.2.2
    short f;
}
