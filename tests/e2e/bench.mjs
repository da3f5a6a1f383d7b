// The figures of the page in Chromium: time to a usable prompt, fast and throttled, and a large deployment with its worst frame.
import { FLAGS, chromium, serve } from './lib.mjs';

const folder = process.argv[2] ?? 'target/dist';
const server = await serve(folder);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });

async function prompt(name, throttle) {
  const times = [];
  for (let i = 0; i < 3; i++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    const cdp = await context.newCDPSession(page);
    if (throttle) {
      await cdp.send('Network.enable');
      await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 100_000 });
      await cdp.send('Emulation.setCPUThrottlingRate', { rate: 4 });
    }
    const began = Date.now();
    await page.goto(server.url, { waitUntil: 'commit' });
    await page.waitForSelector('#prompt', { timeout: 60_000 });
    times.push(Date.now() - began);
    await context.close();
  }
  console.log(`prompt, ${name}: ${times.sort((a, b) => a - b)[1]} ms (median of 3)`);
}

async function pods(nodes, replicas, wait) {
  const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
  await page.goto(`${server.url}?nodes=${nodes}`);
  await page.waitForSelector('#prompt', { timeout: 60_000 });
  await page.locator('.spd button', { hasText: /^64×$/ }).click();
  await page.evaluate(() => {
    globalThis.worst = 0;
    let before = performance.now();
    const frame = (now) => { globalThis.worst = Math.max(globalThis.worst, now - before); before = now; requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
  });
  await page.fill('#prompt', `kubectl create deployment web --image=nginx --replicas=${replicas}`);
  await page.press('#prompt', 'Enter');
  const began = Date.now();
  await page.fill('#prompt', `kubectl wait --for=jsonpath='{.status.readyReplicas}'=${replicas} deployment/web --timeout=1h`);
  await page.press('#prompt', 'Enter');
  await page.waitForFunction(() => /condition met/.test(document.getElementById('log').textContent), null, { timeout: wait }).then(
    async () => console.log(`${replicas} pods on ${nodes} nodes Ready in the page at 64×: ${Date.now() - began} ms, worst frame ${(await page.evaluate(() => globalThis.worst)).toFixed(0)} ms`),
    () => console.log(`${replicas} pods on ${nodes} nodes: not Ready after ${wait / 1000} s`),
  );
  await page.close();
}

await prompt('fast', false);
await prompt('CPU x4, 1.6 Mbit/s, 150 ms', true);
await pods(20, 600, 120_000);
await browser.close();
server.end();
