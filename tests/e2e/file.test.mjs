import path from 'node:path';
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import { assert, equal, need } from './lib.mjs';

const one = (folder) => pathToFileURL(path.join(folder, 'pilothouse.html')).href;

export default {
  async 'the single file runs from file:// in Chromium, editor included'({ hands, page, folder }) {
    await hands.open(one(folder));
    await hands.run('kubectl get nodes');
    await hands.sees('node02');
    await hands.run('vi a.yaml');
    await page.waitForSelector('.cm-content');
  },

  async 'the single file runs from file:// in Firefox'({ folder }) {
    const firefox = ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find((file) => fs.existsSync(file));
    if (!firefox) return console.log('        (no Firefox on this machine: passed over)');
    const { default: puppeteer } = await import(need.resolve('puppeteer-core')).then((module) => ({ default: module.default ?? module }));
    const browser = await puppeteer.launch({ browser: 'firefox', executablePath: firefox, headless: true });
    try {
      const page = await browser.newPage();
      await page.goto(one(folder));
      await page.waitForSelector('#prompt', { timeout: 40_000 });
      await page.type('#prompt', 'kubectl get nodes');
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => document.getElementById('log').textContent.includes('node02'), { timeout: 20_000 });
      equal(await page.$eval('canvas', (canvas) => canvas.width > 100), true, 'the chart has a size');
    } finally {
      await browser.close();
    }
    assert(true);
  },
};
