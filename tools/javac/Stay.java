/*
 * The javac that stays: see stay.py.  It is started in the folder from which
 * the names of files are meant.
 *
 * Stay DOOR: makes that socket; takes arguments, each ended by a zero byte,
 * until the other end closes, and answers with a byte, javac's status, and
 * what it says.  Ends when its standard input does.
 */
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import javax.tools.ToolProvider;

final class Stay {
    private static String[] asked(SocketChannel other) throws IOException {
        byte[] all = Channels.newInputStream(other).readAllBytes();
        return new String(all, StandardCharsets.UTF_8).split("\0");
    }

    private static void serve(SocketChannel channel) {
        try (SocketChannel other = channel) {
            ByteArrayOutputStream said = new ByteArrayOutputStream();
            int status = ToolProvider.getSystemJavaCompiler()
                .run(null, said, said, asked(other));
            ByteBuffer answer = ByteBuffer.allocate(1 + said.size());
            answer.put((byte) status).put(said.toByteArray()).flip();
            while (answer.hasRemaining())
                other.write(answer);
        } catch (IOException e) {
            System.err.println(e);
        }
    }

    private static void end() {
        try {
            System.in.readAllBytes();
        } catch (IOException e) {
            System.err.println(e);
        }
        System.exit(0);
    }

    public static void main(String[] arguments) throws IOException {
        ServerSocketChannel door =
            ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        door.bind(UnixDomainSocketAddress.of(arguments[0]));
        new Thread(Stay::end).start();
        for (;;) {
            SocketChannel other = door.accept();
            new Thread(() -> serve(other)).start();
        }
    }
}
