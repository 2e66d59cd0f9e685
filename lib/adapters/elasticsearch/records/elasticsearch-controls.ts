import type { Client, estypes } from '@elastic/elasticsearch';
import { InputError, isForbidden } from '../../../base/errors.ts';
import { onceForEach } from '../../../base/once-for-each.ts';
import type { ControlStore, ReleasedHold, StoredControls } from '../../../control/control-store.ts';
import { type Controls, type Hold, NO_CONTROLS } from '../../../control/controls.ts';
import { controlsIn } from '../../../control/read-controls.ts';
import { type OwnNames, ownIndices } from '../../../policy/own-indices.ts';
import { newOpening } from '../../crypto/new-opening.ts';
import { isConflict, type RequestPolicy, request, requestOnce } from '../client/request.ts';
import { ownCategories, wholeCategories } from '../own-index/own-categories.ts';
import { pagesOf, readDocuments, readInEach } from '../own-index/own-documents.ts';
import { type OwnIndex, ownIndex } from '../own-index/own-index.ts';

const stored = { type: 'object', enabled: false } as const;
const text = { type: 'keyword', index: false, doc_values: false } as const;

/** The mapping of a control index. Nothing in it can be searched for. */
export const CONTROL_MAPPINGS: estypes.MappingTypeMapping = {
  dynamic: 'strict',
  properties: {
    made: text,
    revision: { type: 'long' },
    replaces: text,
    change: text,
    holds: stored,
    pause: stored,
    released: stored,
  },
};

/** The id of the document with the open holds and the pause. */
const CURRENT = 'current';

const releasedId = (id: string): string => `hold-${id}`;

/** The document with the controls. */
interface ControlDocument extends Controls {
  /** Random, so that no two states of the document are equal. */
  readonly change: string;
}

interface ReleasedDocument {
  readonly released: ReleasedHold;
}

/** The control store of one category. */
interface CategoryControls {
  read(): Promise<StoredControls | undefined>;
  version(): Promise<string | undefined>;
  create(holds: readonly Hold[]): Promise<StoredControls>;
  write(controls: Controls, read: StoredControls): Promise<boolean>;
  keepReleased(released: readonly ReleasedHold[]): Promise<void>;
  released(ids: readonly string[]): Promise<readonly ReleasedHold[]>;
}

interface Place {
  readonly seqNo: number;
  readonly primaryTerm: number;
}

const versionOf = (found: estypes.GetGetResult<unknown>): string => {
  const { change } = { ...(found._source as Partial<ControlDocument>) };
  return `${found._seq_no}.${found._primary_term}.${change}`;
};

const placeIn = (version: string): Place => {
  const [seqNo = '', primaryTerm = ''] = version.split('.');
  return { seqNo: Number(seqNo), primaryTerm: Number(primaryTerm) };
};

const missing = (index: string): InputError =>
  new InputError('controls-missing', {
    expected: `the document ${CURRENT} in ${index}, or a key that may make it`,
    found: 'none',
    fix: 'Run node bin/es-retention.mjs setup with a key that may write there. Nothing is destroyed until then.',
  });

/** @throws InputError `controls-unreadable` */
const controlsOf = (source: ControlDocument | undefined, index: string): Controls => {
  const { change, ...controls } = { ...source };
  return controlsIn(controls, `${index}/_doc/${CURRENT}`);
};

const documentOf = (controls: Controls): ControlDocument => ({ ...controls, change: newOpening() });

const currentControls = (
  client: Client,
  requests: RequestPolicy,
  own: OwnIndex,
): Pick<CategoryControls, 'read' | 'version'> => {
  const find = async (source: boolean | string[]): Promise<estypes.GetGetResult<ControlDocument> | undefined> => {
    if (!(await own.isThere())) return undefined;
    const [found] = await readDocuments<ControlDocument>(client, requests, own, {
      ids: [CURRENT],
      meant: 'to give the controls',
      source,
    });
    return found?.found === true ? found : undefined;
  };
  return {
    read: async () => {
      const found = await find(true);
      if (found === undefined) return undefined;
      return { controls: controlsOf(found._source, own.name), version: versionOf(found) };
    },
    version: async () => {
      const found = await find(['change']);
      return found && versionOf(found);
    },
  };
};

