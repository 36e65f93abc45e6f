package org.postcard.test.biometry;

import javacard.framework.*;
import javacardx.biometry.*;
import javacardx.biometry1toN.*;

/** Passwords as biometric templates. */
public class Biometry extends Applet {
    private static final byte[] RIGHT = {'r', 'i', 'g', 'h', 't'};
    private static final byte[] WRONG = {'w', 'r', 'o', 'n', 'g'};
    private static final byte[] LONG = {'l', 'o', 'n', 'g', 'e', 'r', '!'};

    private final OwnerBioTemplate template =
            BioBuilder.buildBioTemplate(BioBuilder.PASSWORD, (byte) 3);
    private final OwnerBioMatcher matcher = Bio1toNBuilder.buildBioMatcher(
            (short) 3, Bio1toNBuilder.PASSWORD, (byte) 2);
    private final OwnerBioTemplateData first =
            Bio1toNBuilder.buildBioTemplateData(Bio1toNBuilder.PASSWORD);
    private final OwnerBioTemplateData second = Bio1toNBuilder
            .buildBioTemplateData(Bio1toNBuilder.PASSWORD, null);

    public static void install(byte[] b, short at, byte n) {
        new Biometry().register();
    }

    static void expect(boolean is, short number) {
        if (!is)
            ISOException.throwIt((short) (0x6500 + number));
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        if (selectingApplet())
            return;
        switch (buffer[ISO7816.OFFSET_INS]) {
        case 1: builders(); break;
        case 2: enrolment(); break;
        case 3: matching(); break;
        case 4: many(); break;
        case 5: refusals(buffer[ISO7816.OFFSET_P1]); break;
        case 6: present(template, WRONG); break;
        case 7: state(apdu); break;
        case 8: template.init(RIGHT, (short) 0, (short) 3); break;
        case 9: template.update(RIGHT, (short) 3, (short) 2);
                template.doFinal(); break;
        default: ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    private byte built(byte which) {
        byte[] rid = {1, 2, 3, 4, 5};
        try {
            switch (which) {
            case 1: BioBuilder.buildBioTemplate((byte) 31, (byte) 0); break;
            case 2: BioBuilder.buildBioTemplate(BioBuilder.FINGERPRINT,
                    (byte) 1); break;
            case 3: BioBuilder.buildBioTemplate((byte) 31, (byte) 1, rid,
                    (byte) 0); break;
            case 4: BioBuilder.buildBioTemplate((byte) 31, (byte) 1, null,
                    (byte) 0); break;
            case 5: Bio1toNBuilder.buildBioMatcher((short) 0, (byte) 31,
                    (byte) 1); break;
            case 6: Bio1toNBuilder.buildBioMatcher((short) 1, (byte) 31,
                    (byte) 0, null, (byte) 0); break;
            case 7: Bio1toNBuilder.buildBioMatcher((short) 1, (byte) 3,
                    (byte) 1); break;
            case 8: Bio1toNBuilder.buildBioMatcher((short) 999, (byte) 31,
                    (byte) 1); break;
            case 9: Bio1toNBuilder.buildBioTemplateData((byte) 4); break;
            case 10: Bio1toNBuilder.buildBioTemplateData((byte) 31, rid); break;
            default: return -1;
            }
        } catch (BioException e) {
            return (byte) e.getReason();
        } catch (Bio1toNException e) {
            return (byte) (0x10 + e.getReason());
        }
        return 0;
    }

    private static final byte[] BUILT =
            {-1, 1, 3, 3, 0, 0x11, 0x11, 0x13, 0x16, 0x13, 0x13};

    // API: javacardx.biometry.BioBuilder.buildBioTemplate
    // API: javacardx.biometry1toN.Bio1toNBuilder.buildBioMatcher
    // API: javacardx.biometry1toN.Bio1toNBuilder.buildBioTemplateData
    private void builders() {
        for (byte i = 1; i < BUILT.length; i++)
            expect(built(i) == BUILT[i], i);
    }

    private static short present(BioTemplate t, byte[] value) {
        return t.initMatch(value, (short) 0, (short) value.length);
    }

    // API: javacardx.biometry.OwnerBioTemplate.init
    // API: javacardx.biometry.OwnerBioTemplate.update
    // API: javacardx.biometry.OwnerBioTemplate.doFinal
    // API: javacardx.biometry.OwnerBioTemplate.clear
    // API: javacardx.biometry.BioTemplate.isInitialized
    // API: javacardx.biometry.BioTemplate.getBioType
    // API: javacardx.biometry.BioTemplate.getVersion
    // API: javacardx.biometry.BioTemplate.getPublicTemplateData
    private void enrolment() {
        byte[] out = new byte[6];
        template.clear();
        expect(!template.isInitialized() && template.getBioType()
                == BioBuilder.PASSWORD, (short) 1);
        template.init(RIGHT, (short) 0, (short) 2);
        template.update(RIGHT, (short) 2, (short) 3);
        expect(!template.isInitialized(), (short) 2);
        template.doFinal();
        expect(template.isInitialized() && template.getTriesRemaining() == 3
                && !template.isValidated(), (short) 3);
        expect(template.getVersion(out, (short) 1) == 3 && out[0] == 0
                && out[1] == 'P' && out[4] == 0, (short) 4);
        expect(template.getPublicTemplateData((short) 0, out, (short) 0,
                (short) 6) == 4 && out[0] == 'P' && out[3] == 127, (short) 5);
        expect(template.getPublicTemplateData((short) 3, out, (short) 0,
                (short) 3) == 1 && out[0] == 127, (short) 6);
        expect(template.getPublicTemplateData((short) 4, out, (short) 0,
                (short) 6) == 0, (short) 7);
        JCSystem.beginTransaction();
        template.init(WRONG, (short) 0, (short) 5);
        template.doFinal();
        JCSystem.abortTransaction();
        expect(present(template, RIGHT) == BioTemplate
                .MINIMUM_SUCCESSFUL_MATCH_SCORE, (short) 8);
    }

    // API: javacardx.biometry.BioTemplate.initMatch
    // API: javacardx.biometry.BioTemplate.match
    // API: javacardx.biometry.BioTemplate.isValidated
    // API: javacardx.biometry.BioTemplate.getTriesRemaining
    // API: javacardx.biometry.BioTemplate.reset
    // API: javacardx.biometry.OwnerBioTemplate.resetUnblockAndSetTryLimit
    private void matching() {
        template.resetUnblockAndSetTryLimit((byte) 3);
        expect(present(template, WRONG) == 0 && template.getTriesRemaining()
                == 2, (short) 1);
        expect(present(template, RIGHT) == 16384 && template.isValidated()
                && template.getTriesRemaining() == 3, (short) 2);
        template.reset();
        expect(!template.isValidated(), (short) 3);
        // in parts: the first says nothing of right or wrong
        expect(template.initMatch(WRONG, (short) 0, (short) 2) == -1
                && template.match(RIGHT, (short) 2, (short) 3) == 0, (short) 4);
        expect(template.initMatch(RIGHT, (short) 0, (short) 2) == -1
                && template.getTriesRemaining() == 1
                && template.match(RIGHT, (short) 2, (short) 1) == -1
                && template.match(RIGHT, (short) 3, (short) 2) == 16384
                && template.getTriesRemaining() == 3, (short) 5);
        expect(present(template, LONG) == 0, (short) 6);
        // an abort gives no try back
        JCSystem.beginTransaction();
        present(template, WRONG);
        JCSystem.abortTransaction();
        expect(template.getTriesRemaining() == 1, (short) 7);
        // nor does an array that is not there
        try {
            template.initMatch(RIGHT, (short) 1, (short) 5);
            expect(false, (short) 8);
        } catch (ArrayIndexOutOfBoundsException e) {
            expect(template.getTriesRemaining() == 0, (short) 9);
        }
        expect(present(template, RIGHT) == 0 && !template.isValidated(),
                (short) 10);
        template.resetUnblockAndSetTryLimit((byte) 4);
        expect(template.getTriesRemaining() == 4
                && present(template, RIGHT) == 16384, (short) 11);
        template.init(LONG, (short) 0, (short) 7);
        expect(!template.isValidated() && !template.isInitialized(),
                (short) 12);
        template.doFinal();
        expect(present(template, LONG) == 16384, (short) 13);
        template.init(RIGHT, (short) 0, (short) 5);
        template.doFinal();
    }

    private static short present(BioMatcher m, byte[] value) {
        return m.initMatch(value, (short) 0, (short) value.length);
    }

    private static void enrol(OwnerBioTemplateData data, byte[] value) {
        data.init(value, (short) 0, (short) 1);
        data.update(value, (short) 1, (short) (value.length - 1));
        data.doFinal();
    }

    // API: javacardx.biometry1toN.OwnerBioTemplateData.init
    // API: javacardx.biometry1toN.OwnerBioTemplateData.update
    // API: javacardx.biometry1toN.OwnerBioTemplateData.doFinal
    // API: javacardx.biometry1toN.OwnerBioTemplateData.clear
    // API: javacardx.biometry1toN.BioTemplateData.isInitialized
    // API: javacardx.biometry1toN.BioTemplateData.getBioType
    // API: javacardx.biometry1toN.BioTemplateData.getPublicData
    // API: javacardx.biometry1toN.BioMatcher.isInitialized
    // API: javacardx.biometry1toN.BioMatcher.isValidated
    // API: javacardx.biometry1toN.BioMatcher.reset
    // API: javacardx.biometry1toN.BioMatcher.getTriesRemaining
    // API: javacardx.biometry1toN.BioMatcher.getBioType
    // API: javacardx.biometry1toN.BioMatcher.getVersion
    // API: javacardx.biometry1toN.BioMatcher.initMatch
    // API: javacardx.biometry1toN.BioMatcher.match
    // API: javacardx.biometry1toN.BioMatcher.getMaxNbOfBioTemplateData
    // API: javacardx.biometry1toN.BioMatcher.getIndexOfLastMatchingBioTemplateData
    // API: javacardx.biometry1toN.BioMatcher.getBioTemplateData
    // API: javacardx.biometry1toN.OwnerBioMatcher.putBioTemplateData
    // API: javacardx.biometry1toN.OwnerBioMatcher.resetUnblockAndSetTryLimit
    // API: javacardx.biometry1toN.OwnerBioMatcher.getBioTemplateData
    private void many() {
        byte[] out = new byte[4];
        BioMatcher m = matcher;
        expect(!m.isInitialized() && m.getMaxNbOfBioTemplateData() == 3
                && m.getBioType() == 31, (short) 1);
        enrol(first, LONG);
        enrol(second, RIGHT);
        expect(first.isInitialized() && first.getBioType() == 31
                && first.getPublicData((short) 0, out, (short) 0, (short) 4)
                == 4 && out[0] == 'P', (short) 2);
        matcher.putBioTemplateData((short) 0, first);
        matcher.putBioTemplateData((short) 2, second);
        expect(m.isInitialized() && m.getBioTemplateData((short) 0) == first
                && matcher.getBioTemplateData((short) 2) == second
                && m.getBioTemplateData((short) 1) == null
                && m.getBioTemplateData((short) 3) == null, (short) 3);
        expect(present(m, RIGHT) == 16384 && m.isValidated()
                && m.getIndexOfLastMatchingBioTemplateData() == 2, (short) 4);
        // as long as there is a longer one, more may come
        expect(present(m, WRONG) == -1 && !m.isValidated()
                && m.getTriesRemaining() == 1
                && m.match(LONG, (short) 5, (short) 2) == 0, (short) 5);
        expect(m.initMatch(LONG, (short) 0, (short) 3) == -1
                && m.match(LONG, (short) 3, (short) 4) == 16384
                && m.getIndexOfLastMatchingBioTemplateData() == 0
                && m.getTriesRemaining() == 2, (short) 6);
        m.reset();
        expect(!m.isValidated() && m.getVersion(out, (short) 0) == 3, (short) 7);
        matcher.putBioTemplateData((short) 0, null);
        expect(present(m, WRONG) == 0 && present(m, LONG) == 0
                && m.getTriesRemaining() == 0 && present(m, RIGHT) == 0,
                (short) 8);
        matcher.resetUnblockAndSetTryLimit((byte) 5);
        expect(m.getTriesRemaining() == 5 && present(m, RIGHT) == 16384,
                (short) 9);
        second.clear();
        expect(!m.isInitialized() && !second.isInitialized(), (short) 10);
    }

    private void refuse(byte which) {
        byte[] big = JCSystem.makeTransientByteArray((short) 128,
                JCSystem.CLEAR_ON_RESET);
        switch (which) {
        case 1: template.init(big, (short) 0, (short) 128); break;
        case 2: template.update(RIGHT, (short) 0, (short) 1); break;
        case 3: template.doFinal(); break;
        case 4: template.match(RIGHT, (short) 0, (short) 1); break;
        case 5: template.resetUnblockAndSetTryLimit((byte) 0); break;
        case 6: template.init(RIGHT, (short) 0, (short) 0);
                template.doFinal(); break;
        case 7: template.clear();
                present(template, RIGHT); break;
        case 8: template.getTriesRemaining(); break;
        case 9: template.match(RIGHT, (short) 0, (short) 1); break;
        case 10: template.getPublicTemplateData((short) 0, big, (short) 0,
                (short) 1); break;
        case 11: matcher.putBioTemplateData((short) 0, second); break;
        case 12: matcher.putBioTemplateData((short) 3, first); break;
        case 13: matcher.putBioTemplateData((short) 0, new Other()); break;
        case 14: present(matcher, RIGHT); break;
        case 15: matcher.getTriesRemaining(); break;
        case 16: matcher.reset();
                matcher.getIndexOfLastMatchingBioTemplateData(); break;
        case 17: matcher.resetUnblockAndSetTryLimit((byte) 0); break;
        case 18: second.doFinal(); break;
        case 19: second.getPublicData((short) 0, big, (short) 0, (short) 1);
                 break;
        case 20: matcher.putBioTemplateData((short) 1, first);
                matcher.match(RIGHT, (short) 0, (short) 1); break;
        default: throw new NullPointerException();
        }
    }

    /** 6600 and more: the reason. */
    private void refusals(byte which) {
        try {
            refuse(which);
        } catch (BioException e) {
            ISOException.throwIt((short) (0x6600 + e.getReason()));
        } catch (Bio1toNException e) {
            ISOException.throwIt((short) (0x6610 + e.getReason()));
        }
    }

    private void state(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        buffer[0] = (byte) (template.isInitialized() ? 1 : 0);
        buffer[1] = (byte) (template.isValidated() ? 1 : 0);
        buffer[2] = template.isInitialized() ? template.getTriesRemaining()
                : (byte) -1;
        apdu.setOutgoingAndSend((short) 0, (short) 3);
    }
}
