import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.FileWriter;
import java.io.IOException;
import java.io.FileReader;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;

/*
 * Reads the script that the card's runner reads and writes what the same
 * applets answer here.  Arguments: script, answers, then the folders of
 * classes, the framework's own among them.
 */
public final class Main {
    private final URL[] path;
    private URLClassLoader loader;
    private Method install;
    private Method select;
    private Method command;

    private Main(URL[] path) {
        this.path = path;
    }

    private void start() throws ReflectiveOperationException {
        loader = new URLClassLoader(path, null);
        Class<?> host = loader.loadClass("javacard.framework.Host");
        install = host.getMethod("install", String.class, Class.class);
        select = host.getMethod("select", String.class);
        command = host.getMethod("command", String.class);
    }

    private void line(String text, BufferedWriter out)
        throws ReflectiveOperationException, IOException {
        String[] w = text.split(" ");
        switch (w[0]) {
        case "card":
            start();
            break;
        case "install":
            install.invoke(null, w[2], loader.loadClass(w[3]));
            break;
        case "select":
            select.invoke(null, w[1]);
            break;
        case ">":
            out.write((String) command.invoke(null, w[1]));
            out.newLine();
            break;
        default:
            break;
        }
    }

    public static void main(String[] args) throws Exception {
        URL[] path = new URL[args.length - 2];
        for (int i = 2; i < args.length; i++)
            path[i - 2] = new File(args[i]).toURI().toURL();
        Main main = new Main(path);
        try (BufferedReader in = new BufferedReader(new FileReader(args[0]));
             BufferedWriter out = new BufferedWriter(new FileWriter(args[1]))) {
            for (String text = in.readLine(); text != null;
                 text = in.readLine())
                main.line(text, out);
        }
    }
}
