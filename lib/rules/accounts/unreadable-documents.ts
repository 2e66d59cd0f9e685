import { number } from '../../base/number-text.ts';
import type { SubjectCounts } from '../../criteria/counts.ts';
import type { Finding } from '../../criteria/finding.ts';

/**
 * A search for documents whose `_source` Elasticsearch cannot read (a script would throw there), or whose account is a
 * byte string.
 */
const searchFor = (accountField: string): string =>
  JSON.stringify({
    _source: false,
    runtime_mappings: {
      unreadable: {
        type: 'boolean',
        script: {
          source:
            'try { def at = params._source; at.isEmpty(); for (def name : params.path) at = at instanceof Map ? at[name] : null; List all = new ArrayList(); if (at instanceof List) all.addAll(at); else all.add(at); for (def one : all) if (one != null && !(one instanceof String || one instanceof Number || one instanceof Boolean || one instanceof Map || one instanceof List)) emit(true); } catch (Exception e) { emit(true); }',
          params: { path: accountField.split('.') },
        },
      },
    },
    query: { term: { unreadable: true } },
  });

/**
 * Finding for documents that may belong to any account: they cannot be read, and the index has no account for them.
 * @param accountField its path in documents.
 * @param patterns of the category's indices, joined by commas.
 */
export const unreadableDocuments = (
  subjects: readonly Pick<SubjectCounts, 'unreadable'>[],
  accountField: string,
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
      expected: 'documents that Elasticsearch can read, to find the accounts in them',
      found: `${number(documents)} that it stored and cannot read (sent as YAML without a first line ---, for example), or whose account is bytes (of CBOR or SMILE): each may be anybody's`,
      fix: `They stay, and every erasure stays open. Find them with POST /${patterns}/_search ${searchFor(accountField)}. Send each again as JSON under its id, or delete it. The next run continues.`,
    },
  ];
};
