import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Client, estypes } from '@elastic/elasticsearch';
import { MARK } from '../../../lib/adapters/elasticsearch/own-index/own-index-mark.ts';
import {
  differencesOf,
  mappingsOf,
  missingFields,
  type OwnIndexShape,
  settingsOf,
  templateName,
  templateOf,
} from '../../../lib/adapters/elasticsearch/own-index/own-index-shape.ts';
import { OWN_INDEX_KINDS, OWN_MAPPINGS } from '../../../lib/adapters/elasticsearch/setup/own-mappings.ts';
import { whenDone } from '../run/made-once.ts';
import { deleteIndices } from './delete-indices.ts';

/*
 * Creating an index is the most expensive request of a test: two updates of the cluster state, one for its template,
 * and two to delete them. So the tests of a worker take over own indices from each other, emptied, if they are exactly
 * as runs create them. After all tests, they are removed with the server, or by `embedded-elasticsearch-setup.ts`.
 */

/** Ids that no test uses at the moment, by kind of fixture. Their templates and own indices are like new. */
const free = new Map<string, string[]>();

/** Ids that other tests must not take over. */
const forOneTest = new Set<string>();
let takesOver = true;

/**
 * Gives the fixtures of the rest of the test new ids: for tests of the creation of own indices, or of another server.
 */
export const takeNothingOver = (): void => {
  takesOver = false;
  whenDone(() => {
    takesOver = true;
  });
};

/** An id for a fixture: an id that an earlier test has returned, or a new id. */
export const takeId = (kind: string): string => {
  const id = (takesOver ? free.get(kind)?.pop() : undefined) ?? `t${randomUUID().slice(0, 8)}`;
  if (!takesOver) forOneTest.add(id);
  return id;
};

/** Returns an id whose indices are like new. */
export const returnId = (kind: string, id: string): void => {
  if (!forOneTest.delete(id)) free.set(kind, [...(free.get(kind) ?? []), id]);
};

/** Patterns for the own indices of an id. */
const ownPatterns = (id: string): string[] => [`retention-${id}*`, `retention-*.*${id}*`];
const templatePatterns = (id: string): string[] => ownPatterns(id).map(templateName);

/** The settings of a new own index. */
const USUAL = new Set([
  ...Object.keys(settingsOf()),
  'index.creation_date',
  'index.number_of_replicas',
  'index.provided_name',
  'index.routing.allocation.include._tier_preference',
  'index.uuid',
  'index.version.created',
]);

/**
 * The categories of the fixtures and of the example policy. A test with another category removes its indices itself.
 */
const CATEGORY =
  /\.(?:(?:logs|calls|chats|console|settings|rooms)-t[0-9a-f]{8}|console-configuration|backend-logs|sdk-logs|uins)$/;

const shapeOf = (name: string): OwnIndexShape | undefined => {
  if (!CATEGORY.test(name)) return undefined;
  const kind = OWN_INDEX_KINDS.find((each) => new RegExp(`-${each}\\.[^.]+$`).test(name));
  return kind && { name, mappings: OWN_MAPPINGS[kind] };
};

const isAsMade = (
  shape: OwnIndexShape,
  { aliases, mappings = {}, settings = {} }: estypes.IndicesIndexState,
): boolean =>
  Object.keys(aliases ?? {}).length === 0 &&
  Object.keys(settings).every((name) => USUAL.has(name)) &&
  Object.entries(settingsOf()).every(([name, value]) => settings[name as never] === String(value)) &&
  isDeepStrictEqual(mappings._meta, MARK) &&
  differencesOf(shape, { mappings, settings: settings as Readonly<Record<string, unknown>> }).length === 0 &&
  missingFields(mappingsOf(shape).properties ?? {}, mappings.properties ?? {}).length === 0;

type Template = estypes.IndicesGetIndexTemplateIndexTemplateItem;

const isTemplateAsMade = (shape: OwnIndexShape, { index_template }: Template): boolean => {
  const { name: _, template, ...made } = templateOf(shape);
  const { template: found, index_patterns, ...rest } = index_template;
  const same = (key: keyof typeof made): boolean => isDeepStrictEqual(rest[key as never], made[key]);
  const settings = Object.fromEntries(Object.entries(template.settings).map(([key, value]) => [key, String(value)]));
  return (
    isDeepStrictEqual([index_patterns].flat(), made.index_patterns) &&
    (['priority', 'allow_auto_create', '_meta'] as const).every(same) &&
    isDeepStrictEqual({ ...found?.settings }, settings) &&
    isDeepStrictEqual(found?.mappings, template.mappings)
  );
};

const templatesOf = async (client: Client, id: string): Promise<readonly Template[]> => {
  // One request for each pattern, because the server accepts only one name with a wildcard.
  const answers = templatePatterns(id).map((name) =>
    client.indices.getIndexTemplate({ name, flat_settings: true }, { ignore: [404] }),
  );
  return (await Promise.all(answers)).flatMap(({ index_templates = [] }) => index_templates);
};

const empty = async (client: Client, index: string[]): Promise<void> => {
  await client.indices.refresh({ index });
  const query = { match_all: {} };
  const { version_conflicts } = await client.deleteByQuery({ index, query, refresh: true, conflicts: 'proceed' });
  if (version_conflicts) throw new Error(`somebody still writes to ${index}`);
};

/** Deletes index templates with one update of the cluster state, or one by one if a test has deleted one of them. */
const deleteTemplates = async (client: Client, names: readonly string[]): Promise<void> => {
  if (names.length === 0) return;
  const { statusCode } = await client.indices.deleteIndexTemplate({ name: [...names] }, { ignore: [404], meta: true });
  if (statusCode !== 404 || names.length === 1) return;
  for (const name of names) await client.indices.deleteIndexTemplate({ name }, { ignore: [404] });
};

/**
 * Makes an id like new: deletes all documents in its own indices, and every index and template that differs from what
 * runs create.
 * @param indices names of other indices to delete.
 * @param others names of other index templates to delete.
 */
export const renew = async (
  client: Client,
  id: string,
  indices: readonly string[],
  others: readonly string[] = [],
): Promise<void> => {
  const [found, templates] = await Promise.all([
    client.indices.get({ index: ownPatterns(id), expand_wildcards: 'all', flat_settings: true }),
    templatesOf(client, id),
  ]);
  const byName = new Map(templates.map((each) => [each.name, each]));
  const kept = Object.entries(forOneTest.has(id) ? {} : found).flatMap(([name, state]) => {
    const shape = shapeOf(name);
    const template = byName.get(templateName(name));
    if (shape === undefined || template === undefined) return [];
    return isAsMade(shape, state) && isTemplateAsMade(shape, template) ? [name] : [];
  });
  await deleteIndices(client, [...indices, ...Object.keys(found).filter((name) => !kept.includes(name))]);
  const needed = new Set(kept.map(templateName));
  const notNeeded = templates.map(({ name }) => name).filter((name) => !needed.has(name));
  await deleteTemplates(client, [...notNeeded, ...others]);
  if (kept.length > 0) await empty(client, kept);
};
