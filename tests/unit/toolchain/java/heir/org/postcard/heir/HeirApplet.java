package org.postcard.heir;

import javacard.framework.APDU;
import javacard.framework.Applet;
import org.postcard.grown.Base;
import org.postcard.grown.Heir;

/** Made for the first version of the library. */
public class HeirApplet extends Applet {
    private final Mine mine = new Mine();
    private final Heir heir = new Heir();

    public static void install(byte[] data, short at, byte length) {
        new HeirApplet().register();
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        short result = 0;
        switch (buffer[1]) {
            case 1:
                result = mine.mine(buffer, (short) 42);
                break;
            case 2:
                result = Base.ask(mine);
                break;
            case 3:
                result = Base.ask(heir);
                break;
            case 4:
                result = heir.third();
                break;
            case 5:
                result = mine.both();
                break;
            case 6:
                result = Base.asked(mine);
                break;
            default:
        }
        buffer[0] = (byte) (result >> 8);
        buffer[1] = (byte) result;
        apdu.setOutgoingAndSend((short) 0, (short) 2);
    }

    static class Mine extends Base {
        /* Has the number, and other kinds, of what the library adds later. */
        public short mine(byte[] some, short answer) {
            return some.length > 0 ? answer : 0;
        }

        public short first() {
            return 21;
        }

        short both() {
            return (short) (super.first() + second());
        }
    }
}
