// Bundles the command line, which then starts in a third of the time: one file, and one for each part that only some
// commands load. Runs after `npm ci`, in any Node. The
// launcher uses the bundle only while the files that it was made of are unchanged. Otherwise it runs the source.
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import plugins from '../deploy/bundle-plugins.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'dist');

/** The list of installed packages covers the files of packages. */
const INSTALLED = ['package.json', 'node_modules/.package-lock.json'];

const stamp = (file) => {
  const { size, mtimeMs } = statSync(join(root, file));
  return [file, size, mtimeMs];
};

const esbuild = await import('esbuild').catch(() => undefined);
if (esbuild === undefined) console.log('esbuild is not installed: the command line runs from its source.');
else {
  const { outputFiles, metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['lib/cli/main.ts'],
    ...{ outdir: folder, entryNames: 'es-retention', chunkNames: '[name]-[hash]', outExtension: { '.js': '.mjs' } },
    ...{ bundle: true, splitting: true, minify: true, keepNames: true },
    ...{ format: 'esm', platform: 'node', target: 'node24' },
    ...{ sourcemap: 'linked', sourcesContent: false, write: false, metafile: true, plugins },
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  });
  const inputs = Object.keys(metafile.inputs).filter((file) => /^lib\//.test(file));
  mkdirSync(folder, { recursive: true });
  for (const { path, contents } of outputFiles) {
    writeFileSync(`${path}.new`, contents);
    renameSync(`${path}.new`, path);
  }
  const written = outputFiles.map(({ path }) => basename(path));
  for (const name of readdirSync(folder))
    if (/\.mjs(\.map)?$/.test(name) && !written.includes(name)) rmSync(join(folder, name));
  // Written last: without it, or if it was made of something else, the bundle is not used.
  writeFileSync(join(folder, 'inputs.json'), JSON.stringify([...INSTALLED, ...inputs].map(stamp)));
}
