import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const BUGS = 'test/simulation/bugs';
const run = promisify(execFile);

/** The code that the bugs of each folder may be in. */
const PLACES = [
  ['core', /^lib\/(?:policy|rules|purge|control|erasure|maintenance|lambda)\//],
  ['adapters', /^lib\/adapters\/elasticsearch\//],
] as const;

const hasGit = ((): boolean => {
  try {
    execFileSync('git', ['--version']);
    return true;
  } catch {
    console.info(`skipped: whether the patches in ${BUGS} apply, because there is no git`);
    return false;
  }
})();

const patchesIn = (kind: string): readonly string[] =>
  readdirSync(join(BUGS, kind))
    .sort()
    .map((name) => join(BUGS, kind, name));

/** What git says if a patch does not apply; empty if it applies. */
const complaintOf = (patch: string): Promise<string> =>
  run('git', ['apply', '--check', patch]).then(
    () => '',
    (error: Error) => error.message,
  );

describe.each(PLACES)('the bugs of the simulation in %s', (kind, place) => {
  const patches = patchesIn(kind);

  test('are at least 15, numbered without a gap', () => {
    const numbers = patches.map((patch) => /\/(\d\d)-[a-z0-9-]+\.patch$/.exec(patch)?.[1]);
    expect(numbers.length).toBeGreaterThanOrEqual(15);
    expect(numbers).toEqual(patches.map((_, at) => `${at + 1}`.padStart(2, '0')));
  });

  test('begin with a sentence about the bug, and change only code of their place', () => {
    for (const patch of patches) {
      const text = readFileSync(patch, 'utf8');
      expect(text, patch).toMatch(/^[A-Z][^\n]{40,}\.\ndiff --git /);
      const files = [...text.matchAll(/^\+\+\+ b\/(.+)$/gm)].map(([, file]) => file);
      expect(files.length, patch).toBeGreaterThan(0);
      for (const file of files) expect(file, patch).toMatch(place);
    }
  });

  // After a change of the code, write such a patch anew, with the same bug.
  test.skipIf(!hasGit)('apply to the present code', async () => {
    const complaints = await Promise.all(patches.map(complaintOf));
    expect(complaints.filter((complaint) => complaint !== '')).toEqual([]);
  });
});
