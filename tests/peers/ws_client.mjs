// The npm package `ws` as a client.
import WebSocket from 'ws';
import { emit, on_command, program_options } from './lines.mjs';
import { attach } from './ws_socket.mjs';

const [url, text] = process.argv.slice(2);
const { close_timeout, deflate = true, max_message, protocols = [] } = program_options(text);

const ws = new WebSocket(url, protocols, {
  maxPayload: max_message,
  perMessageDeflate: deflate,
  ...(close_timeout && { closeTimeout: close_timeout * 1000 }),
});
ws.on('open', () => emit({ event: 'open', protocol: ws.protocol, extensions: ws.extensions }));
on_command(attach(ws));
