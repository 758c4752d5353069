// The echo server on `ws` for Node.js, with bufferutil, the native part that unmasks.
import { readFileSync } from 'node:fs';
import { createServer as createPlainServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { parseArgs } from 'node:util';
import { WebSocketServer } from 'ws';

const { values, positionals } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    deflate: { type: 'boolean', default: false },
    tls: { type: 'string' },
  },
  allowPositionals: true,
});

const http = values.tls
  ? createTlsServer({ cert: readFileSync(values.tls), key: readFileSync(positionals[0]) })
  : createPlainServer();
const server = new WebSocketServer({
  server: http,
  perMessageDeflate: values.deflate && { zlibDeflateOptions: { level: 3 } },
  maxPayload: 16 * 1024 * 1024,
});
server.on('connection', (ws) => {
  ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
  ws.on('error', () => {});
});
http.listen({ host: '127.0.0.1', port: Number(values.port), backlog: 4096 }, () =>
  console.log(`listening ${http.address().port}`));
