// The bytes of a built page, as they travel (brotli), by part. With a budget, each part is a test.
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';

const [folder, budgetFile] = process.argv.slice(2);
const br = (bytes) => zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11, [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }).length;
const parts = { wasm: 0, script: 0, style: 0, page: 0, fonts: 0, editor: 0, docs: 0 };
const part = (name) => name === 'editor.js' ? 'editor' : name === 'docs.txt' ? 'docs' : /\.wasm(\.gz)?$/.test(name) ? 'wasm' : name.endsWith('.js') ? 'script' : name.endsWith('.css') ? 'style' : name === 'index.html' ? 'page' : name.endsWith('.woff2') ? 'fonts' : null;
for (const name of fs.readdirSync(folder, { recursive: true })) {
  const file = path.join(folder, name);
  const kind = part(path.basename(name));
  if (!kind || !fs.statSync(file).isFile()) continue;
  const raw = fs.readFileSync(file);
  parts[kind] += kind === 'fonts' ? raw.length : br(name.endsWith('.gz') ? zlib.gunzipSync(raw) : raw);
}
// the editor comes when the first file is opened
parts.first = parts.wasm + parts.script + parts.style + parts.page + parts.fonts;
const budget = budgetFile ? JSON.parse(fs.readFileSync(budgetFile)) : {};
let passed = 0;
let failed = 0;
for (const [name, bytes] of Object.entries(parts)) {
  const most = budget[name];
  const over = most !== undefined && bytes > most;
  if (most !== undefined) over ? failed++ : passed++;
  console.log(`${name.padEnd(7)} ${String(bytes).padStart(9)} bytes${most === undefined ? '' : ` of ${most}${over ? '  OVER BUDGET' : ''}`}`);
}
if (budgetFile) console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
