import { DAY } from '../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../lib/policy/time/instant.ts';
import type { DocumentRemover } from '../../../lib/purge/document-remover.ts';
import type { Ports } from '../../../lib/purge/purge.ts';
import { NOW } from '../purge/purge-fixture.ts';
import { type ErasureFixture, TERMINATED } from './erasure-fixture.ts';

/** The account that ends, and is reinstated. */
export const GONE = '9007199254740993';
const STAYS = '9007199254740992';

/** The part of an erasure fixture that these tests need, with or without a server. */
interface Erasing extends Pick<ErasureFixture, 'tell' | 'entries'> {
  readonly createIndex: (
    suffix: string,
    documents: Readonly<Record<string, ReturnType<typeof configuration>>>,
  ) => Promise<string>;
}

/** A document of an account from before its end. */
export const configuration = (uin: string) => ({ uin, sdkAppId: '1', '@timestamp': isoInstant(TERMINATED - DAY) });

/** Two indices, each with one document of the account that is erased. */
export const twoIndices = async (fixture: Erasing): Promise<readonly [string, string]> => [
  await fixture.createIndex('a', { 'gone-a': configuration(GONE), stays: configuration(STAYS) }),
  await fixture.createIndex('b', { 'gone-b': configuration(GONE), stays: configuration(STAYS) }),
];

/** Records the return once, before or after the first call of one function of the remover. */
export const returning = (
  fixture: Erasing,
  call: 'slices' | 'deleteSlice',
  when: 'before' | 'after',
  more: (ports: Ports) => Promise<unknown> = async () => undefined,
) => {
  let isTold = false;
  return (ports: Ports): Ports => {
    const tell = async () => {
      if (isTold) return;
      isTold = true;
      await fixture.tell('account-reinstated', { uin: GONE }, NOW);
      await more(ports);
    };
    const real = ports.remover[call] as (...given: unknown[]) => Promise<unknown>;
    const around = async (...given: unknown[]): Promise<unknown> => {
      if (when === 'before') await tell();
      const answer = await real(...given);
      if (when === 'after') await tell();
      return answer;
    };
    return { ...ports, remover: { ...ports.remover, [call]: around } as DocumentRemover };
  };
};

/** The entry of that trigger. */
export const entryOf = async (fixture: Erasing, trigger = 'account-deleted') =>
  (await fixture.entries()).find((entry) => entry.trigger === trigger);
