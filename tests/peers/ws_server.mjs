// The npm package `ws` as a server of one connection.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { WebSocketServer } from 'ws';
import { emit, on_command, program_options } from './lines.mjs';
import { attach } from './ws_socket.mjs';

const { certificate, close_timeout, deflate = false, echo, key, max_message, port = 0, protocol,
  refuse } = program_options(process.argv[2]);

const secure = certificate &&
  createServer({ cert: readFileSync(certificate), key: readFileSync(key) });

const server = new WebSocketServer({
  ...(secure ? { server: secure } : { host: '127.0.0.1', port }),
  maxPayload: max_message,
  perMessageDeflate: deflate,
  ...(close_timeout && { closeTimeout: close_timeout * 1000 }),
  handleProtocols: (offered) => (offered.has(protocol) ? protocol : false),
  ...(refuse && { verifyClient: (_, decide) => decide(false, refuse) }),
});

function stop() {
  server.close();
  secure?.close();
}

let act = () => {};
const server_actions = {
  // What a careful `ws` server does when it stops: the package leaves the Closes to its user.
  shutdown() {
    for (const client of server.clients) client.close(1001, 'going away');
    stop();
  },
};

server.on('listening', () => emit({ event: 'listening', port: server.address().port }));
server.on('connection', (ws, { headers }) => {
  emit({ event: 'open', protocol: ws.protocol, headers });
  act = attach(ws, { echo });
});
on_command((command) => (server_actions[command.do] ?? act)(command));
process.stdin.on('end', stop);
secure?.listen(port, '127.0.0.1');
