import { assert, equal } from './lib.mjs';

const open = async (hands, page, name) => {
  await hands.open();
  await hands.run(`vi ${name}`);
  await page.waitForSelector('.cm-content', { timeout: 20_000 });
  await page.click('.cm-content', { position: { x: 60, y: 12 } });
};

export default {
  async 'YAML is typed, applied with Ctrl-Enter, and the terminal shows it'({ hands, page }) {
    await open(hands, page, 'config.yaml');
    await page.keyboard.type('apiVersion: v1\nkind: ConfigMap\nmetadata:\nname: colours\n');
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText('apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: colours\ndata:\n  sea: blue\n');
    await page.keyboard.press('Control+Enter');
    await hands.sees('kubectl apply -f config.yaml');
    await hands.sees('configmap/colours created');
  },

  async 'a broken manifest gives the error of kubectl and nothing is lost'({ hands, page }) {
    await open(hands, page, 'broken.yaml');
    await page.keyboard.insertText('apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\nspec:\n  containers:\n  - name: x\n    imag: nginx\n');
    await page.waitForTimeout(600);
    await page.keyboard.press('Control+Enter');
    await hands.sees(/unknown field|Required value/);
    equal(await page.locator('.cm-content').innerText().then((text) => text.includes('imag: nginx')), true);
  },

  async 'Hangul is composed in the editor'({ hands, page, context }) {
    await open(hands, page, 'note.yaml');
    await page.keyboard.insertText('# ');
    const cdp = await context.newCDPSession(page);
    for (const text of ['ㅂ', '바', '바ㄷ', '바다']) await cdp.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
    await page.waitForTimeout(500);
    await cdp.send('Input.insertText', { text: '바다' });
    await page.waitForTimeout(300);
    equal((await page.locator('.cm-line').first().innerText()).trim(), '# 바다');
    await page.click('#lower-');
    await hands.run('cat note.yaml');
    await hands.sees('# 바다');
  },

  async 'what a command writes into an open file is shown'({ hands, page }) {
    await open(hands, page, 'shared.yaml');
    await page.keyboard.insertText('a: 1\n');
    await page.click('#lower-');
    await hands.run('echo "b: 2" >> shared.yaml');
    await page.locator('[role=tab]', { hasText: 'shared.yaml' }).click();
    await page.waitForFunction(() => document.querySelector('.cm-content').innerText.includes('b: 2'));
    assert((await page.locator('.cm-content').innerText()).includes('a: 1'), 'the typed line is still there');
  },

  async 'a lesson can be opened and its mistakes are marked'({ hands, page }) {
    await hands.open();
    await page.locator('.shelf li').first().locator('.ib').click();
    await page.waitForSelector('.cm-content');
    await page.waitForFunction(() => document.querySelector('.cm-content').innerText.includes('id:'));
    await page.click('.cm-content', { position: { x: 60, y: 12 } });
    await page.keyboard.press('Control+Home');
    await page.keyboard.insertText('surprise: 1\n');
    await page.waitForSelector('.ph-box.error');
    assert((await page.locator('.ph-box').first().innerText()).includes('surprise'), 'the unknown field is named');
  },
};
