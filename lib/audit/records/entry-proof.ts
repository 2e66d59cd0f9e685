import { createHmac, type KeyObject } from 'node:crypto';
import { type HashKeys, ledgerNamesOf } from '../accounts/account-hashes.ts';
import type { RawRecord } from '../audit-reader.ts';
import { rawFields, textOf } from './raw-records.ts';

// The audit makes the proofs of open entries with its own code, written from docs/keys.md and docs/decisions/0006.

const PROOF = 'es-retention/obligation/3';
/** Entries of an earlier version: their proof covers account and dates, and nothing else. */
const EARLIER = 'es-retention/obligation/2';

type Fields = Readonly<Record<string, unknown>>;

const proof = (key: KeyObject, parts: readonly unknown[]): string =>
  createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url');

const eventsIn = ({ events }: Fields): string =>
  JSON.stringify(
    (Array.isArray(events) ? events.map(rawFields) : []).map(({ type, at, immediate, requestId, heardAt }) => [
      type,
      at,
      immediate,
      requestId,
      heardAt,
    ]),
  );

const progressIn = (entry: Fields): string => {
  const { documentsErased, claimed, claimedFor, firstErasedAt, verifiedAt, newUse, indices } = rawFields(
    entry.progress,
  );
  const maybe = [claimed, claimedFor, firstErasedAt, verifiedAt].map((each) => each ?? null);
  return JSON.stringify([documentsErased, ...maybe, newUse, indices]);
};

/** When an entry was opened again for an erasure that it had already carried out. */
const reopenedIn = ({ closures, obligation }: Fields): readonly unknown[] => {
  const last = rawFields(Array.isArray(closures) ? closures.at(-1) : undefined);
  const isSame = rawFields(last.obligation).terminatedAt === rawFields(obligation).terminatedAt;
  return last.reopenedAt === undefined || !isSame ? [] : [last.reopenedAt];
};

/**
 * Whether an open entry has the content that was recorded: it names the account from which its id was made, and its
 * proof covers account, dates, events and progress. Nobody can make such a proof without the subject key. True if the
 * keys do not have the version of the entry.
 */
export const hasRecordedContent = ({ id, source }: RawRecord, keys: HashKeys): boolean => {
  const [, trigger = '', kid = '', hash = ''] = id.split('/');
  const key = keys.get(kid);
  if (key === undefined) return true;
  const entry = rawFields(source);
  const { requestId, heardAt, terminatedAt, eraseFrom, eraseBy, immediate, proof: given } = rawFields(entry.obligation);
  const [uin, sdkAppId] = [textOf(entry.uin), textOf(entry.sdkAppId)];
  if (uin === undefined) return false;
  const [name] = ledgerNamesOf({ uin, ...(sdkAppId !== undefined && { sdkAppId }) }, new Map([[kid, key]]));
  const isNamed = name === `${kid}/${hash}` && (sdkAppId === undefined) === (entry.scope === 'account');
  const dates = [trigger, kid, hash, uin, sdkAppId ?? null, terminatedAt, eraseFrom, eraseBy, immediate];
  const rest = [entry.scope, requestId, heardAt, eventsIn(entry), progressIn(entry), ...reopenedIn(entry)];
  return isNamed && [proof(key, [PROOF, ...dates, ...rest]), proof(key, [EARLIER, ...dates])].includes(String(given));
};
