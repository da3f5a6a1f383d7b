// From the built page (first argument) makes two things in a folder (second argument): the page for a static host, with
// its wasm already compressed, and pilothouse.html, the same as one file that runs from file://.
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';

const [from, to] = process.argv.slice(2);
if (!from || !to) throw new Error('pack.mjs FROM TO');
fs.rmSync(to, { recursive: true, force: true });
fs.mkdirSync(to, { recursive: true });
const read = (name) => fs.readFileSync(path.join(from, name));
const html = read('index.html').toString();
const names = fs.readdirSync(from);
const wasmName = names.find((name) => name.endsWith('_bg.wasm'));
const jsName = names.find((name) => /^pilothouse-.*\.js$/.test(name));
if (!wasmName || !jsName) throw new Error('the built page has no wasm; build it first');

// what trunk wrote to start the page
const starter = /<script type="module"[^>]*>[\s\S]*?<\/script>/;
if (!starter.test(html)) throw new Error('the built page has no module script');
const preload = /<link rel="(?:modulepreload|preload)"[^>]*>/g;

const gz = zlib.gzipSync(read(wasmName), { level: 9 });
const js = read(jsName).toString();
const inflate = `(bytes) => new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')), { headers: { 'content-type': 'application/wasm' } })`;

// 1. the static folder: many hosts do not compress .wasm, so it is shipped compressed and inflated here
const wasmGz = wasmName.replace('.wasm', '.wasm.gz');
fs.writeFileSync(path.join(to, wasmGz), gz);
fs.writeFileSync(path.join(to, jsName), js);
fs.cpSync(path.join(from, 'fonts'), path.join(to, 'fonts'), { recursive: true });
for (const name of names) if (name.endsWith('.css') || name === 'editor.js' || name === 'docs.txt') fs.writeFileSync(path.join(to, name), read(name));
for (const name of ['LICENSE-MIT', 'LICENSE-APACHE', 'THIRD-PARTY.md']) if (fs.existsSync(name)) fs.copyFileSync(name, path.join(to, name));
const fetchStart = `<script type="module">
import init from './${jsName}';
const inflate = ${inflate};
const answer = await fetch('./${wasmGz}');
// a host may have inflated it already
const bytes = new Uint8Array(await answer.arrayBuffer());
await init({ module_or_path: bytes[0] === 0x1f ? inflate(bytes) : bytes });
</script>`;
const relative = html.replace(preload, '').replace(starter, () => fetchStart).replaceAll('="/', '="./');
const preloads = `<link rel="modulepreload" href="./${jsName}"><link rel="preload" as="fetch" crossorigin href="./${wasmGz}">`;
fs.writeFileSync(path.join(to, 'index.html'), relative.replace('</head>', () => `${preloads}\n</head>`));

// 2. one file
const url = (css) => css.replace(/url\("?(fonts\/[^")]+)"?\)/g, (_, file) => `url(data:font/woff2;base64,${read(file).toString('base64')})`);
let one = html.replace(preload, '');
one = one.replace(/<link rel="stylesheet" href="[./]*([^"]+\.css)"[^>]*>/g, (_, file) => `<style>${url(read(file).toString())}</style>`);
// an inline module has no exports and no address of its own
const inline = js.replace(/^export\s*\{[^}]*\};?\s*$/gm, '').replace(/^export default .*$/gm, '').replace(/^export (?=(?:async )?(?:function|class|const|let))/gm, '').replaceAll('import.meta.url', 'document.baseURI');
const entry = /export\s*\{[^}]*?(\w+) as default/.exec(js)?.[1] ?? /export default (\w+)/.exec(js)?.[1];
if (!entry) throw new Error('the start function of the built page was not found');
const safe = (text) => text.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
const start = `<script type="text/plain" id="ph-editor">${safe(read('editor.js').toString())}</script>
<script type="text/plain" id="ph-wasm">${gz.toString('base64')}</script>
<script type="text/plain" id="ph-docs">${zlib.gzipSync(read('docs.txt'), { level: 9 }).toString('base64')}</script>
<script type="module">
${safe(inline)}
const inflate = ${inflate};
const bytesOf = (id) => Uint8Array.from(atob(document.getElementById(id).textContent), (c) => c.charCodeAt(0));
globalThis.phDocs = () => inflate(bytesOf('ph-docs')).text();
const packed = document.getElementById('ph-wasm');
const bytes = bytesOf('ph-wasm');
packed.remove();
await ${entry}({ module_or_path: inflate(bytes) });
</script>`;
one = one.replace(starter, () => '').replace('</body>', () => `${start}\n</body>`);
if (/(?:src|href)="(?!data:|#|https?:)[^"]+"/.test(one.replace(/<script[\s\S]*?<\/script>/g, ''))) throw new Error('pilothouse.html still refers to another file');
fs.writeFileSync(path.join(to, 'pilothouse.html'), one);
console.log(`${to}/index.html and ${to}/pilothouse.html (${(one.length / 1e6).toFixed(1)} MB)`);
