// undici's WebSocket as a client, or Node's own with `--node` (then run as
// `node --experimental-websocket` where Node is older than 22).
import { emit, on_command, program_options } from './lines.mjs';
import { open } from './browser_api.mjs';

const use_node = process.argv.includes('--node');
const [url, text] = process.argv.slice(2).filter((argument) => argument !== '--node');
const { max_message, protocols = [] } = program_options(text);

if (use_node) {
  on_command(open(globalThis.WebSocket, url, protocols, emit));
} else {
  const { Agent, WebSocket } = await import('undici');
  const dispatcher = max_message && new Agent({ webSocket: { maxPayloadSize: max_message } });
  on_command(open(WebSocket, url, { protocols, dispatcher }, emit));
}
