import java.util.Arrays;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import software.amazon.dynamodb.services.local.main.ServerRunner;
import software.amazon.dynamodb.services.local.server.DynamoDBProxyServer;

/**
 * DynamoDB Local, but on loopback only: by itself it listens on every interface and has no
 * option against that. It ends when its standard input does, so that it never outlives the
 * process that started it, however that one ended.
 */
public class Loopback {
    public static void main(String[] arguments) throws Exception {
        DynamoDBProxyServer local = ServerRunner.createServerFromCommandLineArgs(arguments);
        var field = DynamoDBProxyServer.class.getDeclaredField("server");
        field.setAccessible(true);
        Arrays.stream(((Server) field.get(local)).getConnectors())
            .map(ServerConnector.class::cast)
            .forEach(connector -> connector.setHost("127.0.0.1"));
        local.start();
        System.in.transferTo(java.io.OutputStream.nullOutputStream());
        System.exit(0);
    }
}
