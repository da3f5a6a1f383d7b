// After a build: puts the descriptions of fields, which the library's build script wrote, beside the page.
import fs from 'node:fs';
import path from 'node:path';

const staging = process.env.TRUNK_STAGING_DIR ?? 'target/page';
const target = process.env.CARGO_TARGET_DIR ?? 'target';
const found = [];
const look = (folder, depth) => {
  for (const entry of fs.existsSync(folder) ? fs.readdirSync(folder, { withFileTypes: true }) : []) {
    const at = path.join(folder, entry.name);
    if (entry.isDirectory() && entry.name === 'build') {
      for (const name of fs.readdirSync(at)) {
        const file = path.join(at, name, 'out/docs.txt');
        if (name.startsWith('pilothouse-') && fs.existsSync(file)) found.push({ file, at: fs.statSync(file).mtimeMs });
      }
    } else if (entry.isDirectory() && depth < 2) look(at, depth + 1);
  }
};
look(target, 0);
found.sort((a, b) => b.at - a.at);
if (!found.length) throw new Error('docs.txt was not built');
fs.copyFileSync(found[0].file, path.join(staging, 'docs.txt'));
