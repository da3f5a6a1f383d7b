// What the end-to-end tests share: a server on this machine, a browser, a page, and the smallest test runner.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const need = createRequire(path.join(root, 'web/package.json'));
export const { chromium } = need('playwright-core');

export const FLAGS = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

const kinds = { html: 'text/html; charset=utf-8', js: 'text/javascript', css: 'text/css', wasm: 'application/wasm', woff2: 'font/woff2' };

// serves a folder on 127.0.0.1; gives its address and a way to end it
export function serve(folder) {
  const server = http.createServer((request, response) => {
    const name = decodeURIComponent(new URL(request.url, 'http://x').pathname).replace(/^\/+/, '') || 'index.html';
    const file = path.join(folder, path.normalize(name));
    if (!file.startsWith(path.resolve(folder)) && !path.resolve(file).startsWith(path.resolve(folder))) return response.writeHead(403).end();
    fs.readFile(file, (error, body) => {
      if (error) return response.writeHead(404).end('not found');
      response.writeHead(200, { 'content-type': kinds[name.split('.').pop()] ?? 'application/octet-stream' }).end(body);
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve({ url: `http://127.0.0.1:${server.address().port}/`, end: () => server.close() })));
}

// the page in the hands of a test
export class Hands {
  constructor(page, url) {
    this.page = page;
    this.url = url;
    this.errors = [];
    page.on('pageerror', (error) => this.errors.push(error.message));
    page.on('console', (message) => { if (message.type() === 'error') this.errors.push(message.text()); });
  }
  async open(url = this.url) {
    await this.page.goto(url);
    await this.page.waitForSelector('#prompt', { timeout: 30_000 });
  }
  // types a command with real keys
  async run(line) {
    await this.page.click('#prompt');
    await this.page.keyboard.type(line);
    await this.page.keyboard.press('Enter');
  }
  async log() { return await this.page.evaluate(() => [...document.querySelectorAll('#log .blk')].map((line) => `\n${line.textContent}`).join('')); }
  // waits until a text stands in the terminal
  async sees(text, timeout = 20_000) {
    const wanted = text instanceof RegExp ? { source: text.source } : { text };
    await this.page.waitForFunction(({ text, source }) => {
      const log = [...document.querySelectorAll('#log .blk')].map((line) => `\n${line.textContent}`).join('');
      return source ? new RegExp(source).test(log) : log.includes(text);
    }, wanted, { timeout }).catch(async () => { throw new Error(`the terminal does not show ${text}; it shows:\n${(await this.log()).slice(-1500)}`); });
  }
  async speed(label) { await this.page.locator('.spd button', { hasText: new RegExp(`^${label}×$`) }).click(); }
}

export function assert(truth, message) {
  if (!truth) throw new Error(message);
}
export function equal(a, b, what = 'value') {
  if (a !== b) throw new Error(`${what}: expected ${JSON.stringify(b)}, found ${JSON.stringify(a)}`);
}
