// Makes the wasm of a built page smaller, in place.
import fs from 'node:fs';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';

const folder = process.argv[2] ?? 'target/page';
const tool = path.join(path.dirname(createRequire(import.meta.url).resolve('binaryen/package.json')), 'bin/wasm-opt');
// what Rust's target uses, and nothing that a browser of last year lacks
const features = ['bulk-memory', 'bulk-memory-opt', 'nontrapping-float-to-int', 'reference-types', 'sign-ext', 'mutable-globals', 'multivalue'];
for (const name of fs.readdirSync(folder).filter((name) => name.endsWith('_bg.wasm'))) {
  const file = path.join(folder, name);
  const before = fs.statSync(file).size;
  execFileSync(process.execPath, [tool, '-Oz', ...features.map((feature) => `--enable-${feature}`), file, '-o', `${file}.small`], { stdio: ['ignore', 'ignore', 'ignore'] });
  fs.renameSync(`${file}.small`, file);
  console.log(`${name}: ${before} -> ${fs.statSync(file).size} bytes`);
}
