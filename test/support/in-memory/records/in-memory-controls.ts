import type { ControlStore, ReleasedHold, StoredControls } from '../../../../lib/control/control-store.ts';
import { type Controls, NO_CONTROLS } from '../../../../lib/control/controls.ts';
import { controlsIn } from '../../../../lib/control/read-controls.ts';
import { failure } from '../in-memory-cluster.ts';

interface Kept {
  readonly source: unknown;
  readonly version: string;
}

/** The controls of all categories in memory, and functions to change them as somebody with the operator's key can. */
export interface InMemoryControls extends ControlStore {
  /** Writes any content into the document of a category; undefined deletes it. */
  edit(categoryId: string, source: unknown): void;
  /** While this is set, no read is answered: of any category, or of this one. */
  unanswered: boolean | string;
  /** The content of all documents about a category, as text. */
  textOf(categoryId: string): string;
}

/** Holds and pauses in memory. A document is replaced only by its version, as on the server. */
export const inMemoryControls = (): InMemoryControls => {
  const documents = new Map<string, Kept>();
  const history = new Map<string, Map<string, ReleasedHold>>();
  let changes = 0;
  const put = (categoryId: string, source: unknown): void => {
    changes += 1;
    documents.set(categoryId, { source: structuredClone(source), version: `${changes}` });
  };
  const found = (categoryId: string): Kept | undefined => {
    if (store.unanswered === true || store.unanswered === categoryId) throw failure('no-server', 'no answer');
    return documents.get(categoryId);
  };
  const read = async (categoryId: string): Promise<StoredControls | undefined> => {
    const kept = found(categoryId);
    if (kept === undefined) return undefined;
    return { controls: controlsIn(structuredClone(kept.source), `controls of ${categoryId}`), version: kept.version };
  };
  const store: InMemoryControls = {
    unanswered: false,
    edit: (categoryId, source) => {
      if (source === undefined) documents.delete(categoryId);
      else put(categoryId, source);
    },
    textOf: (categoryId) =>
      JSON.stringify([documents.get(categoryId)?.source, ...(history.get(categoryId)?.values() ?? [])]),
    read,
    version: async (categoryId) => found(categoryId)?.version,
    create: async (categoryId, holds = []) => {
      if (found(categoryId) === undefined) put(categoryId, { ...NO_CONTROLS, holds, made: `made-${changes}` });
      return (await read(categoryId)) as StoredControls;
    },
    categories: async () => [...documents.keys()].sort(),
    elsewhere: async (categoryId) => {
      const others = [...documents.keys()].filter((id) => id !== categoryId);
      return new Map(
        await Promise.all(others.map(async (id) => [id, (await read(id))?.controls.holds ?? []] as const)),
      );
    },
    write: async (categoryId, controls: Controls, { version }) => {
      if ((found(categoryId)?.version ?? '') !== version) return false;
      put(categoryId, controls);
      return true;
    },
    keepReleased: async (categoryId, released) => {
      const kept = history.get(categoryId) ?? new Map<string, ReleasedHold>();
      history.set(categoryId, kept);
      for (const hold of released) if (!kept.has(hold.id)) kept.set(hold.id, hold);
    },
    released: async (categoryId, ids) => ids.flatMap((id) => history.get(categoryId)?.get(id) ?? []),
  };
  return store;
};
