package org.postcard.shapes;

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.Shareable;

public class ShapesApplet extends Applet {
    private Movable shape;
    private final Flow flow = new Flow();
    private final Arithmetic arithmetic = new Arithmetic();

    protected ShapesApplet() {
        shape = new Square((short) 1, (short) 2, (short) 3);
    }

    public static void install(byte[] parameters, short offset, byte length) {
        new ShapesApplet().register();
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        short r = 0;
        switch (buffer[1]) {
            case 0:
                shape.move((short) buffer[2], (short) buffer[3]);
                r = shape.area();
                break;
            case 1:
                Circle c = new Circle(buffer[2], buffer[3], (short) 9);
                r = (short) (c.own() + c.local() + c.inner((short) 4).area());
                shape = c;
                break;
            case 2:
                r = flow.exceptions(buffer[2]);
                break;
            case 3:
                r = arithmetic.fields(buffer[2]);
                break;
            default:
                r = (short) (shape.equals(this) ? 1 : 0);
        }
        buffer[0] = (byte) (r >> 8);
        buffer[1] = (byte) r;
        apdu.setOutgoingAndSend((short) 0, (short) 2);
    }

    public Shareable getShareableInterfaceObject(AID client, byte parameter) {
        return shape instanceof Named ? shape : null;
    }
}
