// How a peer program in JavaScript talks to the runner: events go out as JSON lines on stdout,
// commands ({"do": …}) come in as JSON lines on stdin. Knows nothing of WebSocket.
import { createInterface } from 'node:readline';

export function emit(event) {
  process.stdout.write(JSON.stringify(event) + '\n');
}

export function on_command(act) {
  createInterface({ input: process.stdin }).on('line', (line) => act(JSON.parse(line)));
}

// Every peer program is started as: PROGRAM URL OPTIONS, or as a server: PROGRAM OPTIONS.
export function program_options(text) {
  return JSON.parse(text ?? '{}');
}
