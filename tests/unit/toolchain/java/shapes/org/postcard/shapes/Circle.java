package org.postcard.shapes;

/** A class with nested ones: member, static, local and anonymous. */
final class Circle extends Base {
    private short radius;
    private final Point centre;
    private byte[] cache;

    /** Private members that the outer class reads through accessors. */
    class Point {
        private short px;
        private short py;

        private Point(short px, short py) {
            this.px = px;
            this.py = py;
        }

        short sum() {
            return (short) (px + py + radius);
        }
    }

    static class Counter {
        private static short total;
        private short own;

        private void count() {
            own++;
            total++;
        }

        static short total() {
            return total;
        }
    }

    private final Counter counter = new Counter();

    Circle(short x, short y, short radius) {
        super(x, y);
        this.radius = radius;
        centre = new Point(x, y);
        cache = new byte[] {1, 2, 3};
    }

    public short area() {
        counter.count();
        centre.px++;
        centre.py = (short) (centre.py - 2);
        return (short) (radius * radius * 3);
    }

    public boolean contains(short px, short py) {
        short dx = (short) (px - centre.px);
        short dy = (short) (py - centre.py);
        return (short) (dx * dx) <= (short) (radius * radius - dy * dy);
    }

    protected byte corners() {
        return 0;
    }

    public short name(byte[] to, short offset) {
        to[offset] = 'o';
        return (short) (offset + 1);
    }

    Shape inner(final short limit) {
        final short[] seen = new short[1];
        return new Shape() {
            public short area() {
                seen[0]++;
                return (short) (limit + radius + seen[0]);
            }

            public boolean contains(short px, short py) {
                return Circle.this.contains(px, py) && px < limit;
            }
        };
    }

    short local() {
        class Helper {
            short get() {
                return (short) (radius + cache[0]);
            }
        }
        return new Helper().get();
    }

    short own() {
        return (short) (counter.own + Counter.total());
    }
}
