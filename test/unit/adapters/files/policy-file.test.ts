import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { chosenPolicyFile, policyFile } from '../../../../lib/adapters/files/policy-file.ts';

let folder: string;
let shipped: string;
let here: string;
let inFunction: Readonly<Record<string, string>>;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'es-retention-policy-')));
  const [task, working] = [join(folder, 'task'), join(folder, 'working')];
  for (const each of [task, working]) mkdirSync(each);
  [shipped, here] = [join(task, 'retention-policy.yml'), join(working, 'retention-policy.yml')];
  inFunction = { LAMBDA_TASK_ROOT: task };
  writeFileSync(shipped, 'mode: observe\n');
  vi.spyOn(process, 'cwd').mockReturnValue(working);
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

describe('the policy file of a command line', () => {
  test('is the shipped one if the working folder has none', () => {
    expect(chosenPolicyFile(undefined, inFunction)).toBe(shipped);
  });

  test('is the shipped one if the working folder has the same text', () => {
    writeFileSync(here, 'mode: observe\n');
    expect(chosenPolicyFile(undefined, inFunction)).toBe(shipped);
  });

  test('must be named if the working folder has another one', () => {
    writeFileSync(here, 'mode: enforce\n');
    const choose = () => chosenPolicyFile(undefined, inFunction);
    expect(choose).toThrow(expect.objectContaining({ code: 'which-policy', message: expect.stringContaining(here) }));
    expect(choose).toThrow(shipped);
    expect(choose).toThrow('--policy retention-policy.yml');
  });

  test('must be named if the one in the working folder cannot be read', () => {
    mkdirSync(here);
    expect(() => chosenPolicyFile(undefined, inFunction)).toThrow(here);
  });

  test('is that of --policy, or else of RETENTION_POLICY, whatever the working folder has', () => {
    writeFileSync(here, 'mode: enforce\n');
    const environment = { ...inFunction, RETENTION_POLICY: 'theirs.yml' };
    expect(chosenPolicyFile('mine.yml', environment)).toBe('mine.yml');
    expect(chosenPolicyFile(undefined, environment)).toBe('theirs.yml');
  });
});

describe('the policy file of a function', () => {
  test('is the one in its zip, whatever is in the working folder', () => {
    writeFileSync(here, 'mode: enforce\n');
    expect(policyFile(undefined, inFunction)).toBe(shipped);
  });
});
