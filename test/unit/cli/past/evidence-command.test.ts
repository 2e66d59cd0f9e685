import { createPublicKey } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderArchive } from '../../../../lib/adapters/archive/folder-archive.ts';
import { keyThumbprint } from '../../../../lib/adapters/crypto/public-key.ts';
import { statementSeal } from '../../../../lib/adapters/crypto/statement-signer.ts';
import { sha256 } from '../../../../lib/audit/accounts/account-hashes.ts';
import { STATEMENT_TYPE, type Statement, statementId } from '../../../../lib/audit/statement.ts';
import { TransientError } from '../../../../lib/base/errors.ts';
import type { KeyRing } from '../../../../lib/erasure/subjects/key-ring.ts';
import { DAY, HOUR } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { unpackZip } from '../../../support/deployment/unpack-zip.ts';
import { newRing, ringOf, TEST_RING } from '../../../support/erasure/key-ring-text.ts';
import { checkEvidence, filesIn } from '../../../support/receipts/check-evidence.ts';
import { REPORT_TIME, reportService } from '../../../support/report/report-world.ts';
import { madeOnce } from '../../../support/run/made-once.ts';

/** States a category as kept on three days before now, and not kept on the last one. */
const state = async (folder: string, category: string, policyVersion: string, ring: KeyRing = TEST_RING) => {
  const archive = folderArchive(join(folder, 'archive'), TEST_RING.archive);
  let previous: string | null = null;
  for (const [at, days] of [3, 2, 1].entries()) {
    const auditedAt = isoInstant(REPORT_TIME - days * DAY);
    const date = auditedAt.slice(0, 10);
    const statement: Statement = {
      type: STATEMENT_TYPE,
      category,
      date,
      number: at + 1,
      previous,
      auditedAt,
      cluster: 'uuid-in-memory',
      policyVersion,
      mode: 'enforce',
      isKept: days > 1,
      figures: { documents: 4, overdue: days > 1 ? 0 : 1 },
      breaches: days > 1 ? {} : { overdue: 1 },
      notices: {},
      unseen: [],
    };
    const jws = await statementSeal(ring.signing).sign(statement);
    await archive.put('statements', statementId(date, category), { jws });
    previous = sha256(jws);
  }
};

const policyVersion = async (run: Awaited<ReturnType<typeof reportService>>['run']): Promise<string> =>
  JSON.parse((await run('report', '--json')).stdout).policy.version;

/** A service with runs, an erasure, statements, and the evidence of them. */
const world = async () => {
  const service = await reportService({ categories: 2, days: 7 });
  const version = await policyVersion(service.run);
  for (const category of ['logs-0', 'settings']) await state(service.folder, category, version);
  const zip = join(service.folder, 'evidence.zip');
  const ended = await service.run('evidence', '--since', '2026-04-01', '--out', zip, '--json');
  const folder = join(service.folder, 'evidence');
  await unpackZip(zip, folder);
  return { ...service, zip, ended, told: JSON.parse(ended.stdout), evidence: folder, version };
};

const fingerprints = (): Promise<readonly string[]> =>
  Promise.all([...TEST_RING.signing.keys.values()].map((key) => keyThumbprint(createPublicKey(key))));

