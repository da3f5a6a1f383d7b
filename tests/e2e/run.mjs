// Runs the end-to-end tests on a built page: node tests/e2e/run.mjs FOLDER [part of a name]
import fs from 'node:fs';
import path from 'node:path';
import { FLAGS, Hands, chromium, serve } from './lib.mjs';

const [folder = 'target/dist', only = ''] = process.argv.slice(2);
const LIMIT = 90_000;
const tests = [];
for (const name of fs.readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.mjs')).sort()) {
  const module = await import(path.join(import.meta.dirname, name));
  for (const [title, body] of Object.entries(module.default)) tests.push({ title, body, options: module.options ?? {} });
}
const server = await serve(folder);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
let passed = 0;
let failed = 0;
for (const { title, body, options } of tests.filter((test) => test.title.includes(only))) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, locale: 'en-US', permissions: ['clipboard-read', 'clipboard-write'], ...options });
  const page = await context.newPage();
  const hands = new Hands(page, server.url);
  const started = Date.now();
  let timer;
  try {
    const limit = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`not done after ${LIMIT / 1000} s`)), LIMIT); });
    await Promise.race([body({ page, hands, url: server.url, folder: path.resolve(folder), context, browser }), limit]);
    if (hands.errors.length && !hands.forgive) throw new Error(`errors of the page: ${hands.errors.join(' | ').slice(0, 800)}`);
    passed++;
    console.log(`ok      ${title} (${Date.now() - started} ms)`);
  } catch (error) {
    failed++;
    fs.mkdirSync('target/e2e', { recursive: true });
    const picture = `target/e2e/${title.replace(/\W+/g, '-')}.png`;
    await page.screenshot({ path: picture }).catch(() => {});
    console.log(`FAILED  ${title}\n        ${String(error.message ?? error).replace(/\x1b\[\d*m/g, '').slice(0, 1500).replaceAll('\n', '\n        ')}\n        picture: ${picture}`);
  } finally {
    clearTimeout(timer);
    await context.close();
  }
}
await browser.close();
server.end();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;
