import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';

describe('the launcher', () => {
  let root: string;
  const write = (file: string, text: string): void => {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  const inputs = (...files: readonly string[]): string =>
    JSON.stringify(
      files.map((file) => {
        const { size, mtimeMs } = statSync(join(root, file));
        return [file, size, mtimeMs];
      }),
    );
  const started = (): string =>
    execFileSync(process.execPath, [join(root, 'bin', 'es-retention.mjs')], { encoding: 'utf8' }).trim();

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'es-retention-launcher-'));
    onTestFinished(() => rmSync(root, { recursive: true }));
    write('package.json', '{ "type": "module" }');
    write('lib/cli/main.ts', "console.log('source');");
    write('lib/other.ts', 'export {};');
    write('dist/es-retention.mjs', "console.log('bundle');");
    write('dist/inputs.json', inputs('package.json', 'lib/cli/main.ts', 'lib/other.ts'));
    cpSync('bin', join(root, 'bin'), { recursive: true });
  });

  test('runs the bundle if none of the files that it was built from has changed', () => {
    expect(started()).toBe('bundle');
  });

  test.each<[string, () => void]>([
    ['a file has other text', () => write('lib/other.ts', 'export { };')],
    ['a file has another time of change', () => utimesSync(join(root, 'lib/other.ts'), 1, 1)],
    ['a file is gone', () => rmSync(join(root, 'lib/other.ts'))],
    ['there is no bundle', () => rmSync(join(root, 'dist'), { recursive: true })],
    ['the build was interrupted', () => rmSync(join(root, 'dist/inputs.json'))],
    ['the list of its files is damaged', () => write('dist/inputs.json', '[["package.json"')],
  ])('runs the source if %s', (_, change) => {
    change();
    expect(started()).toBe('source');
  });
});
