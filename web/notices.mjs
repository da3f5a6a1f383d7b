// Writes THIRD-PARTY.md: what the page ships of others, with their licences. Run it when Cargo.lock or package-lock.json change:
//   node web/notices.mjs [folder with node_modules]
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const modules = path.join(process.argv[2] ?? 'web', 'node_modules');
const run = (...args) => execFileSync('cargo', args, { encoding: 'utf8', maxBuffer: 1 << 28 });
const licenceFile = /^(licen[cs]e|copying|notice|unlicense)/i;

const metadata = JSON.parse(run('metadata', '--format-version', '1', '--filter-platform', 'wasm32-unknown-unknown'));
const shipped = new Set(
  run('tree', '--target', 'wasm32-unknown-unknown', '-e', 'normal', '--prefix', 'none', '--format', '{p}').split('\n')
    .map((line) => line.split(' ').slice(0, 2).join(' ')).filter(Boolean));
const parts = metadata.packages
  .filter((p) => p.source && shipped.has(`${p.name} v${p.version}`))
  .map((p) => ({ name: p.name, version: p.version, licence: p.license ?? 'see its text', authors: p.authors, folder: path.dirname(p.manifest_path) }));

const wanted = Object.keys(JSON.parse(fs.readFileSync('web/package.json', 'utf8')).dependencies);
for (const seen = new Set(); wanted.length; ) {
  const name = wanted.pop();
  const folder = path.join(modules, name);
  if (seen.has(name) || !fs.existsSync(folder)) continue;
  seen.add(name);
  const info = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  parts.push({ name, version: info.version, licence: info.license, authors: [info.author?.name ?? info.author ?? ''], folder });
  wanted.push(...Object.keys(info.dependencies ?? {}));
}
parts.sort((a, b) => (a.name < b.name ? -1 : 1));

const texts = new Map();
for (const part of parts) {
  const files = fs.readdirSync(part.folder).filter((f) => licenceFile.test(f) && fs.statSync(path.join(part.folder, f)).isFile());
  // of a choice of licences the permissive short one is taken
  const chosen = files.filter((f) => /mit|notice/i.test(f));
  for (const file of chosen.length ? chosen : files) {
    const text = fs.readFileSync(path.join(part.folder, file), 'utf8').replace(/\r/g, '').trim();
    texts.set(text, [...(texts.get(text) ?? []), part.name]);
  }
}

let out = `# Third-party notices

What a build of the page contains of others. Made by \`node web/notices.mjs\`.

Fonts: Inter (The Inter Project Authors) and JetBrains Mono (The JetBrains Mono Project Authors), both under the SIL Open Font
License 1.1; the texts are in \`static/fonts/\`. API types and field documentation are generated from Kubernetes' OpenAPI document
(The Kubernetes Authors, Apache-2.0) by k8s-openapi.

| part | version | licence |
|---|---|---|
`;
for (const part of parts) out += `| ${part.name} | ${part.version} | ${part.licence} |\n`;
for (const [text, names] of [...texts].sort((a, b) => (a[1][0] < b[1][0] ? -1 : 1))) {
  out += `\n## ${[...new Set(names)].join(', ')}\n\n\`\`\`text\n${text.replaceAll('```', "'''")}\n\`\`\`\n`;
}
fs.writeFileSync('THIRD-PARTY.md', out);
console.log(`${parts.length} parts, ${texts.size} licence texts`);
