import { build } from 'esbuild';
import { expect, test } from 'vitest';

test("the webhook's function contains no client of Elasticsearch", async () => {
  const { metafile } = await build({
    entryPoints: ['functions/receive-termination.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    metafile: true,
    outfile: 'receive-termination.js',
  });
  const files = Object.keys(metafile.inputs);
  expect(files).toContain('lib/app/function-services.ts');
  expect(files.filter((file) => /elastic/.test(file))).toEqual([]);
});
