package org.postcard.test.lang;

import java.io.IOException;
import java.rmi.RemoteException;
import javacard.framework.UserException;
import javacardx.framework.nio.BufferOverflowException;
import javacardx.framework.nio.BufferUnderflowException;
import javacardx.framework.nio.ReadOnlyBufferException;

/** Exceptions that are made without a reason, by number. */
final class Plain {
    private Plain() {
    }

    static Throwable make(byte number) {
        switch (number) {
        case 1:
            return new Throwable();
        case 2:
            return new Exception();
        case 3:
            return new RuntimeException();
        case 4:
            return new IndexOutOfBoundsException();
        case 5:
            return new ArrayIndexOutOfBoundsException();
        case 6:
            return new NegativeArraySizeException();
        case 7:
            return new NullPointerException();
        case 8:
            return new ClassCastException();
        case 9:
            return new ArithmeticException();
        case 10:
            return new SecurityException();
        case 11:
            return new ArrayStoreException();
        case 12:
            return new IOException();
        case 13:
            return new RemoteException();
        case 14:
            return new BufferOverflowException();
        case 15:
            return new BufferUnderflowException();
        case 16:
            return new ReadOnlyBufferException();
        case 17:
            return new UserException();
        default:
            return null;
        }
    }

    static boolean is(byte number, Throwable thrown) {
        switch (number) {
        case 1:
            return thrown instanceof Throwable;
        case 2:
            return thrown instanceof Exception;
        case 3:
            return thrown instanceof RuntimeException;
        case 4:
            return thrown instanceof IndexOutOfBoundsException;
        case 5:
            return thrown instanceof ArrayIndexOutOfBoundsException;
        case 6:
            return thrown instanceof NegativeArraySizeException;
        case 7:
            return thrown instanceof NullPointerException;
        case 8:
            return thrown instanceof ClassCastException;
        case 9:
            return thrown instanceof ArithmeticException;
        case 10:
            return thrown instanceof SecurityException;
        case 11:
            return thrown instanceof ArrayStoreException;
        case 12:
            return thrown instanceof IOException;
        case 13:
            return thrown instanceof RemoteException;
        case 14:
            return thrown instanceof BufferOverflowException;
        case 15:
            return thrown instanceof BufferUnderflowException;
        case 16:
            return thrown instanceof ReadOnlyBufferException;
        case 17:
            return thrown instanceof UserException;
        default:
            return false;
        }
    }
}
