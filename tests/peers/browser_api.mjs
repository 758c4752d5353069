// A client through the browser's WebSocket interface, whoever provides it: undici, Node itself or a
// page in Chromium. It only reports what that interface tells, and does what it is told to.
import { describe, payload } from './content.mjs';

export function open(WebSocket, url, options, emit) {
  const ws = new WebSocket(url, options);
  ws.binaryType = 'arraybuffer';
  ws.onopen = () => emit({ event: 'open', protocol: ws.protocol, extensions: ws.extensions });
  ws.onmessage = ({ data }) => emit(describe(data));
  ws.onerror = (error) => emit({ event: 'error', message: String(error.message ?? '') });
  ws.onclose = ({ code, reason, wasClean }) =>
    emit({ event: 'close', code, reason, was_clean: wasClean });

  const actions = {
    send({ count = 1, ...what }) {
      const data = payload(what);
      for (let n = 0; n < count; ++n) ws.send(data);
    },
    close({ code, reason }) {
      code === undefined ? ws.close() : ws.close(code, reason);
    },
  };
  return (command) => actions[command.do](command);
}
