// Chromium as a client: starts it headless, lets it load a page from a loopback HTTP server (so
// that the page has an ordinary origin), and passes events and commands between page and runner.
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { chromium } from 'playwright-core';
import { emit, on_command, program_options } from './lines.mjs';

const files = {
  '/': ['chromium_page.html', 'text/html'],
  '/browser_api.mjs': ['browser_api.mjs', 'text/javascript'],
  '/content.mjs': ['content.mjs', 'text/javascript'],
};

const [url, text] = process.argv.slice(2);
const { executable, protocols = [], public_key_hash } = program_options(text);

const site = createServer(async ({ url: path }, response) => {
  const [name, type] = files[path] ?? [];
  if (!name) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': type });
  response.end(await readFile(new URL(name, import.meta.url)));
});
await new Promise((listening) => site.listen(0, '127.0.0.1', listening));

const server = await chromium.launchServer({
  executablePath: executable,
  headless: true,
  chromiumSandbox: false,
  host: '127.0.0.1',
  args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
    // A certificate with this key is believed; any other is not.
    ...(public_key_hash ? [`--ignore-certificate-errors-spki-list=${public_key_hash}`] : [])],
});

// Sockets are held by a child process of the browser's, its network service.
async function network_service_of(browser) {
  const parents = new Map();
  const candidates = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    parents.set(pid, Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]));
    if (command.includes('network.mojom.NetworkService')) candidates.push(pid);
  }
  const descends = (pid) => pid === browser || (pid > 1 && descends(parents.get(pid)));
  return candidates.find(descends) ?? browser;
}

const browser = await chromium.connect(server.wsEndpoint());
const page = await browser.newPage();
await page.exposeFunction('emit', emit);
await page.goto(`http://127.0.0.1:${site.address().port}/`);
await page.waitForFunction(() => window.ready);
emit({ event: 'process', pid: await network_service_of(server.process().pid) });
await page.evaluate(([url, protocols]) => window.open_websocket(url, protocols), [url, protocols]);

const own_actions = {
  navigate: () => page.goto('about:blank'),
  close_tab: () => page.close(),
};
// A command may find its page or its browser gone (killed): that is the case's business, not ours.
on_command((command) =>
  (own_actions[command.do]?.() ?? page.evaluate((c) => window.act(c), command)).catch(() => {}));
process.stdin.on('end', async () => {
  site.close();
  await server.close().catch(() => {});
  process.exit(0);
});
