// One connection of the npm package `ws`, on either side: its events to the runner, the runner's
// commands to it.
import { emit } from './lines.mjs';
import { describe, payload } from './content.mjs';

export function attach(ws, { echo = false } = {}) {
  ws.addEventListener('close', ({ code, reason, wasClean }) =>
    emit({ event: 'close', code, reason, was_clean: wasClean }));
  ws.on('error', (error) => emit({ event: 'error', message: error.message }));
  ws.on('pong', (data) => emit({ event: 'pong', data: data.toString() }));
  ws.on('message', (data, is_binary) => {
    emit(describe(is_binary ? data : data.toString()));
    if (echo) ws.send(data, { binary: is_binary });
  });

  const actions = {
    send({ count = 1, ...what }) {
      const data = payload(what);
      for (let n = 0; n < count; ++n) ws.send(data);
    },
    close({ code, reason }) {
      code === undefined ? ws.close() : ws.close(code, reason);
    },
    terminate: () => ws.terminate(),
    ping: ({ data }) => ws.ping(data),
  };
  return (command) => actions[command.do](command);
}
