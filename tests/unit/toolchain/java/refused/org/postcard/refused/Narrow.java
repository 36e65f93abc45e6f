package org.postcard.refused;

/** Each line that ends in a mark must be refused there; no other line may. */
public class Narrow {
    static short s(short a, short b, byte c, byte[] d, short[] e, boolean f) {
        short r = (short) (a + b);
        r = (short) ((a + b) >> 1); // refused
        r = (short) ((short) (a + b) >> 1);
        r = (short) ((a + b) / 2); // refused
        r = (short) (a / b);
        if (a + b > 100) r++; // refused
        if ((short) (a + b) > 100) r++;
        if (a == b) r++;
        if (a - b == 0) r++; // refused
        if (c + 1 > 100) r++;
        if (c * c > 100) r++;
        if (-c > 5) r++;
        if (-a > 5) r++; // refused
        r = d[a + b]; // refused always
        r = d[(short) (a + b)];
        r = d[c + 1];
        r = d[(a & 7) + 1];
        r = e[a - 1]; // refused always
        d = new byte[a + b]; // refused always
        d = new byte[(short) (a + b)];
        r = (short) (a * b + c);
        r = (byte) (a * b);
        r = (short) ((a << 8) | (c & 0xFF));
        r = (short) ((a << 8) >> 8); // refused
        r = (short) (a >>> 4);
        r = (short) ((a * b) % 10); // refused
        if ((a & 0xFFFF) > 5) r++; // refused
        if ((a & 0xFF) > 5) r++;
        r = (short) (f ? a : a + b);
        if ((f ? a : a + b) == 0) r++; // refused
        switch (c + 1) { case 3: r++; break; default: }
        switch (a + b) { case 3: r++; break; default: } // refused
        switch (a) { case 3: r++; break; default: }
        if (a == 40000) r++; // refused
        if ((a ^ b) < 0) r++;
        if ((a | 1) != 0) r++;
        if (~(c & 3) - a > 3) r++; // refused
        if (~(a & 0) - b > 3) r++;
        if (a / b > 3) r++; // refused
        if (a / 3 > b) r++;
        if (a % b > 3) r++;
        r = (short) (d.length - 1);
        if (d.length - 1 > a) r++;
        if (d.length + 1 > a) r++; // refused
        a += b;
        c *= c;
        e[1] += a;
        int i = a + b;
        r = (short) i;
        return r;
    }

    static short each(short[] all, byte[] bytes) {
        short r = 0;
        for (short a : all)
            for (byte b : bytes) {
                if (a == 3)
                    continue;
                r += a > b ? a : b;
            }
        for (int i = 0; i < all.length; i++) r += all[i];
        for (int i = 0; i < all.length; i++) { i += r; r += all[i]; } // refused always
        for (int i = all.length; --i >= 0; ) r -= all[i];
        return r;
    }

    static short compared(short n, short m) {
        int i = n + m; // refused
        if (i == 5) return (short) (i / 2);
        short j = (short) (n + m);
        if (j > 0) return (short) ((j - 1) / 2);
        if (j <= 0 && -2 < j) return (short) (j / 3);
        return (short) ((j - 1) / 2); // refused
    }

    static short loop(short n) {
        short r = 0;
        for (int i = 0; i < n; i++) r++;
        for (int i = 0; i <= n; i++) r++; // refused
        for (int i = n; i >= 0; i--) r++;
        for (int i = n; i > -32768; i -= 2) r++; // refused
        for (int i = 0; n > i; i++) if (i % 3 == 0) r += i; else r--;
        for (int i = 0; i < 10; i++) r += i > 5 ? i : i - 1;
        for (short i = 0; i < n; i++) r++;
        return r;
    }

    static short bounds(short a, short b, byte[] d) {
        short r = 0;
        for (byte x : d) r += x;
        int k = d.length - 1;
        while (k >= 0) d[k--] = 0;
        if (a > 0 && d[a - 1] == 0) r++;
        if (a < 100 && d[a + 1] == 0) r++;
        if (a >= 100) d[a + 1] = 0; // refused always
        if (a == b && a < 1000 && a + b > 5) r++; // refused
        if (a == b && b == 1000 && b + b > 5) r++;
        int c = a;
        if (c < 10) c = 10;
        if (c > 200) c = 200;
        return d[c + c];
    }
}
