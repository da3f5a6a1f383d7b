import { assert, equal } from './lib.mjs';

export default {
  async 'a deployment is typed and its pods come to run'({ hands }) {
    await hands.open();
    await hands.run('kubectl create deployment web --image=nginx --replicas=3');
    await hands.sees('deployment.apps/web created');
    await hands.speed('16');
    await hands.run('kubectl rollout status deployment/web');
    await hands.sees('successfully rolled out', 60_000);
    await hands.run('kubectl get pods');
    await hands.sees(/web-\w+-\w+\s+1\/1\s+Running/);
    const cause = await hands.page.locator('#log .blk.hot .n').first().innerText();
    equal(cause, '1', 'the number of the command that changed something');
  },

  async 'arrow keys walk the history, and a draft comes back'({ hands, page }) {
    await hands.open();
    await hands.run('echo one');
    await hands.run('echo two');
    await page.keyboard.type('draft');
    await page.keyboard.press('ArrowUp');
    equal(await page.inputValue('#prompt'), 'echo two');
    await page.keyboard.press('ArrowUp');
    equal(await page.inputValue('#prompt'), 'echo one');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    equal(await page.inputValue('#prompt'), 'draft');
  },

  async 'Tab completes commands and resources'({ hands, page }) {
    await hands.open();
    await page.click('#prompt');
    await page.keyboard.type('kubec');
    await page.keyboard.press('Tab');
    equal(await page.inputValue('#prompt'), 'kubectl ');
    await page.keyboard.type('get deploy');
    await page.keyboard.press('Tab');
    assert((await page.inputValue('#prompt')).startsWith('kubectl get deployments'), `completed to: ${await page.inputValue('#prompt')}`);
  },

  async 'Ctrl-C ends a loop that never ends, and the page stays alive'({ hands, page }) {
    await hands.open();
    await hands.run('while true; do echo again; done');
    await hands.sees('again');
    await page.waitForTimeout(1500);
    await page.click('#prompt');
    await page.keyboard.press('Control+c');
    await hands.run('echo alive');
    await hands.sees(/\nalive/);
  },

  async 'Ctrl-C stops kubectl get -w'({ hands, page }) {
    await hands.open();
    await hands.run('kubectl get nodes -w');
    await hands.sees('node02');
    await page.keyboard.press('Control+c');
    await hands.run('echo back');
    await hands.sees(/\nback/);
  },

  async 'Hangul is composed in the command line'({ hands, page, context }) {
    await hands.open();
    await page.click('#prompt');
    await page.keyboard.type('echo ');
    const cdp = await context.newCDPSession(page);
    for (const text of ['ㅎ', '하', '한']) await cdp.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
    await cdp.send('Input.insertText', { text: '한' });
    for (const text of ['ㄱ', '그', '글']) await cdp.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
    await cdp.send('Input.insertText', { text: '글' });
    equal(await page.inputValue('#prompt'), 'echo 한글');
    await page.keyboard.press('Enter');
    await hands.sees(/\n한글/);
  },

  async 'a paste of many lines runs them in order'({ hands, page }) {
    await hands.open();
    await page.click('#prompt');
    await page.evaluate(() => navigator.clipboard.writeText('echo first\ncat <<EOF\nin between\nEOF\necho third'));
    await page.keyboard.press('Control+v');
    equal(await page.inputValue('#prompt'), 'echo third', 'the last line waits for Enter');
    await page.keyboard.press('Enter');
    await hands.sees(/\nthird/);
    const log = await hands.log();
    assert(log.indexOf('\nfirst') < log.indexOf('\nin between') && log.indexOf('\nin between') < log.indexOf('\nthird'), log);
  },

  async 'a paste of five megabytes is refused with a sentence'({ hands, page }) {
    await hands.open();
    await page.click('#prompt');
    await page.evaluate(() => navigator.clipboard.writeText('x'.repeat(5 << 20)));
    const before = Date.now();
    await page.keyboard.press('Control+v');
    await hands.sees('That paste is');
    assert(Date.now() - before < 5000, 'the page froze');
    equal(await page.inputValue('#prompt'), '');
    await hands.run('echo alive');
    await hands.sees(/\nalive/);
  },

  async 'Ctrl-L clears, and what is typed stays'({ hands, page }) {
    await hands.open();
    await hands.run('echo gone');
    await hands.sees(/\ngone/);
    await page.keyboard.type('kept');
    await page.keyboard.press('Control+l');
    await page.waitForFunction(() => !document.getElementById('log').textContent.includes('gone'));
    equal(await page.inputValue('#prompt'), 'kept');
  },

  async 'a name in the output is linked to the chart'({ hands, page }) {
    await hands.open();
    await hands.run('kubectl get nodes');
    await hands.sees('node01');
    await page.locator('[data-object="nodes/node01"]').first().click();
    await page.waitForSelector('#card');
    assert((await page.locator('#card').innerText()).includes('node01'), 'the card names the node');
  },

  async 'explain brings its descriptions when they are first wanted'({ hands }) {
    await hands.open();
    await hands.run('kubectl explain deploy.spec.replicas');
    await hands.sees('Number of desired pods');
  },

  async 'names in the output are walked and chosen with the keyboard'({ hands, page }) {
    await hands.open();
    await hands.run('kubectl get nodes');
    await hands.sees('node02');
    await page.locator('#log').focus();
    for (const key of ['ArrowUp', 'ArrowUp']) await page.keyboard.press(key);
    equal(await page.evaluate(() => document.activeElement.dataset.object), 'nodes/node01');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#card');
    await page.keyboard.press('Escape');
    equal(await page.evaluate(() => document.activeElement.id), 'prompt');
  },
};
