import type { Client } from '@elastic/elasticsearch';
import { InputError } from '../../../base/errors.ts';
import { number } from '../../../base/number-text.ts';
import { withFirstHolds } from '../../../control/first-holds.ts';
import type { SetUpChoice, SetUpIndex } from '../../../maintenance/set-up.ts';
import { type OwnIndices, ownIndices } from '../../../policy/own-indices.ts';
import type { RetentionPolicy } from '../../../policy/retention-policy.ts';
import type { RequestPolicy } from '../client/request.ts';
import { fixOfAltered } from '../own-index/fix-of-altered.ts';
import type { OwnIndexShape } from '../own-index/own-index-shape.ts';
import {
  addFields,
  createOwnIndex,
  differencesIn,
  findOwnIndex,
  hasCopy,
  installTemplate,
  type OwnIndexContext,
  onlyCopy,
} from '../own-index/own-index-state.ts';
import { rebuildOwnIndex } from '../own-index/rebuild-own-index.ts';
import { elasticsearchControlStore } from '../records/elasticsearch-controls.ts';
import { type MovedIndex, movePorts, moveSharedIndices, removeMovedIndices } from './move-shared.ts';
import { OWN_INDEX_KINDS, OWN_MAPPINGS, shapeNamed } from './own-mappings.ts';

/** The kinds of own indices that even a category without a termination rule has. */
const KINDS_OF_EVERY_CATEGORY = new Set<keyof OwnIndices>(['leases', 'controls', 'reports']);

/** Every own index that the policy's runs need. */
export const ownShapes = (retention: RetentionPolicy): readonly OwnIndexShape[] =>
  [...retention.categories.values()].flatMap(({ id, rules }) => {
    const names = ownIndices(retention, id);
    return OWN_INDEX_KINDS.filter((kind) => rules.termination !== undefined || KINDS_OF_EVERY_CATEGORY.has(kind)).map(
      (kind) => ({
        name: names[kind],
        mappings: OWN_MAPPINGS[kind],
      }),
    );
  });

const setUpOne = async (context: OwnIndexContext): Promise<SetUpIndex> => {
  const { name: index } = context.shape;
  await installTemplate(context);
  const found = await findOwnIndex(context);
  if (found === undefined) {
    if (await hasCopy(context)) return { index, did: 'altered', note: onlyCopy(index), fix: fixOfAltered(index, []) };
    await createOwnIndex(context);
    return { index, did: 'made' };
  }
  const differences = differencesIn(context, found);
  if (differences.length > 0)
    return {
      index,
      did: 'altered',
      note: differences.join('; '),
      fix: fixOfAltered(index, differences, found),
    };
  const added = await addFields(context, found);
  return added.length === 0 ? { index, did: 'left' } : { index, did: 'extended', note: added.join(', ') };
};

/**
 * Creates the document of the controls if it does not exist. Functions may not do so. If a run has destroyed anything
 * under earlier controls, the next run notices that they are gone.
 */
const createControls = async (
  client: Client,
  requests: RequestPolicy,
  retention: RetentionPolicy,
  done: readonly SetUpIndex[],
): Promise<void> => {
  const usable = new Set(done.flatMap(({ index, did }) => (did === 'altered' ? [] : [index])));
  const store = withFirstHolds(elasticsearchControlStore(client, requests, retention));
  for (const id of retention.categories.keys())
    if (usable.has(ownIndices(retention, id).controls)) await store.create(id);
};

const assertOurs = (retention: RetentionPolicy, rebuild: string): OwnIndexShape => {
  const shape = shapeNamed(retention, rebuild);
  if (shape !== undefined) return shape;
  throw new InputError('bad-index', {
    expected: 'the name of an index of ours after --rebuild, as listed by node bin/es-retention.mjs setup',
    found: `"${rebuild}"`,
    fix: 'Name one of the own indices of this policy: no other index is changed.',
  });
};

const movedIndices = (moved: readonly MovedIndex[]): readonly SetUpIndex[] =>
  moved.map(({ index, documents, left }) =>
    left === 0
      ? { index, did: 'moved', note: `${number(documents)} documents are in the indices of their categories` }
      : { index, did: 'not-moved', note: `${number(left)} of ${number(documents)} documents` },
  );

/**
 * Creates every own index and its template, adds missing fields, and reports differences. Then moves the records of
 * earlier versions from shared indices. Changes nothing that is correct. Deletes nothing, unless the caller names an
 * index to rebuild, or wants indices of earlier versions removed.
 * @throws InputError `bad-index`, `missing-privilege`, `own-index-altered`, `cannot-rebuild`; TransientError, such as
 *   `lease-held`.
 */
export const setUpOwnIndices = async (
  client: Client,
  requests: RequestPolicy,
  retention: RetentionPolicy,
  { rebuild, removeMoved = false }: SetUpChoice = {},
): Promise<readonly SetUpIndex[]> => {
  const ports = movePorts(client, requests, retention);
  const contextOf = (shape: OwnIndexShape): OwnIndexContext => ({ client, requests, shape });
  const shapes = ownShapes(retention);
  const asked = rebuild === undefined ? undefined : assertOurs(retention, rebuild);
  const copied = asked && (await rebuildOwnIndex(contextOf(asked)));
  const rebuilt = copied === undefined ? undefined : `${number(copied)} documents copied`;
  const done: SetUpIndex[] = [];
  for (const shape of shapes) {
    const result = await setUpOne(contextOf(shape));
    done.push(shape.name === rebuild && rebuilt ? { ...result, did: 'rebuilt', note: rebuilt } : result);
  }
  await createControls(client, requests, retention, done);
  if (asked !== undefined && rebuilt !== undefined && shapes.every(({ name }) => name !== rebuild))
    done.push({ index: asked.name, did: 'rebuilt', note: rebuilt });
  done.push(...movedIndices(await moveSharedIndices(ports)));
  const removed = removeMoved ? await removeMovedIndices(ports) : [];
  return [...done, ...removed.map((index): SetUpIndex => ({ index, did: 'removed' }))];
};
