import { assert, equal } from './lib.mjs';

export default {
  async 'the first picture has a canvas, a terminal and lessons, and nothing is asked of the network later'({ hands, page }) {
    const asked = [];
    page.on('request', (request) => asked.push(request.url()));
    await hands.open();
    await page.waitForTimeout(1000);
    const outside = asked.filter((url) => !url.startsWith(hands.url) && !url.startsWith('data:') && !url.startsWith('blob:'));
    equal(outside.length, 0, `requests elsewhere: ${outside}`);
    const painted = await page.evaluate(() => {
      const canvas = document.querySelector('canvas');
      const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
      const colours = new Set();
      for (let i = 0; i < data.length; i += 404) colours.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
      return colours.size;
    });
    assert(painted > 5, `the chart has ${painted} colours`);
    assert((await page.locator('.shelf li').count()) >= 3, 'three lessons stand on the shelf');
  },

  async 'pause stops the clock, step moves it, play goes on'({ hands, page }) {
    await hands.open();
    await page.click('#play');
    await page.waitForTimeout(300);
    const clock = () => page.locator('#clock').innerText();
    const paused = await clock();
    await page.waitForTimeout(600);
    equal(await clock(), paused, 'the clock while paused');
    assert((await page.locator('#state').innerText()).includes('Paused'), 'the state is told');
    await hands.run('kubectl create deployment web --image=nginx');
    for (let i = 0; i < 20 && (await clock()) === paused; i++) {
      await page.click('#step');
      await page.waitForTimeout(60);
    }
    await page.waitForFunction((before) => document.getElementById('clock').innerText !== before, paused);
    await page.click('#play');
    const now = await clock();
    await page.waitForFunction((before) => document.getElementById('clock').innerText !== before, now);
  },

  async 'the language changes at once, without a reload'({ hands, page }) {
    await hands.open();
    await page.selectOption('#lang', 'ko');
    await page.waitForSelector('text=학습 목록');
    equal(await page.getAttribute('html', 'lang'), 'ko');
    assert((await page.locator('#lower-').innerText()).includes('터미널'), 'the tab is Korean');
    await page.selectOption('#lang', 'en');
    await page.waitForSelector('text=Lessons');
  },

  async 'the theme goes from the system to light to dark'({ hands, page }) {
    await hands.open();
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    equal(await ground(), 'rgb(246, 245, 240)');
    await page.click('#theme');
    equal(await page.getAttribute('html', 'data-theme'), 'light');
    await page.click('#theme');
    equal(await ground(), 'rgb(14, 21, 27)');
    await page.reload();
    await page.waitForSelector('#prompt');
    equal(await ground(), 'rgb(14, 21, 27)', 'the ground after a reload');
  },

  async 'a reload restores cluster, history and lesson; start again gives a clean cluster'({ hands, page }) {
    await hands.open();
    await page.click('#start-first-five-minutes');
    await page.waitForSelector('.goals');
    await hands.run('kubectl create namespace kept');
    await hands.sees('namespace/kept created');
    await hands.run('echo hello > note.txt');
    await page.waitForTimeout(2600);
    await page.reload();
    await page.waitForSelector('#prompt');
    await page.waitForSelector('.goals');
    await hands.run('kubectl get namespace kept');
    await hands.sees(/kept\s+Active/);
    await hands.run('cat note.txt');
    await hands.sees(/\nhello/);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    equal(await page.inputValue('#prompt'), 'echo hello > note.txt');
    await page.fill('#prompt', '');
    await page.click('#again');
    await page.click('#yes');
    await page.waitForFunction(() => !document.getElementById('log').textContent.includes('kept'));
    await hands.run('kubectl get namespace kept');
    await hands.sees('namespaces "kept" not found');
  },

  async 'a damaged saved session gives a choice, not a blank page'({ hands, page }) {
    await page.addInitScript(() => {
      if (!sessionStorage.getItem('once')) localStorage.setItem('pilothouse.session.1', '{"version":1,"seed":');
      sessionStorage.setItem('once', '1');
    });
    await page.goto(hands.url);
    await page.waitForSelector('#crash-again');
    assert((await page.locator('.crash').innerText()).includes('cannot be read'), 'it says what is the matter');
    await page.click('#crash-again');
    await page.waitForSelector('#prompt');
  },

  async 'a stop of the program offers what was typed, and a way on'({ hands, page }) {
    hands.forgive = true;
    await hands.open();
    await hands.run('kubectl create namespace precious');
    await hands.sees('namespace/precious created');
    await page.waitForTimeout(2500);
    await page.keyboard.type('half a thought');
    await page.evaluate(() => { location.hash = '#ph-test-panic'; });
    await page.waitForSelector('.crash');
    const report = await page.inputValue('#report');
    assert(report.includes('kubectl create namespace precious') && report.includes('half a thought'), report);
    await page.evaluate(() => { history.replaceState(null, '', ' '); });
    await page.click('#goon');
    await page.waitForSelector('#prompt');
    await hands.run('kubectl get namespace precious');
    await hands.sees(/precious\s+Active/);
  },

  async 'the splitters move by keys'({ hands, page }) {
    await hands.open();
    const bar = page.locator('[role=separator][aria-orientation=vertical]');
    const before = Number(await bar.getAttribute('aria-valuenow'));
    await bar.focus();
    await page.keyboard.press('ArrowRight');
    equal(Number(await bar.getAttribute('aria-valuenow')), before + 16);
  },

  async 'the palette finds an object and shows it'({ hands, page }) {
    await hands.open();
    await page.keyboard.press('Control+k');
    await page.waitForSelector('#find');
    await page.keyboard.type('node02');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.obj');
    assert((await page.locator('.obj h1').innerText()).includes('node02'), 'the object panel shows it');
  },

  async 'a node is powered off from the chart'({ hands, page }) {
    await hands.open();
    await hands.run('kubectl get nodes');
    await hands.sees('node02');
    await page.locator('[data-object="nodes/node02"]').first().click();
    await page.click('#cardpower');
    await hands.speed('64');
    await page.waitForTimeout(1500);
    await hands.run('clear; kubectl get nodes');
    await hands.sees(/node02\s+NotReady/, 30_000);
  },

  async 'the outline walks the chart by keys'({ hands, page }) {
    await hands.open();
    await page.waitForSelector('#outline');
    await page.locator('#outline [tabindex="0"]').focus();
    for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowDown');
    const here = await page.evaluate(() => document.activeElement.getAttribute('role'));
    equal(here, 'treeitem');
  },
};
