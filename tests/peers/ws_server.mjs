// The npm package `ws` as a server of one connection.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { WebSocketServer } from 'ws';
import { emit, on_command, program_options } from './lines.mjs';
import { attach } from './ws_socket.mjs';

const { close_timeout, deflate = false, echo, max_message, port = 0, protocol, refuse, tls } =
  program_options(process.argv[2]);

const listener = tls
  ? createTlsServer({ cert: readFileSync(tls.certificate), key: readFileSync(tls.key) })
  : createServer();
const server = new WebSocketServer({
  server: listener,
  maxPayload: max_message,
  perMessageDeflate: deflate,
  ...(close_timeout && { closeTimeout: close_timeout * 1000 }),
  handleProtocols: (offered) => (offered.has(protocol) ? protocol : false),
  ...(refuse && { verifyClient: (_, decide) => decide(false, refuse) }),
});

let act = () => {};
const server_actions = {
  // What a careful `ws` server does when it stops: the package leaves the Closes to its user.
  shutdown() {
    for (const client of server.clients) client.close(1001, 'going away');
    server.close();
    listener.close();
  },
};

listener.listen(port, '127.0.0.1', () =>
  emit({ event: 'listening', port: listener.address().port }));
server.on('connection', (ws, { headers }) => {
  emit({ event: 'open', protocol: ws.protocol, extensions: ws.extensions, headers });
  act = attach(ws, { echo });
});
on_command((command) => (server_actions[command.do] ?? act)(command));
process.stdin.on('end', () => {
  server.close();
  listener.close();
});
