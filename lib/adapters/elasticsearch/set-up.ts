import type { Client } from '@elastic/elasticsearch';
import { ownIndices } from '../../policy/own-indices.ts';
import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import { InputError } from '../../purge/errors.ts';
import { REPORT_MAPPINGS } from './elasticsearch-books.ts';
import { EVENT_MAPPINGS } from './elasticsearch-event-log.ts';
import { LEASE_MAPPINGS } from './elasticsearch-leases.ts';
import { LEDGER_MAPPINGS } from './elasticsearch-ledger.ts';
import { RECEIPT_MAPPINGS } from './elasticsearch-receipts.ts';
import { wayOutOfAltered } from './own-index-limits.ts';
import type { OwnIndexShape } from './own-index-shape.ts';
import {
  addFields,
  createOwnIndex,
  differencesIn,
  findOwnIndex,
  hasCopy,
  installTemplate,
  type OwnIndexContext,
  onlyCopy,
} from './own-index-state.ts';
import { rebuildOwnIndex } from './rebuild-own-index.ts';
import type { RequestPolicy } from './request.ts';

/** What became of one index of ours. */
export interface SetUpIndex {
  readonly index: string;
  readonly did: 'made' | 'extended' | 'rebuilt' | 'left' | 'altered';
  /** Fields that were added, documents that were copied, or how it differs. */
  readonly note?: string;
  /** What to do about one that is altered. */
  readonly wayOut?: string;
}

/** Every index that a policy's runs keep for themselves. */
const ownShapes = ({ indexPrefix, reports }: RetentionPolicy): readonly OwnIndexShape[] => {
  const names = ownIndices(indexPrefix);
  return [
    { name: names.leases, mappings: LEASE_MAPPINGS },
    { name: reports.index, mappings: REPORT_MAPPINGS },
    { name: names.ledger, mappings: LEDGER_MAPPINGS },
    { name: names.events, mappings: EVENT_MAPPINGS },
    { name: names.receipts, mappings: RECEIPT_MAPPINGS },
  ];
};

const setUpOne = async (context: OwnIndexContext): Promise<SetUpIndex> => {
  const { name: index } = context.shape;
  await installTemplate(context);
  const found = await findOwnIndex(context);
  if (found === undefined) {
    if (await hasCopy(context))
      return { index, did: 'altered', note: onlyCopy(index), wayOut: wayOutOfAltered(index, []) };
    await createOwnIndex(context);
    return { index, did: 'made' };
  }
  const differences = differencesIn(context, found);
  if (differences.length > 0)
    return {
      index,
      did: 'altered',
      note: differences.join('; '),
      wayOut: wayOutOfAltered(index, differences, found),
    };
  const added = await addFields(context, found);
  return added.length === 0 ? { index, did: 'left' } : { index, did: 'extended', note: added.join(', ') };
};

const assertOurs = (shapes: readonly OwnIndexShape[], rebuild: string): void => {
  const names = shapes.map(({ name }) => name);
  if (names.includes(rebuild)) return;
  throw new InputError('bad-index', {
    expected: `one of ${names.join(', ')} after --rebuild`,
    found: `"${rebuild}"`,
    wayOut: 'Name an index that this policy keeps for itself: no other is touched.',
  });
};

/**
 * Makes every index of ours and its template, adds the fields that one lacks, and says how one differs. Changes nothing that is as it
 * should be, and deletes nothing, unless an index is named: that one is made anew, with its documents.
 * @param rebuild the index to make anew.
 * @throws InputError `bad-index`, `missing-privilege`, `own-index-altered`, `cannot-rebuild`; WorldError.
 */
export const setUpOwnIndices = async (
  client: Client,
  policy: RequestPolicy,
  retention: RetentionPolicy,
  rebuild?: string,
): Promise<readonly SetUpIndex[]> => {
  const shapes = ownShapes(retention);
  if (rebuild !== undefined) assertOurs(shapes, rebuild);
  const done: SetUpIndex[] = [];
  for (const shape of shapes) {
    const context = { client, policy, shape };
    const copied = shape.name === rebuild ? await rebuildOwnIndex(context) : undefined;
    const result = await setUpOne(context);
    done.push(copied === undefined ? result : { ...result, did: 'rebuilt', note: `${copied} documents copied` });
  }
  return done;
};
