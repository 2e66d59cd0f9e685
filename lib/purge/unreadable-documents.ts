import type { SubjectCounts } from './document-store.ts';
import type { Finding } from './finding.ts';

/** Finds the documents whose `_source` Elasticsearch cannot read: a script goes on where such a one throws. */
const SEARCH = JSON.stringify({
  _source: false,
  runtime_mappings: {
    unreadable: {
      type: 'boolean',
      script: 'try { params._source.isEmpty() } catch (Exception e) { emit(true) }',
    },
  },
  query: { term: { unreadable: true } },
});

/**
 * Documents that may be anybody's: nobody can read them, and the index has no account of theirs. Pure.
 * @param patterns of the category's indices, joined by commas.
 */
export const unreadableDocuments = (
  subjects: readonly Pick<SubjectCounts, 'unreadable'>[],
  patterns: string,
): readonly Finding[] => {
  const concerned = subjects.filter(({ unreadable }) => unreadable > 0);
  if (concerned.length === 0) return [];
  const documents = Math.max(...concerned.map(({ unreadable }) => unreadable));
  return [
    {
      code: 'unreadable-documents',
      severity: 'blocking',
      subjects: concerned.length,
      expected: 'documents that Elasticsearch can read again, so that they tell whose they are',
      found: `${documents} that it stored and cannot read (sent as YAML without a first line ---, say): each may be anybody's`,
      wayOut: `They stay, and so does every erasure, open. Find them: POST /${patterns}/_search ${SEARCH}. Send each again as JSON under its id, or delete it. The next run goes on.`,
    },
  ];
};
