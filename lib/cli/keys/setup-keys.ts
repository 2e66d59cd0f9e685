import { randomUUID } from 'node:crypto';
import type { KeyFolder } from '../../adapters/files/key-folder.ts';
import type { FunctionKeys, ValidKey } from '../../maintenance/function-keys.ts';
import type { KeyHolder } from '../../maintenance/key-privileges.ts';
import { isoInstant } from '../../policy/time/instant.ts';

/** The options for keys. */
export interface KeysChoice {
  readonly folder: string;
  readonly stage: string;
  /** Lifetime of a key in milliseconds. */
  readonly lifetime: number;
  /** Whether a key for a person is made too. */
  readonly operator: boolean;
  /** Whether holders with a valid key get another one. */
  readonly rotate: boolean;
  /** Whether earlier keys than those in the folder are revoked, and none is made. */
  readonly revokeEarlier: boolean;
}

/** The result for the key of one holder. */
export interface KeyResult {
  readonly holder: string;
  readonly did: 'made' | 'in-folder' | 'has-one' | 'not-valid' | 'no-file' | 'revoked' | 'only-one';
  readonly note: string;
}

/** The ports for making keys. */
export interface KeyPorts {
  readonly keys: FunctionKeys;
  readonly folder: KeyFolder;
}

const untilOf = ({ expiresAt }: Pick<ValidKey, 'expiresAt'>): string =>
  expiresAt === undefined ? 'without an end' : `valid until ${isoInstant(expiresAt)}`;

/** The key is not valid: expired, revoked, or for another cluster, stage or policy. */
const notValid = (holder: string, file: string): KeyResult => ({
  holder,
  did: 'not-valid',
  note: `the key in ${file} is not valid here (expired, revoked, or of another cluster, stage or policy): remove the file and run the command again`,
});

const makeOne = async (
  holder: KeyHolder,
  valid: readonly ValidKey[],
  { lifetime, rotate }: KeysChoice,
  { keys, folder }: KeyPorts,
): Promise<KeyResult> => {
  const [stored, begun] = [folder.read(holder), folder.attemptAt(holder)];
  if (stored !== undefined) {
    await folder.end(holder);
    const found = valid.find(({ id }) => id === stored.id);
    const note = `${folder.fileOf(holder)}, ${untilOf(found ?? stored)}`;
    return found === undefined ? notValid(holder, folder.fileOf(holder)) : { holder, did: 'in-folder', note };
  }
  // If a process died before it wrote a new key down, nobody has that key.
  const lost = valid.filter(({ attempt }) => begun !== undefined && attempt === begun);
  await keys.revoke(lost.map(({ id }) => id));
  const [other] = valid.filter((key) => !lost.includes(key));
  if (other !== undefined && !rotate) {
    await folder.end(holder);
    return { holder, did: 'has-one', note: `${untilOf(other)}; --rotate makes another beside it` };
  }
  const attempt = begun ?? randomUUID();
  if (begun === undefined) await folder.begin(holder, attempt);
  const made = await keys.make(holder, attempt, lifetime);
  await folder.keep(holder, made);
  await folder.end(holder);
  return { holder, did: 'made', note: `${folder.fileOf(holder)}, ${untilOf(made)}` };
};

/** The result for one holder's earlier keys, and the ids of those to revoke. */
interface Revocation {
  readonly result: KeyResult;
  readonly ids: readonly string[];
}

const revocationOf = (holder: string, valid: readonly ValidKey[], folder: KeyFolder): Revocation => {
  const stored = folder.read(holder);
  const file = folder.fileOf(holder);
  if (stored === undefined)
    return { result: { holder, did: 'no-file', note: `no ${file}: nothing of it is revoked` }, ids: [] };
  const kept = valid.find(({ id }) => id === stored.id);
  if (kept === undefined) return { result: notValid(holder, file), ids: [] };
  const ids = valid.filter(({ id, createdAt }) => id !== kept.id && createdAt <= kept.createdAt).map(({ id }) => id);
  const note = `${file} stays, ${untilOf(kept)}`;
  return ids.length === 0
    ? { result: { holder, did: 'only-one', note }, ids }
    : { result: { holder, did: 'revoked', note: `${ids.length} earlier; ${note}` }, ids };
};

/**
 * Sends one request for all holders: for each request, the cluster waits up to a second for the revocation to become
 * visible.
 */
const revokeEarlierKeys = async (
  holders: readonly string[],
  valid: readonly ValidKey[],
  { keys, folder }: KeyPorts,
): Promise<readonly KeyResult[]> => {
  const revocations = holders.map((holder) =>
    revocationOf(
      holder,
      valid.filter((key) => key.holder === holder),
      folder,
    ),
  );
  await keys.revoke(revocations.flatMap(({ ids }) => ids));
  return revocations.map(({ result }) => result);
};

/**
 * Makes the keys that are missing in a folder, or revokes earlier keys than those in the folder. After a crash, the
 * same command continues where it stopped. It must never revoke the key in the folder, revoke any key of a holder that
 * has no valid key there, or overwrite a file.
 * @param holders the functions and persons that get a key.
 * @throws InputError | TransientError
 */
export const makeOrRevokeKeys = async (
  holders: readonly KeyHolder[],
  choice: KeysChoice,
  ports: KeyPorts,
): Promise<readonly KeyResult[]> => {
  await ports.keys.assertMayMake(holders);
  return ports.folder.alone(async () => {
    const valid = await ports.keys.valid();
    if (choice.revokeEarlier) return revokeEarlierKeys(holders, valid, ports);
    const results: KeyResult[] = [];
    for (const holder of holders) {
      const own = valid.filter((key) => key.holder === holder);
      results.push(await makeOne(holder, own, choice, ports));
    }
    return results;
  });
};
