import type { Finding } from '../../criteria/finding.ts';
import { describeDuration } from '../../policy/time/duration.ts';
import type { Alteration } from '../ledger/entry-check.ts';

/** The maximum number of instants that are named. */
const MOST_INSTANTS_NAMED = 3;

/**
 * Findings for events that are in no entry of a category. Pure, like all functions of this file.
 * @param heardAt when each of them was recorded.
 * @param log name of the event log's index.
 */
export const forgottenEvents = (
  category: string,
  heardAt: readonly string[],
  memory: number,
  log: string,
): readonly Finding[] =>
  heardAt.length === 0
    ? []
    : [
        {
          code: 'forgotten-events',
          severity: 'blocking',
          subjects: heardAt.length,
          expected: `an entry in the ledger for every event of the last ${describeDuration(memory)}`,
          found: `${heardAt.length} that no entry of "${category}" contains, stored at ${heardAt.slice(0, MOST_INSTANTS_NAMED).join(', ')}${heardAt.length > MOST_INSTANTS_NAMED ? ', …' : ''}`,
          fix: `node bin/es-retention.mjs replay records the events of the archive again. Record what the archive has lost with node bin/es-retention.mjs terminate (or reinstate), then run replay once more. If an event is still named after that, somebody else wrote it, with a key that may add to ${log}. Find out who, make new keys, find the event with POST /${log}/_search?_source_excludes=alsoUnder {"query": {"term": {"heardAt": "<instant>"}}}, and remove it by its id: DELETE /${log}/_doc/<id>. If it was a genuine event, replay stores it again.`,
        },
      ];

const WORDS: Readonly<Record<Alteration, string>> = {
  altered: 'differing from its hash, its proof or its events',
  closure: 'with a closed erasure that nobody can prove, and that gets no receipt',
  copied: 'with a closed erasure that was not sealed for it',
  hidden: 'that searches do not find by what it says, since it is indexed otherwise',
  key: 'under a version of the subject key that the key ring has not got',
  shape: 'without the shape of an entry',
  stranger: 'that is no entry at all',
};

const ADVICE: Readonly<Record<Alteration, string>> = {
  altered: ' What the archive does not have: node bin/es-retention.mjs terminate again, and then replay once more.',
  closure:
    ' Of a closed erasure that nobody can prove, replay keeps that it is done, and waits for no receipt: node bin/es-retention.mjs terminate again for a receipt.',
  copied:
    ' What replay leaves of those with an erasure that was not sealed for them, no event tells of: remove it by its id: DELETE /<ledger>/_doc/<id>.',
  hidden: '',
  shape: '',
  stranger:
    ' What is no entry stands under an id that is not <category>/<trigger>/<key>/<hash>: look for it with GET /<ledger>/_search?_source=false, and remove it by its id: DELETE /<ledger>/_doc/<id>.',
  key: ' Use the key ring with every version of the subject key; where that version was destroyed, replay moves to the current one what the archive knows.',
};

/** Findings for entries of one category that are not believed. */
export const alteredEntries = (
  category: string,
  alterations: readonly Alteration[],
  ledger: string,
): readonly Finding[] => {
  if (alterations.length === 0) return [];
  const kinds = [...new Set(alterations)].toSorted();
  const counted = kinds.map((kind) => `${alterations.filter((each) => each === kind).length} ${WORDS[kind]}`);
  return [
    {
      code: 'altered-entry',
      severity: 'blocking',
      subjects: alterations.length,
      expected: `entries of "${category}" that agree with their hashes, their proofs and their events`,
      found: `${counted.join(', ')}; nothing is erased for them`,
      fix: `Find out who edited the ledger. node bin/es-retention.mjs replay works such entries out again, from the events and the archive.${kinds.map((kind) => ADVICE[kind].replaceAll('<ledger>', ledger)).join('')}`,
    },
  ];
};

/** Findings for edited events. */
export const alteredEvents = (subjects: number): readonly Finding[] =>
  subjects === 0
    ? []
    : [
        {
          code: 'altered-event',
          severity: 'blocking',
          subjects,
          expected: 'events whose content fits their ids, and that searches find by this content',
          found: `${subjects} whose content does not fit, or that are indexed differently; they are not believed`,
          fix: 'Find out who edited the event log. node bin/es-retention.mjs replay writes them again from the archive, and removes the events that the archive does not have. Record these again with node bin/es-retention.mjs terminate (or reinstate).',
        },
      ];
