import type { Client } from '@elastic/elasticsearch';
import { InputError, isForbidden, TransientError } from '../../../base/errors.ts';
import { ownValue } from '../../../base/objects.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import { fixOfAltered } from './fix-of-altered.ts';
import { isMarked, markOf } from './own-index-mark.ts';
import type { FoundIndex } from './own-index-settings.ts';
import {
  differencesOf,
  mappingsOf,
  missingFields,
  type OwnIndexShape,
  settingsOf,
  templateOf,
} from './own-index-shape.ts';

/** The exception for a missing index. A closed index has another exception. */
export const NO_INDEX = 'index_not_found_exception';

/** An own index, with the client to use it. */
export interface OwnIndexContext {
  readonly client: Client;
  readonly requests: RequestPolicy;
  readonly shape: OwnIndexShape;
}

/** The error for an own index that differs from what we create. */
export const altered = (name: string, differences: readonly string[], fix: string): InputError =>
  new InputError('own-index-altered', {
    expected: `${name} as es-retention makes it`,
    found: differences.join('; '),
    fix,
  });

/**
 * The current state of the index, in one request; undefined if it does not exist.
 * @throws InputError `own-index-altered` if an alias has taken its name, `missing-privilege`; TransientError.
 */
export const findOwnIndex = async ({
  client,
  requests,
  shape: { name },
}: OwnIndexContext): Promise<FoundIndex | undefined> => {
  // Does not use `exists`: after a HEAD, the client may send the next request on a connection that a proxy then closes.
  // Does not use `ignore_unavailable`: an index that the key may not see would seem missing.
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

/**
 * The uuid of the index that has this name now; undefined if none has. An alias of that name is none.
 * @throws InputError `missing-privilege`; TransientError.
 */
export const uuidNow = async ({ client, requests, shape: { name } }: OwnIndexContext): Promise<string | undefined> => {
  const found = await request(requests, `looking at the uuid of ${name}`, (options) =>
    client.indices.get({ index: name, features: ['settings'], filter_path: ['*.settings.index.uuid'] }, options),
  ).catch((error: unknown) => {
    if (error instanceof TransientError && error.code === NO_INDEX) return {};
    throw error;
  });
  return ownValue(found, name)?.settings?.index?.uuid;
};

const COPY = '.copy';

/**
 * The name of the copy with the documents of an index during its rebuild. No category's index has such a name, since
 * category ids have no dot.
 */
export const copyName = (name: string): string => `${name}${COPY}`;

/** The name of the index that a copy was made of; undefined if the name is not that of a copy. */
export const originalName = (name: string): string | undefined =>
  name.endsWith(COPY) ? name.slice(0, -COPY.length) : undefined;

/**
 * Whether the copy of an index exists. A key that may not see the copy could not create the index either.
 * @throws InputError `own-index-altered`; TransientError
 */
export const hasCopy = async ({ client, requests, shape }: OwnIndexContext): Promise<boolean> => {
  const name = copyName(shape.name);
  try {
    return (await findOwnIndex({ client, requests, shape: { ...shape, name } })) !== undefined;
  } catch (error) {
    if (isForbidden(error)) return false;
    throw error;
  }
};

/** Explains that only the copy of an index exists. Then the index is not created, and is not treated as empty. */
export const onlyCopy = (name: string): string =>
  `it is not there, and its documents are in ${copyName(name)}: a rebuild is at work, or was broken off`;

/** How an index differs from what we create, one clause each; empty if it does not. */
export const differencesIn = ({ shape }: OwnIndexContext, found: FoundIndex): readonly string[] =>
  differencesOf(shape, found);

const copyDifferences = async (context: OwnIndexContext): Promise<readonly string[]> =>
  (await hasCopy(context)) ? [onlyCopy(context.shape.name)] : [];

/**
 * The index if it is as we create it; undefined if it does not exist.
 * @throws InputError `own-index-altered`, naming each difference, also if an interrupted rebuild left only the copy.
 */
export const findAsMade = async (context: OwnIndexContext): Promise<FoundIndex | undefined> => {
  const found = await findOwnIndex(context);
  const { name } = context.shape;
  const differences = found === undefined ? await copyDifferences(context) : differencesIn(context, found);
  if (differences.length === 0) return found;
  throw altered(name, differences, fixOfAltered(name, differences, found));
};

/**
 * Installs the template.
 * @throws InputError `missing-privilege`; TransientError if another template has the same priority.
 */
export const installTemplate = async ({ client, requests, shape }: OwnIndexContext): Promise<void> => {
  await request(requests, `installing the template of ${shape.name}`, (options) =>
    client.indices.putIndexTemplate(templateOf(shape), options),
  );
};

/**
 * Creates one of our own indices, unless it exists.
 * @param isRebuilding whether runs must not use it yet.
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
          // The server gives up before we do if no shard is allocated. The next request then gives the reason.
          timeout: `${Math.max(1, Math.floor(options.requestTimeout / 2))}ms`,
        },
        options,
      ),
    );
  } catch (error) {
    // Another run has created it first.
    if (error instanceof TransientError && error.code === 'resource_already_exists_exception') return;
    throw error;
  }
};

/**
 * Adds the fields of this version, and the mark, to an index.
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

/**
 * Creates one of our own indices, after its template, if the key may.
 * @throws InputError `own-index-missing`
 */
const make = async (context: OwnIndexContext): Promise<void> => {
  const { name } = context.shape;
  try {
    // Without the template, a write to a missing index could create one with a guessed mapping. A key that may not
    // install the template cannot create indices either.
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

/** Errors that mean that somebody else's template prevents the correct index. */
const REFUSED = new Set(['mapper_parsing_exception', 'illegal_argument_exception', 'invalid_index_name_exception']);

/** An index of an earlier version has no template and lacks fields. It gets both if the key may add them. */
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
 * Ensures that one of our own indices exists in the intended form, with every field.
 * @param before the index as it was found.
 * @throws InputError `own-index-missing`, `own-index-altered`; TransientError.
 */
export const ensureOwnIndex = async (context: OwnIndexContext, before: FoundIndex | undefined): Promise<FoundIndex> => {
  if (before === undefined) await make(context);
  const found = before ?? (await findAsMade(context));
  if (found === undefined) throw cannotMake(context.shape.name, 'none, although it was made a moment ago');
  await bringUpToDate(context, found);
  return found;
};
