import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { type ErasureCliFixture, GONE, STAYS } from '../../integration/cli/erasure-command-line.ts';
import type { ErasureCliInMemory } from '../in-memory/erasure-cli-in-memory.ts';
import { temporaryFile } from '../run/temporary-file.ts';

/** The command line about a category with erasures, on a server or on the store in memory. */
type Fixture = Pick<ErasureCliFixture & ErasureCliInMemory, 'id' | 'policyFile' | 'run' | 'tell' | 'seed' | 'left'>;

/** An account that was deleted so many days ago: overdue after eight. Its documents are there; its neighbour lives. */
export const overdue = async <T extends Fixture>(fixture: T, days = 8) => {
  const index = await fixture.seed();
  await fixture.tell('account-deleted', { uin: GONE }, days);
  return { fixture, index };
};

/** The use of a feature ended eight days ago, so the next run erases. `of` names it on the command line. */
export const terminated = async <T extends Fixture>(
  fixture: T,
  type: 'account-deleted' | 'feature-terminated',
  app?: string,
) => {
  const index = await fixture.seed();
  await fixture.tell(type, { uin: GONE, ...(app !== undefined && { sdkAppId: app }) }, 8);
  const of = ['--uin', GONE, ...(app === undefined ? [] : ['--app', app])];
  return { ...fixture, fixture, index, of };
};

/** A category in which one of two accounts is braked, with the text of its message. Its guard allows no account. */
export const brakedIn = async <T extends Fixture>(fixture: T) => {
  const index = await fixture.seed();
  await fixture.tell('account-deleted', { uin: GONE }, 4, { source: 'webhook', arrivedAt: Date.now() });
  const { code, stdout } = await fixture.run(['purge', '--execute']);
  expect(stdout).toContain('1 erasure braked');
  expect([code, await fixture.left(index)]).toMatchObject([3, { length: 3 }]);
  return { ...fixture, index, request: `msg_${fixture.id}_4` };
};

/** An environment with the policy, changed, in a file of its own. */
export const changed = ({ policyFile }: Fixture, from: string | RegExp, to: string) => ({
  RETENTION_POLICY: temporaryFile('policy.yml', readFileSync(policyFile, 'utf8').replace(from, to)),
});

/** The output of a command as JSON. */
export const json = async (run: Fixture['run'], args: readonly string[]) => {
  const { code, stdout } = await run([...args, '--json']);
  return { code, said: JSON.parse(stdout) };
};

/** Checks that nothing says that all is well: neither the verification, nor a run, nor the status. */
export const expectNotKept = async ({ run }: Fixture, says: string, environment = {}): Promise<void> => {
  for (const args of [['verify'], ['purge', '--execute']]) {
    const { code, stdout } = await run(args, environment);
    expect(stdout).toContain(says);
    expect(code).toBe(3);
  }
  const status = await run(['status'], environment);
  expect(status.stdout).toMatch(/^Owed: (?!nothing)/);
  expect(status.stdout).toContain(says);
  expect(status.code).toBe(3);
};

/** Checks that nothing is erased for an edited record, and that every command says so, without naming its subject. */
export const expectDistrust = async ({ run, left }: Fixture, index: string, says: string): Promise<void> => {
  for (const args of [['verify'], ['purge', '--execute'], ['status']]) {
    const { code, stdout } = await run(args);
    expect(stdout).toContain(says);
    expect(stdout).not.toMatch(new RegExp(`Owed: nothing|${GONE}|${STAYS}`));
    expect(code).toBe(3);
  }
  expect(await left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
};

/** Checks that two runs erase the account: the second run counts once more. Then all is well. */
export const expectErased = async ({ run, left }: Fixture, index: string, environment = {}): Promise<void> => {
  await run(['purge', '--execute'], environment);
  expect((await run(['purge', '--execute'], environment)).stdout).toMatch(/^Kept: 1 of 1/);
  expect(await left(index)).toEqual(['stays']);
  expect((await run(['verify'], environment)).code).toBe(0);
  expect((await run(['status'], environment)).stdout).toMatch(/^Owed: nothing/);
};
