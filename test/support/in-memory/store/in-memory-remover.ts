import type { Criteria } from '../../../../lib/criteria/due-criteria.ts';
import {
  type AgeSlice,
  type DocumentRemover,
  SLICE_DOCUMENTS,
  type Slice,
  type Target,
} from '../../../../lib/purge/document-remover.ts';
import { digestOf, failure, type InMemoryCluster, type InMemoryDocument } from '../in-memory-cluster.ts';
import { datedBy, isBefore, isUnseen } from './in-memory-dates.ts';
import { isDue } from './in-memory-erasing.ts';
import { isHeld } from './in-memory-holding.ts';

const DELETE_BLOCKS = ['write', 'read_only', 'read_only_allow_delete'] as const;
const DROP_BLOCKS = ['read_only', 'metadata'] as const;

/** The destructive port on an {@link InMemoryCluster}. Each request is limited to `sliceDocuments`. */
export const inMemoryRemover = (
  cluster: InMemoryCluster,
  sliceDocuments: number = SLICE_DOCUMENTS,
): DocumentRemover => {
  const documentsOf = ({ name }: Target): ReadonlyMap<string, InMemoryDocument> => {
    const { description, documents } = cluster.existing(name);
    if (description.health === 'red') throw failure('partial-answer', `${name} is red`);
    return documents;
  };
  const numberOf = ({ name }: Target, id: string): number => cluster.existing(name).numbers.get(id) ?? 0;
  const expiredIn = (target: Target, criteria: Criteria): readonly string[] =>
    [...documentsOf(target)].flatMap(([id, document]) => {
      const { age } = criteria;
      if (age === undefined || isHeld(document, target.usable, criteria)) return [];
      const dated = datedBy(document, target.usable, age);
      return isBefore(dated, age.cutoff) && !isUnseen(document, target.usable, age) ? [id] : [];
    });
  const owedIn = (target: Target, criteria: Criteria, subjects = criteria.termination?.subjects): readonly string[] =>
    [...documentsOf(target)].flatMap(([id, document]) =>
      isDue(document, target.usable, criteria.termination, subjects) && !isHeld(document, target.usable, criteria)
        ? [id]
        : [],
    );
  const dueIn = (target: Target, criteria: Criteria): ReadonlySet<string> =>
    new Set([...expiredIn(target, criteria), ...owedIn(target, criteria)]);
  const inSlice = (asked: Target, criteria: Criteria, slice: Slice): readonly string[] => {
    const { arriving, ...usable } = asked.usable;
    const target = { ...asked, usable: { ...usable, unseen: { ...usable.unseen, ...arriving } } };
    if ('subjects' in slice) return owedIn(target, criteria, slice.subjects);
    if (!('from' in slice)) return [];
    return expiredIn(target, criteria).filter((id) => {
      const number = numberOf(target, id);
      return number >= slice.from && number < slice.to;
    });
  };
  const refuseBlocked = (name: string, blocks: readonly string[]): void => {
    const found = cluster.existing(name).description.blocks.find((block) => blocks.includes(block));
    if (found !== undefined) throw failure('cluster_block_exception', `${name} has index.blocks.${found}`);
  };

  return {
    state: async (name, fields) => {
      const description = cluster.indices.get(name)?.description;
      if (description === undefined) return undefined;
      const { uuid, blocks, aliases, dataStream } = description;
      return {
        uuid,
        blocks,
        aliases,
        ...(dataStream !== undefined && { dataStream }),
        ...(fields !== undefined && { mapping: digestOf(description, fields) }),
      };
    },
    blockWrites: async (name) => {
      const { blocks } = cluster.existing(name).description;
      cluster.describe(name, { blocks: ['write', ...blocks.filter((block) => block !== 'write')] });
    },
    liftWriteBlock: async (name) => {
      const blocks = cluster.indices.get(name)?.description.blocks ?? [];
      cluster.describe(name, { blocks: blocks.filter((block) => block !== 'write') });
    },
    countLive: async (target, criteria) => documentsOf(target).size - dueIn(target, criteria).size,
    operations: async (name) => cluster.indices.get(name)?.operations,
    drop: async (name) => {
      refuseBlocked(name, DROP_BLOCKS);
      cluster.indices.delete(name);
    },
    slices: async (target, criteria, after) => {
      const first = Math.max(0, ...(after ?? []).map((slice) => ('from' in slice ? slice.to : 0)));
      const numbers = expiredIn(target, criteria)
        .map((id) => numberOf(target, id))
        .filter((number) => number >= first);
      const ages: AgeSlice[] =
        numbers.length === 0 ? [] : [{ from: Math.min(...numbers), to: Math.max(...numbers) + 1 }];
      const subjects = criteria.termination?.subjects ?? [];
      const isOwed = after === undefined && owedIn(target, criteria).length > 0;
      return isOwed ? [...ages, { subjects }] : ages;
    },
    deleteSlice: async (target, criteria, permitted) => {
      const slice = await permitted();
      if (slice === undefined) return { deleted: 0, full: false };
      refuseBlocked(target.name, DELETE_BLOCKS);
      const most = Math.min(sliceDocuments, target.atMost ?? sliceDocuments);
      const found = inSlice(target, criteria, slice).slice(0, most);
      for (const id of found) cluster.remove(target.name, id);
      return { deleted: found.length, full: found.length >= most };
    },
    refresh: async (name) => {
      cluster.existing(name);
    },
  };
};
