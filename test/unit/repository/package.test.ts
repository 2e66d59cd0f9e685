import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const { engines, optionalDependencies, scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
const nvmrc = readFileSync('.nvmrc', 'utf8').trim();
const [major] = nvmrc.split('.');

test('package.json, .nvmrc, preflight and launcher require the same Node', () => {
  expect(new Set(Object.values(optionalDependencies))).toEqual(new Set([nvmrc]));
  expect(engines.node).toBe(`>=${major}`);
  expect(readFileSync('scripts/preflight.mjs', 'utf8')).toContain(`if (major < ${major})`);
  expect(readFileSync('bin/es-retention.mjs', 'utf8')).toContain(`const NEEDED = ${major};`);
});

test('each script that starts a server first checks its requirements', () => {
  for (const name of ['demo', 'test', 'test:quick', 'test:e2e', 'bench', 'readme'])
    expect(scripts[name]).toMatch(/^node scripts\/preflight\.mjs --elasticsearch && /);
});
