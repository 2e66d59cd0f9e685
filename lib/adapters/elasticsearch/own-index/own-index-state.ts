import type { Client } from '@elastic/elasticsearch';
import { InputError, isForbidden, TransientError } from '../../../purge/errors.ts';
import { fixOfAltered } from '../client/fix-of-altered.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import type { FoundIndex } from '../inspect/found-index.ts';
import { isMarked, markOf } from './own-index-mark.ts';
import {
  differencesOf,
  mappingsOf,
  missingFields,
  type OwnIndexShape,
  settingsOf,
  templateOf,
} from './own-index-shape.ts';

/** What Elasticsearch calls it when an index is not there. One that is closed is called otherwise. */
export const NO_INDEX = 'index_not_found_exception';

/** How one conversation about an own index is held. */
export interface OwnIndexContext {
  readonly client: Client;
  readonly requests: RequestPolicy;
  readonly shape: OwnIndexShape;
}

const altered = (name: string, differences: readonly string[], fix: string): InputError =>
  new InputError('own-index-altered', {
    expected: `${name} as es-retention makes it`,
    found: differences.join('; '),
    fix,
  });

/**
 * The index as it is, in one request; undefined where there is none.
 * @throws InputError `own-index-altered` where an alias has taken its name, `missing-privilege`; TransientError.
 */
export const findOwnIndex = async ({
  client,
  requests,
  shape: { name },
}: OwnIndexContext): Promise<FoundIndex | undefined> => {
  // Not `exists`: the client may send the request after a HEAD on the connection that a proxy closes after it. Nor `ignore_unavailable`:
  // an index that the key may not see would be one that is not there.
  const found = await request(requests, `looking at ${name}`, (options) =>
    client.indices.get({ index: name, flat_settings: true }, options),
  ).catch((error: unknown) => {
    if (error instanceof TransientError && error.code === NO_INDEX) return undefined;
    throw error;
  });
  if (found === undefined) return undefined;
  const index = found[name];
  if (index === undefined)
    throw altered(
      name,
      ['an alias of that name'],
      'Remove the alias: our indices are reached by their own names only.',
    );
  return { settings: (index.settings ?? {}) as Readonly<Record<string, unknown>>, mappings: index.mappings ?? {} };
};

/** Where the documents of an index are while it is made anew. No category's index has such a name: its id has no dot. */
export const copyName = (name: string): string => `${name}.copy`;

/** Whether a copy of an index is there. A key that may not see it could not make the index either. */
export const hasCopy = async ({ client, requests, shape }: OwnIndexContext): Promise<boolean> => {
  const name = copyName(shape.name);
  try {
    return (await findOwnIndex({ client, requests, shape: { ...shape, name } })) !== undefined;
  } catch (error) {
    if (isForbidden(error)) return false;
    throw error;
  }
};

/** Why an index is not made, and not said to be empty, where only its copy is there. */
export const onlyCopy = (name: string): string =>
  `it is not there, and its documents are in ${copyName(name)}: a rebuild is at work, or was broken off`;

/** How an index differs from what we make, one clause each; empty where it does not. */
export const differencesIn = ({ shape }: OwnIndexContext, found: FoundIndex): readonly string[] =>
  differencesOf(shape, found);

const whatIsLeft = async (context: OwnIndexContext): Promise<readonly string[]> =>
  (await hasCopy(context)) ? [onlyCopy(context.shape.name)] : [];

/**
 * The index, where it is as we make it; undefined where there is none.
 * @throws InputError `own-index-altered`, naming each difference, also where a rebuild was broken off and left only the copy.
 */
export const findAsMade = async (context: OwnIndexContext): Promise<FoundIndex | undefined> => {
  const found = await findOwnIndex(context);
  const { name } = context.shape;
  const differences = found === undefined ? await whatIsLeft(context) : differencesIn(context, found);
  if (differences.length === 0) return found;
  throw altered(name, differences, fixOfAltered(name, differences, found));
};

/** @throws InputError `missing-privilege`; TransientError where another template has the same rank. */
export const installTemplate = async ({ client, requests, shape }: OwnIndexContext): Promise<void> => {
  await request(requests, `installing the template of ${shape.name}`, (options) =>
    client.indices.putIndexTemplate(templateOf(shape), options),
  );
};

