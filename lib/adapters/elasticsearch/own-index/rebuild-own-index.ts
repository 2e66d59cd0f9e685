import { InputError } from '../../../purge/errors.ts';
import { failureWords } from '../client/error-words.ts';
import { fixOfLostSource } from '../client/fix-of-altered.ts';
import { refreshIndex } from '../client/refresh-index.ts';
import { request } from '../client/request.ts';
import type { FoundIndex } from '../inspect/found-index.ts';
import { assertAllIn, forEachPage, someOf } from './compare-indices.ts';
import { lowLimits } from './own-index-limits.ts';
import { markOf } from './own-index-mark.ts';
import { setBack, unfitSettings } from './own-index-settings.ts';
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

/** An index whose limits are too low gives too few documents at once: that is mended without making it anew. */
const assertCopyable = (name: string, found: FoundIndex | undefined): void => {
  const limits = found === undefined ? [] : lowLimits(found).map(({ clause }) => clause);
  if (found === undefined || limits.length === 0) return;
  throw cannot(name, limits.join('; '), `${setBack(name, unfitSettings(found))} Nothing was changed.`);
};

/** @throws InputError `cannot-rebuild` where Elasticsearch cannot print a document of the index: it copies none then. */
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

/** Copies what the target has not got. @throws InputError `cannot-rebuild` where a document does not fit our mapping. */
const copy = async ({ client, requests, shape }: OwnIndexContext, from: string, to: string): Promise<void> => {
  // What was not refreshed would not be copied.
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
      `${failureWords(failures)}: ${someOf(failures.map(({ id }) => id))}`,
      'Mend or remove these documents by hand; nothing was deleted.',
    );
};

const drop = async ({ client, requests }: OwnIndexContext, index: string): Promise<void> => {
  await request(requests, `removing ${index}`, (options) =>
    client.indices.delete({ index }, { ...options, ignore: [404] }),
  );
};

/** The index of the copy, in our own mapping. One that is there already may hold what is nowhere else: it stays as it is. */
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

/** Says of an index that it is being made anew, so that no run works with it, or that it is whole. Adds fields that it lacks. */
const mark = async ({ client, requests, shape }: OwnIndexContext, isRebuilding: boolean): Promise<void> => {
  const { properties = {} } = shape.mappings;
  await request(requests, `marking ${shape.name}`, (options) =>
    client.indices.putMapping({ index: shape.name, properties, _meta: markOf(isRebuilding) }, options),
  );
};

/** Copies the altered index into the copy. It is deleted only once every document of it is there, with the same content. */
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
 * Makes an index of ours anew, with its documents: a copy in our own mapping, then the index, then the copy is removed. Never deletes
 * the index before all its documents are in the copy, nor the copy before they are in the index, and never takes a document for
 * another of the same id. No run works with the index meanwhile. A death in between is made good by the same command.
 * @returns how many documents it has; undefined where there was nothing to rebuild.
 * @throws InputError `cannot-rebuild` where the documents cannot be had back, or index and copy contradict each other; TransientError.
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
