import { InputError } from '../../../base/errors.ts';
import { failureText } from '../client/error-text.ts';
import { refreshIndex } from '../client/refresh-index.ts';
import { request } from '../client/request.ts';
import { assertAllIn, forEachPage, someOf } from './compare-indices.ts';
import { fixOfLostSource } from './fix-of-altered.ts';
import { markOf } from './own-index-mark.ts';
import { type FoundIndex, lowLimits, settingsFix, unfitSettings } from './own-index-settings.ts';
import { holdsSource, templateName } from './own-index-shape.ts';
import {
  copyName,
  createOwnIndex,
  differencesIn,
  findOwnIndex,
  hasCopy,
  installTemplate,
  type OwnIndexContext,
} from './own-index-state.ts';

/** Milliseconds that copying one index may take. */
const COPYING = 900_000;

const cannot = (name: string, found: string, fix: string): InputError =>
  new InputError('cannot-rebuild', { expected: `${name} with documents that can be copied`, found, fix });

/** An index with limits that are too low would return too few documents. Raising the limits needs no rebuild. */
const assertCopyable = (name: string, found: FoundIndex | undefined): void => {
  const limits = found === undefined ? [] : lowLimits(found).map(({ clause }) => clause);
  if (found === undefined || limits.length === 0) return;
  throw cannot(name, limits.join('; '), `${settingsFix(name, unfitSettings(found))} Nothing was changed.`);
};

/** @throws InputError `cannot-rebuild` if Elasticsearch cannot print a document of the index: then it copies none. */
const assertPrintable = async (context: OwnIndexContext, from: string): Promise<void> => {
  const unprintable: string[] = [];
  await forEachPage(context, from, async (page) => {
    unprintable.push(...page.flatMap(({ _id = '', _source }) => (_source === undefined ? [_id] : [])));
  });
  if (unprintable.length === 0) return;
  throw cannot(
    context.shape.name,
    `${unprintable.length} that Elasticsearch stored and cannot print: ${someOf(unprintable)}`,
    `Remove each by its id: DELETE /${from}/_doc/<id>, with every / of the id as %2F. Nothing was changed. Then run the command again, and node bin/es-retention.mjs replay.`,
  );
};

/**
 * Copies the documents that the target lacks.
 * @throws InputError `cannot-rebuild` if a document does not fit our mapping.
 */
const copy = async ({ client, requests, shape }: OwnIndexContext, from: string, to: string): Promise<void> => {
  // Documents that were not refreshed would not be copied.
  await refreshIndex(client, requests, from);
  const { failures = [] } = await request(requests, `copying ${from}`, (options) =>
    client.reindex(
      {
        source: { index: from },
        dest: { index: to, op_type: 'create', routing: 'discard' },
        conflicts: 'proceed',
        refresh: true,
      },
      { ...options, requestTimeout: COPYING },
    ),
  );
  if (failures.length > 0)
    throw cannot(
      shape.name,
      `${failureText(failures)}: ${someOf(failures.map(({ id }) => id))}`,
      'Correct or remove these documents by hand; nothing was deleted.',
    );
};

const drop = async ({ client, requests }: OwnIndexContext, index: string): Promise<void> => {
  await request(requests, `removing ${index}`, (options) =>
    client.indices.delete({ index }, { ...options, ignore: [404] }),
  );
};

/**
 * Creates the index for the copy, in our own mapping. An existing copy stays, since it may contain documents that exist
 * nowhere else.
 */
const makeCopy = async (context: OwnIndexContext, spare: string): Promise<void> => {
  const copyOf = { ...context, shape: { ...context.shape, name: spare } };
  await installTemplate(copyOf);
  await createOwnIndex(copyOf);
};

const dropCopy = async (context: OwnIndexContext, spare: string): Promise<void> => {
  const { client, requests } = context;
  await drop(context, spare);
  await request(requests, `removing the template of ${spare}`, (options) =>
    client.indices.deleteIndexTemplate({ name: templateName(spare) }, { ...options, ignore: [404] }),
  );
};

const setBlock = async ({ client, requests, shape: { name } }: OwnIndexContext, isSet: boolean): Promise<void> => {
  await request(requests, `${isSet ? 'setting' : 'lifting'} the write block of ${name}`, async (options) => {
    if (isSet) await client.indices.addBlock({ index: name, block: 'write' }, options);
    else await client.indices.putSettings({ index: name, settings: { 'index.blocks.write': null } }, options);
  });
};

/** Marks an index as being rebuilt, so that no run uses it, or as complete. Adds missing fields. */
const mark = async ({ client, requests, shape }: OwnIndexContext, isRebuilding: boolean): Promise<void> => {
  const { properties = {} } = shape.mappings;
  await request(requests, `marking ${shape.name}`, (options) =>
    client.indices.putMapping({ index: shape.name, properties, _meta: markOf(isRebuilding) }, options),
  );
};

/**
 * Copies the altered index into the copy. Deletes it only after every document is in the copy with the same content.
 */
const saveInto = async (context: OwnIndexContext, spare: string): Promise<void> => {
  const { name } = context.shape;
  await setBlock(context, true);
  try {
    await makeCopy(context, spare);
    await copy(context, name, spare);
    await assertAllIn(context, name, spare);
  } catch (error) {
    await setBlock(context, false);
    throw error;
  }
  await drop(context, name);
};

/**
 * Rebuilds one of our own indices: its documents are copied into a new index in our own mapping, then back, then the
 * copy is removed. No run uses the index meanwhile. After a crash, the same command completes the rebuild. It must
 * never delete the index before all its documents are in the copy. It must never delete the copy before all its
 * documents are in the index. It must never mistake a document for another document with the same id.
 * @returns the number of documents; undefined if there was nothing to rebuild.
 * @throws InputError `cannot-rebuild` if the documents cannot be read, or if index and copy contradict each other;
 *   TransientError.
 */
export const rebuildOwnIndex = async (context: OwnIndexContext): Promise<number | undefined> => {
  const { name } = context.shape;
  const spare = copyName(name);
  const isLeft = await hasCopy(context);
  const found = await findOwnIndex(context);
  const isAltered = found !== undefined && differencesIn(context, found).length > 0;
  if (!isAltered && !isLeft) return undefined;
  assertCopyable(name, found);
  await installTemplate(context);
  if (isAltered) {
    if (!holdsSource(found))
      throw cannot(
        name,
        'an index that does not keep _source, so that no document can be copied',
        fixOfLostSource(name),
      );
    await assertPrintable(context, name);
    await saveInto(context, spare);
  }
  await createOwnIndex(context, true);
  await mark(context, true);
  await copy(context, spare, name);
  const copied = await assertAllIn(context, spare, name);
  await dropCopy(context, spare);
  await mark(context, false);
  return copied;
};
