import { InputError, WorldError } from '../../purge/errors.ts';
import { failureWords } from './error-words.ts';
import { holdsSource, templateName } from './own-index-shape.ts';
import {
  createOwnIndex,
  differencesIn,
  findOwnIndex,
  installTemplate,
  type OwnIndexContext,
} from './own-index-state.ts';
import { request } from './request.ts';

/** Milliseconds that copying one index may take. */
const COPYING = 900_000;

const cannot = (name: string, found: string, wayOut: string): InputError =>
  new InputError('cannot-rebuild', { expected: `${name} with documents that can be copied`, found, wayOut });

const countIn = async ({ client, policy }: OwnIndexContext, index: string): Promise<number> => {
  await request(policy, `refreshing ${index}`, (options) => client.indices.refresh({ index }, options));
  return (await request(policy, `counting ${index}`, (options) => client.count({ index }, options))).count;
};

/** Copies what the target has not got. @throws InputError `cannot-rebuild` where a document does not fit our mapping. */
const copy = async ({ client, policy, shape }: OwnIndexContext, from: string, to: string): Promise<void> => {
  const { failures = [] } = await request(policy, `copying ${from}`, (options) =>
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
    throw cannot(shape.name, failureWords(failures), 'Mend or remove these documents by hand; nothing was deleted.');
};

const drop = async ({ client, policy }: OwnIndexContext, index: string): Promise<void> => {
  await request(policy, `removing ${index}`, (options) =>
    client.indices.delete({ index }, { ...options, ignore: [404] }),
  );
};

/** The second copy of an index, in our own mapping, without anything of the first. */
const makeCopy = async (context: OwnIndexContext, spare: string): Promise<void> => {
  const copyOf = { ...context, shape: { ...context.shape, name: spare } };
  await drop(context, spare);
  await installTemplate(copyOf);
  await createOwnIndex(copyOf);
};

const dropCopy = async (context: OwnIndexContext, spare: string): Promise<void> => {
  const { client, policy } = context;
  await drop(context, spare);
  await request(policy, `removing the template of ${spare}`, (options) =>
    client.indices.deleteIndexTemplate({ name: templateName(spare) }, { ...options, ignore: [404] }),
  );
};

const setBlock = async ({ client, policy, shape: { name } }: OwnIndexContext, isSet: boolean): Promise<void> => {
  await request(policy, `${isSet ? 'setting' : 'lifting'} the write block of ${name}`, async (options) => {
    if (isSet) await client.indices.addBlock({ index: name, block: 'write' }, options);
    else await client.indices.putSettings({ index: name, settings: { 'index.blocks.write': null } }, options);
  });
};

/** Copies the altered index into a spare one. The altered one is deleted only once every document of it is there. */
const saveInto = async (context: OwnIndexContext, spare: string): Promise<void> => {
  const { name } = context.shape;
  await setBlock(context, true);
  try {
    await makeCopy(context, spare);
    await copy(context, name, spare);
    const [before, after] = [await countIn(context, name), await countIn(context, spare)];
    if (before !== after)
      throw new WorldError('not-copied', {
        expected: `all ${before} documents of ${name} in ${spare}`,
        found: `${after}`,
        wayOut: 'Nothing was deleted: run the command again.',
      });
  } catch (error) {
    await setBlock(context, false);
    throw error;
  }
  await drop(context, name);
};

/**
 * Makes an index of ours anew, with its documents: a copy in our own mapping, then the index, then the copy is removed. Never deletes
 * the index before all its documents are in the copy, nor the copy before they are in the new index; a death in between is made good by
 * the same command.
 * @returns how many documents it has; undefined where there was nothing to rebuild.
 * @throws InputError `cannot-rebuild` where the documents cannot be had back; WorldError.
 */
export const rebuildOwnIndex = async (context: OwnIndexContext): Promise<number | undefined> => {
  const { client, policy, shape } = context;
  const { name } = shape;
  const spare = `${name}-copy`;
  const isLeft = await request(policy, `looking for ${spare}`, (options) =>
    client.indices.get({ index: spare, ignore_unavailable: true }, options),
  );
  const found = await findOwnIndex(context);
  if (found === undefined && Object.keys(isLeft).length === 0) return undefined;
  await installTemplate(context);
  if (found !== undefined && differencesIn(context, found).length > 0) {
    if (!holdsSource(found))
      throw cannot(
        name,
        'an index that does not keep _source, so that no document can be copied',
        `What is in it is lost. Delete ${name} by hand, run npx es-retention setup, then npx es-retention replay.`,
      );
    await saveInto(context, spare);
  } else if (Object.keys(isLeft).length === 0) return undefined;
  await createOwnIndex(context);
  await copy(context, spare, name);
  const copied = await countIn(context, name);
  if (copied < (await countIn(context, spare)))
    throw new WorldError('not-copied', {
      expected: `every document of ${spare} in ${name}`,
      found: `${copied}`,
      wayOut: 'Run the command again: it goes on.',
    });
  await dropCopy(context, spare);
  return copied;
};