describe('the evidence of a period', () => {
  const made = madeOnce(world);

  test('contains statements, receipts, reports, policies, keys and instructions for checking them', () => {
    const { evidence, told, ended } = made();
    expect([ended.code, ended.stderr]).toEqual([3, '']);
    const days = ['2026-04-07', '2026-04-08', '2026-04-09'];
    expect(filesIn(evidence)).toEqual([
      'CHECK.md',
      'evidence.jws',
      'keys/new.pem',
      'keys/old.pem',
      `policies/${made().version.replace(':', '-')}.json`,
      expect.stringMatching(/^receipts\/[0-9a-f]{64}\.jws$/),
      'reports/logs-0.jsonl',
      'reports/settings.jsonl',
      ...['logs-0', 'settings'].flatMap((category) => days.map((day) => `statements/${category}/${day}.jws`)),
    ]);
    expect(told).toMatchObject({ files: 14, receipts: 1, statements: { 'logs-0': 3, settings: 3 }, withoutReceipt: 0 });
    const lines = readFileSync(join(evidence, 'reports', 'logs-0.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines.length).toBe(told.reports['logs-0']);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      id: expect.stringContaining('.opened'),
      source: { state: 'open' },
    });
  });

  test('names each policy that was in force, and says whether its text is included', async () => {
    const { told, version } = made();
    expect(told.policies).toEqual([
      { version: `sha256:${'a'.repeat(64)}`, from: expect.any(String), to: expect.any(String), isHere: false },
      { version, from: '2026-04-07T12:00:00.000Z', to: isoInstant(REPORT_TIME - 2 * HOUR), isHere: true },
    ]);
  });

  test('passes the script of CHECK.md, which lists the days stated and the days not kept', async () => {
    const { code, stdout } = await checkEvidence(made().evidence, await fingerprints());
    expect(stdout).toContain('logs-0: days stated: 3, days not kept: 2026-04-09 (overdue)');
    expect(stdout).toContain('RIGHT: 14 files, 2026-04-01T00:00:00.000Z to 2026-04-10T12:00:00.000Z');
    expect(code).toBe(0);
  });

  test('fails the script of CHECK.md if one byte changes in a file of any kind', async () => {
    const { evidence, folder } = made();
    const [own, all] = [await fingerprints(), filesIn(evidence)];
    const kinds = new Map(all.map((file) => [file.replace(/\/.*/, ''), file]));
    expect([...kinds.keys()].sort()).toEqual([
      'CHECK.md',
      'evidence.jws',
      'keys',
      'policies',
      'receipts',
      'reports',
      'statements',
    ]);
    const copy = join(folder, 'altered', 'evidence');
    for (const file of kinds.values()) {
      mkdirSync(join(copy, '..'), { recursive: true });
      cpSync(evidence, copy, { recursive: true });
      const bytes = readFileSync(join(copy, file));
      const place = bytes.length - 2;
      bytes[place] = (bytes[place] ?? 0) ^ 1;
      writeFileSync(join(copy, file), bytes);
      expect([file, await checkEvidence(copy, own)]).toEqual([
        file,
        { code: 1, stdout: expect.stringContaining(file === 'keys/old.pem' ? 'WRONG keys/old.pem' : `WRONG ${file}`) },
      ]);
      rmSync(copy, { recursive: true });
    }
  });

  test('fails the script of CHECK.md if a file is missing or added, or if a key is unknown', async () => {
    const { evidence, folder } = made();
    const own = await fingerprints();
    const copy = join(folder, 'other', 'evidence');
    mkdirSync(join(copy, '..'), { recursive: true });
    cpSync(evidence, copy, { recursive: true });
    rmSync(join(copy, 'statements', 'logs-0', '2026-04-08.jws'));
    writeFileSync(join(copy, 'reports', 'planted.jsonl'), '{}');
    const { code, stdout } = await checkEvidence(copy, own);
    expect(code).toBe(1);
    expect(stdout).toContain('WRONG statements/logs-0/2026-04-08.jws: missing');
    expect(stdout).toContain('WRONG statements/logs-0/2026-04-09.jws: not the next one');
    expect(stdout).toContain('WRONG reports/planted.jsonl: not as listed');
    const unknown = await checkEvidence(evidence, own.slice(1));
    expect([unknown.code, unknown.stdout]).toEqual([1, expect.stringContaining('is not one of yours')]);
  });

  test('contains no account and no private key', () => {
    const { evidence } = made();
    const all = filesIn(evidence)
      .map((file) => readFileSync(join(evidence, file), 'utf8'))
      .join('\n');
    for (const secret of ['900719', '900720', '700700', 'a secret reason', 'PRIVATE'])
      expect(all).not.toContain(secret);
  });

  test('replaces no existing file, and writes no file if a report cannot be read', async () => {
    const { run, zip, folder, backend } = made();
    expect(await run('evidence', '--out', zip)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not-written'),
    });
    const { documents } = backend.history;
    backend.history.documents = async function* () {
      yield await Promise.reject(
        new TransientError('no-server', { expected: 'an answer', found: 'none', fix: 'Wait.' }),
      );
    };
    const other = join(folder, 'other.zip');
    expect((await run('evidence', '--out', other)).code).toBe(1);
    expect(existsSync(other)).toBe(false);
    backend.history.documents = documents;
  });
});

test('evidence includes the policy of --with-policy, and ends with exit code 3 without statements', async () => {
  const { run, folder } = await reportService({ categories: 2, days: 0 });
  const earlier = join(folder, 'earlier.yml');
  writeFileSync(earlier, 'mode: observe\n');
  const zip = join(folder, 'evidence.zip');
  const { code, stdout } = await run('evidence', '--out', zip, '--with-policy', earlier, '--json');
  expect([code, JSON.parse(stdout).policies]).toEqual([3, []]);
  expect(JSON.parse(stdout).summary).toContain('things are missing');
  await unpackZip(zip, join(folder, 'evidence'));
  expect(readdirSync(join(folder, 'evidence', 'policies'))).toContain(`sha256-${sha256('{"mode":"observe"}')}.json`);
});

test('evidence leaves out and names a statement that no key of the ring has signed', async () => {
  const { run, folder } = await reportService({ categories: 2, days: 0 });
  await state(folder, 'logs-0', await policyVersion(run), ringOf(newRing()));
  const { code, stdout } = await run('evidence', '--out', join(folder, 'evidence.zip'), '--json');
  expect([code, JSON.parse(stdout).leftOut]).toEqual([
    3,
    ['2026-04-07', '2026-04-08', '2026-04-09'].map((date) => ({
      path: `statements/logs-0/${date}.jws`,
      why: 'not signed by a key of the ring',
    })),
  ]);
});

test('evidence names a receipt that is no longer in the archive', async () => {
  const { run, folder } = await reportService({ categories: 2, days: 1 });
  rmSync(join(folder, 'archive', 'receipts'), { recursive: true });
  const { code, stdout } = await run('evidence', '--out', join(folder, 'evidence.zip'));
  expect([code, stdout]).toEqual([
    3,
    expect.stringMatching(/Left out: receipts\/[0-9a-f]{64}\.jws \(not in the archive\)\./),
  ]);
});