/**
 * The holds and the pause of one category in Elasticsearch, in one document that is read by its id and changed by its
 * sequence number. Released holds have a document each, which is created and never changed.
 */
const elasticsearchControls = (client: Client, requests: RequestPolicy, own: OwnIndex): CategoryControls => {
  const index = own.name;
  const { read, version } = currentControls(client, requests, own);

  const put = (controls: Controls, place: Place | undefined): Promise<boolean> =>
    own.write(async () => {
      try {
        await requestOnce(requests, `writing the controls into ${index}`, (options) =>
          client.index(
            {
              index,
              id: CURRENT,
              document: documentOf(controls),
              wait_for_active_shards: 1,
              ...(place === undefined
                ? { op_type: 'create' }
                : { if_seq_no: place.seqNo, if_primary_term: place.primaryTerm }),
            },
            options,
          ),
        );
        return true;
      } catch (error) {
        if (isConflict(error)) return false;
        throw error;
      }
    });

  return {
    read,
    version,
    create: async (holds) => {
      const known = await read();
      if (known !== undefined) return known;
      await put({ ...NO_CONTROLS, holds, made: newOpening() }, undefined).catch((error: unknown) => {
        throw isForbidden(error) ? missing(index) : error;
      });
      const made = await read();
      if (made === undefined) throw own.gone();
      return made;
    },
    write: (controls, { version }) => put(controls, version === '' ? undefined : placeIn(version)),
    ...releasedHolds(client, requests, own),
  };
};

/** The history of the holds of one category. */
const releasedHolds = (
  client: Client,
  requests: RequestPolicy,
  own: OwnIndex,
): Pick<CategoryControls, 'keepReleased' | 'released'> => {
  const index = own.name;
  return {
    keepReleased: (released) =>
      own.write(async () => {
        const operations = released.flatMap((hold) => [{ create: { _id: releasedId(hold.id) } }, { released: hold }]);
        const { items } = await request(requests, 'recording released holds', (options) =>
          client.bulk({ index, operations, wait_for_active_shards: 1 }, options),
        );
        const failed = items.find(({ create }) => create?.error !== undefined && create.status !== 409)?.create?.error;
        if (failed === undefined) return;
        throw own.failureOf(failed, 'to record a release', 'The hold stays. Run the command again.');
      }),
    released: async (ids) => {
      if (ids.length === 0 || !(await own.isThere())) return [];
      const found: ReleasedHold[] = [];
      for (const page of pagesOf(ids)) {
        const docs = await readDocuments<ReleasedDocument>(client, requests, own, {
          ids: page.map(releasedId),
          meant: 'to give released holds',
        });
        found.push(...docs.flatMap(({ _source }) => _source?.released ?? []));
      }
      return found;
    },
  };
};

/** The control stores of all categories. The controls of a category that is not in the policy are read, too. */
export const elasticsearchControlStore = (client: Client, requests: RequestPolicy, names: OwnNames): ControlStore => {
  const ownOf = (category: string): OwnIndex =>
    ownIndex(client, requests, ownIndices(names, category).controls, CONTROL_MAPPINGS);
  const of = onceForEach((category) => elasticsearchControls(client, requests, ownOf(category)));
  return {
    read: (category) => of(category).read(),
    version: (category) => of(category).version(),
    create: (category, holds = []) => of(category).create(holds),
    categories: () => ownCategories(client, requests, names, 'controls'),
    elsewhere: async (category) => {
      const others = (await wholeCategories(client, requests, names, 'controls')).filter((id) => id !== category);
      const found = await readInEach<ControlDocument>(client, requests, others.map(ownOf), CURRENT, 'to give holds');
      return new Map(
        others.flatMap((id) => {
          const { name } = ownOf(id);
          const source = found.get(name);
          return source === undefined ? [] : [[id, controlsOf(source, name).holds] as const];
        }),
      );
    },
    write: (category, controls, read) => of(category).write(controls, read),
    keepReleased: (category, released) => of(category).keepReleased(released),
    released: (category, ids) => of(category).released(ids),
  };
};