/**
 * Makes an index of ours, unless it is there.
 * @param isRebuilding whether no run may work with it yet.
 * @throws InputError `missing-privilege`; TransientError.
 */
export const createOwnIndex = async (
  { client, requests, shape }: OwnIndexContext,
  isRebuilding = false,
): Promise<void> => {
  const mappings = { ...mappingsOf(shape), _meta: markOf(isRebuilding) };
  try {
    await request(requests, `creating ${shape.name}`, (options) =>
      client.indices.create(
        {
          index: shape.name,
          mappings,
          settings: settingsOf(),
          // The server gives up before we do where no shard is allocated: the next request says so.
          timeout: `${Math.max(1, Math.floor(options.requestTimeout / 2))}ms`,
        },
        options,
      ),
    );
  } catch (error) {
    // Another run was faster.
    if (error instanceof TransientError && error.code === 'resource_already_exists_exception') return;
    throw error;
  }
};

/**
 * Gives an index the fields of this version, and the mark.
 * @returns the fields that it lacked.
 */
export const addFields = async (
  { client, requests, shape }: OwnIndexContext,
  found: FoundIndex,
): Promise<readonly string[]> => {
  const { properties = {} } = shape.mappings;
  const missing = missingFields(properties, found.mappings.properties ?? {});
  if (missing.length === 0 && isMarked(found)) return missing;
  const { _meta = {} } = mappingsOf(shape);
  await request(requests, `mapping new fields of ${shape.name}`, (options) =>
    client.indices.putMapping({ index: shape.name, properties, _meta }, options),
  );
  return missing;
};

const cannotMake = (name: string, found: string): InputError =>
  new InputError('own-index-missing', {
    expected: `the index ${name}, or a key that may make it`,
    found,
    fix: 'Run node bin/es-retention.mjs setup with a key that may manage index templates, and make our indices.',
  });

/** Makes an index of ours, its template first, where the key may. @throws InputError `own-index-missing` */
const make = async (context: OwnIndexContext): Promise<void> => {
  const { name } = context.shape;
  try {
    // Without it a write that meets no index could make one with a guessed mapping; a key that may not make any cannot either.
    await installTemplate(context);
  } catch (error) {
    if (!isForbidden(error) && !(error instanceof TransientError)) throw error;
  }
  try {
    await createOwnIndex(context);
  } catch (error) {
    if (isForbidden(error)) throw cannotMake(name, 'none, and a key that may make none');
    if (error instanceof TransientError && REFUSED.has(error.code)) throw cannotMake(name, error.explanation.found);
    throw error;
  }
};

/** Somebody else's template does not let it be made as it has to be. */
const REFUSED = new Set(['mapper_parsing_exception', 'illegal_argument_exception', 'invalid_index_name_exception']);

/** An index of an earlier version has no template, and lacks fields: it gets both where the key may. */
const bringUpToDate = async (context: OwnIndexContext, found: FoundIndex): Promise<void> => {
  const { properties = {} } = context.shape.mappings;
  const missing = missingFields(properties, found.mappings.properties ?? {});
  if (isMarked(found) && missing.length === 0) return;
  try {
    if (!isMarked(found)) await installTemplate(context);
    await addFields(context, found);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    if (missing.length === 0) return;
    throw altered(
      context.shape.name,
      [`it lacks ${missing.join(', ')}`],
      'Run node bin/es-retention.mjs setup: it adds what this version needs.',
    );
  }
};

/**
 * Sees to it that an index of ours is there, as we make it, with every field.
 * @param before as it was found.
 * @throws InputError `own-index-missing`, `own-index-altered`; TransientError.
 */
export const ensureOwnIndex = async (context: OwnIndexContext, before: FoundIndex | undefined): Promise<FoundIndex> => {
  if (before === undefined) await make(context);
  const found = before ?? (await findAsMade(context));
  if (found === undefined) throw cannotMake(context.shape.name, 'none, although it was made a moment ago');
  await bringUpToDate(context, found);
  return found;
};
