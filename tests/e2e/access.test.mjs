import fs from 'node:fs';
import { assert, need } from './lib.mjs';

const source = fs.readFileSync(need.resolve('axe-core/axe.min.js'), 'utf8');
const check = async (page, where) => {
  await page.evaluate(source);
  const result = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
  const told = result.violations.map((violation) => `${violation.id}: ${violation.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | ')}`);
  assert(!told.length, `${where}: ${told.join('\n')}`);
};

export default {
  async 'axe finds no violation on the first page, in a lesson, in the panels, in the editor, in dialogs'({ hands, page }) {
    await hands.open();
    await check(page, 'first page');
    await page.click('#start-first-five-minutes');
    await page.waitForSelector('.goals');
    await page.click('#hint');
    await check(page, 'lesson');
    await hands.run('kubectl get nodes');
    await hands.sees('node01');
    await page.locator('[data-object="nodes/node01"]').first().click();
    await page.waitForSelector('#card');
    await check(page, 'card');
    await page.click('#upper-why');
    await check(page, 'why');
    await page.click('#upper-object');
    await page.waitForSelector('.obj');
    await check(page, 'object');
    await hands.run('vi web.yaml');
    await page.waitForSelector('.cm-content');
    await page.click('.cm-content');
    await page.keyboard.insertText('apiVersion: v1\nkind: Pod\n');
    await page.waitForTimeout(500);
    await check(page, 'editor');
    await page.keyboard.press('Control+k');
    await page.waitForSelector('#find');
    await check(page, 'palette');
    await page.keyboard.press('Escape');
    await page.click('#again');
    await check(page, 'question');
  },

  async 'axe finds no violation in the dark and in Korean'({ hands, page }) {
    await page.emulateMedia({ colorScheme: 'dark' });
    await hands.open();
    await page.selectOption('#lang', 'ko');
    await hands.run('kubectl get nodes');
    await hands.sees('node01');
    await check(page, 'dark Korean page');
  },

  async 'the chart is hidden from readers and its outline is a tree with names and states'({ hands, page }) {
    await hands.open();
    await page.waitForSelector('#outline');
    assert((await page.locator('canvas').getAttribute('aria-hidden')) === 'true', 'the canvas is hidden');
    assert((await page.locator('#outline [role=treeitem]').count()) >= 4, 'nodes stand in the tree');
  },
};
