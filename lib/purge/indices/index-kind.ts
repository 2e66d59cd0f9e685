import { number } from '../../base/number-text.ts';
import type { Finding } from '../../criteria/finding.ts';
import type { IndexDescription } from '../../criteria/index-description.ts';

const FACTS = {
  'searchable-snapshot': {
    found:
      'a searchable snapshot: its documents cannot be deleted, and dropping it leaves the snapshot it is mounted from',
    fix: (name: string) =>
      `Delete the index (DELETE /${name}) and the snapshot that it is mounted from (its settings under index.store.snapshot name repository and snapshot), or restore that snapshot as an ordinary index of the category.`,
  },
  'follower-index': {
    found: 'a follower index: its documents cannot be deleted, and dropping it leaves those of the leader',
    fix: (name: string) =>
      `Purge the leader index in its own cluster: this one follows. Or make it an ordinary index: POST /${name}/_ccr/pause_follow, POST /${name}/_close, POST /${name}/_ccr/unfollow, POST /${name}/_open.`,
  },
} as const satisfies Record<NonNullable<IndexDescription['kind']>, unknown>;

/**
 * The finding for an index whose documents are copies, because the originals stay. Such an index is never dropped, and
 * none of its documents is deleted. The finding is blocking if a document of the index is due. Undefined for an
 * ordinary index.
 * @param due number of documents in it that should be removed.
 */
export const kindFinding = ({ name, kind }: IndexDescription, due: number): Finding | undefined => {
  if (kind === undefined) return undefined;
  const { found, fix } = FACTS[kind];
  return {
    code: kind,
    severity: due > 0 ? 'blocking' : 'notice',
    index: name,
    expected: 'an ordinary index, from which documents can be deleted for good',
    found: due > 0 ? `${found}; due in it: ${number(due)}` : found,
    fix: fix(name),
  };
};
