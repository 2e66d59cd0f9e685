import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { unpackZip } from '../../../support/deployment/unpack-zip.ts';
import { checkEvidence, filesIn } from '../../../support/receipts/check-evidence.ts';
import { erasureCliFixture, GONE, STAYS } from '../erasure-command-line.ts';

test('report and evidence show an erasure and an audit, and the evidence can be verified', async () => {
  const { run, seed, tell, archive, consoleCategory } = await erasureCliFixture();
  await seed();
  await tell('account-deleted', { uin: GONE }, 4);
  for (let runs = 0; runs < 2; runs += 1) expect((await run(['purge', '--execute', '--yes'])).code).toBe(0);
  // It ends with 3 if other tests have indices that nobody claims.
  expect((await run(['audit'])).code).not.toBe(1);
  const folder = dirname(archive);
  const page = join(folder, 'report.html');
  expect(await run(['report', '--html', page])).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(page, 'utf8')).toContain('1 of 1 promise kept');
  const { erasures, categories } = JSON.parse((await run(['report', '--json'])).stdout);
  expect(erasures[0].closed).toEqual([expect.objectContaining({ documentsErased: 2, inTime: true })]);
  expect(categories[0].past).toMatchObject({ runs: 2, outcomes: { complete: 2 }, doubtful: 0 });

  const zip = join(folder, 'evidence.zip');
  const ended = await run(['evidence', '--since', 'P1D', '--out', zip, '--json']);
  expect([ended.code, ended.stderr]).toEqual([0, '']);
  const told = JSON.parse(ended.stdout);
  expect(told).toMatchObject({
    receipts: 1,
    leftOut: [],
    withoutReceipt: 0,
    policies: [{ isHere: true }],
    statements: { [consoleCategory.id]: 1 },
    reports: { [consoleCategory.id]: 4 },
  });
  const evidence = join(folder, 'evidence');
  await unpackZip(zip, evidence);
  const { code, stdout } = await checkEvidence(
    evidence,
    told.keys.map(({ fingerprint }: { readonly fingerprint: string }) => fingerprint),
  );
  expect([code, stdout]).toEqual([0, expect.stringContaining(`${consoleCategory.id}: days stated: 1`)]);
  const all = filesIn(evidence)
    .map((file) => readFileSync(join(evidence, file), 'utf8'))
    .join('\n');
  for (const account of [GONE, STAYS]) expect(all).not.toContain(account);
});
