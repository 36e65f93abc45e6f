package javacard.framework;

import java.util.Arrays;

/* One short command and its answer. */
public final class APDU {
    private static final int SIZE = 261;
    private final byte[] buffer = new byte[SIZE];
    private final int length;
    private byte[] answer = new byte[0];
    private int expected;

    APDU(byte[] command) {
        length = command.length > 5 ? command[4] & 0xFF : 0;
        System.arraycopy(command, 0, buffer, 0, 5 + length);
    }

    byte[] answer() {
        return answer;
    }

    public byte[] getBuffer() {
        return buffer;
    }

    public short setIncomingAndReceive() {
        return (short) length;
    }

    public short setOutgoing() {
        return 256;
    }

    public void setOutgoingLength(short n) {
        expected = n;
    }

    public void sendBytesLong(byte[] from, short offset, short n) {
        int at = answer.length;
        answer = Arrays.copyOf(answer, at + n);
        System.arraycopy(from, offset, answer, at, n);
    }

    public void sendBytes(short offset, short n) {
        sendBytesLong(buffer, offset, n);
    }

    public void setOutgoingAndSend(short offset, short n) {
        setOutgoingLength(n);
        sendBytes(offset, n);
    }
}
