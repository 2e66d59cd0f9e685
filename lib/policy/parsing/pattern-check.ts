import type { Explanation } from '../../base/explanation.ts';
import { matchesPattern, patternsOverlap } from '../index-pattern.ts';
import { collidesWithOurs, OWN_KINDS, OWN_PREFIX } from '../own-indices.ts';

/** Every index that es-retention keeps for itself: reports, leases, ledger and receipts. */
export const OWN_INDICES = 'retention-*';

const LEAST_PREFIX = 3;
const LONGEST_NAME = 255;
const LONGEST_PREFIX = 100;
/** The category id is appended to this name. */
const LONGEST_REPORTS = 100;
const FORBIDDEN = /[\\/?"|# ]/;

type Rule = readonly [isBroken: (pattern: string) => boolean, expected: string, fix: string];

/** In order of importance: the first rule that is broken gets reported. */
const RULES: readonly Rule[] = [
  [
    (p) => p === '_all' || matchesPattern('', p),
    'a pattern that cannot match all indices',
    'Name the indices of this category, such as trtc-sdk-log-*',
  ],
  [
    (p) => p.includes(','),
    'one pattern per list entry, without commas',
    'Write every pattern on a line of its own; exclusions are not needed, since nothing else may match',
  ],
  [
    (p) => p.startsWith('-'),
    'a pattern that includes',
    'Exclusions are refused: narrow the patterns until they match nothing else',
  ],
  [
    (p) => /[<>]/.test(p),
    'a pattern without date arithmetic',
    'Write * in place of the date; documents are purged by their own timestamps, whatever their index is called',
  ],
  [
    (p) => p.includes(':'),
    'a pattern of this cluster',
    'Remote clusters cannot be purged from here: run es-retention on that cluster',
  ],
  [
    (p) => /^[.*]/.test(p),
    'a pattern that cannot match an index that begins with a dot',
    'Begin with the literal beginning of the names; for a data stream write its own name, not that of its backing indices',
  ],
  [
    (p) => p !== p.toLowerCase() || /^[_+]/.test(p) || FORBIDDEN.test(p) || byteLength(p) > LONGEST_NAME,
    'an Elasticsearch index name in lower case, in which * is the only wildcard',
    'Use lower-case letters, digits, - _ . and *, beginning with a letter or digit',
  ],
  [
    (p) => p.includes('*') && p.indexOf('*') < LEAST_PREFIX,
    `at least ${LEAST_PREFIX} characters before the first *`,
    'Write more of the beginning that the names share, so that a new index of somebody else is not caught',
  ],
  [
    (p) => patternsOverlap(p, OWN_INDICES),
    `a pattern that cannot match ${OWN_INDICES}`,
    'These are the reports, leases, ledger and receipts of es-retention itself; reports have their own retention in reports.maxAge',
  ],
];

/** The first rule that an index pattern of a category breaks, if any. */
export function findingInPattern(pattern: string): Explanation | undefined {
  const broken = RULES.find(([isBroken]) => isBroken(pattern));
  return broken && { expected: broken[1], found: pattern === '' ? 'an empty text' : pattern, fix: broken[2] };
}

/** The rules that also apply to patterns of ignored indices. */
const RULES_OF_IGNORED: readonly Rule[] = [
  [
    (p) => p === '' || p === '_all' || /^\*+$/.test(p),
    'a pattern that cannot match all indices',
    'Name the indices that belong to others, such as trtc-billing-*',
  ],
  [(p) => p.includes(','), 'one pattern per list entry, without commas', 'Write every pattern on a line of its own'],
  [
    (p) => FORBIDDEN.test(p) || /[A-Z<>:]/.test(p) || p.startsWith('-'),
    'a pattern that an index name can match: lower case, with none of the characters \\ / ? " | # < > : or a blank',
    'Write the name as the cluster lists it, with * for what varies',
  ],
];

/** The first rule that a pattern of `ignoredIndices` breaks, if any. */
export function findingInIgnoredPattern(pattern: string): Explanation | undefined {
  const broken = RULES_OF_IGNORED.find(([isBroken]) => isBroken(pattern));
  return broken && { expected: broken[1], found: pattern === '' ? 'an empty text' : pattern, fix: broken[2] };
}

/**
 * The fault of the prefix for report indices, if there is one: it must be one of our own names, and no other index may
 * use it.
 */
export function findingInReportsIndex(name: string, indexPrefix = OWN_PREFIX): Explanation | undefined {
  const isPlain = /^retention-[a-z0-9][a-z0-9._-]*$/.test(name) && byteLength(name) <= LONGEST_REPORTS;
  if (isPlain && !collidesWithOurs(name, indexPrefix)) return undefined;
  return {
    expected: `a plain name that begins with retention-, of at most ${LONGEST_REPORTS} characters, and not ${OWN_KINDS.map((kind) => `${OWN_PREFIX}${kind}`).join(', ')}`,
    found: name === '' ? 'an empty text' : name,
    fix: 'Write for example retention-reports: lower case, no wildcard',
  };
}

/** The fault of the prefix of our own indices, if there is one: no pattern of a category may match one of them. */
export function findingInIndexPrefix(prefix: string): Explanation | undefined {
  if (/^retention-(?:[a-z0-9]+-)*$/.test(prefix) && byteLength(prefix) <= LONGEST_PREFIX) return undefined;
  return {
    expected: 'the beginning of index names: retention-, or retention-<name>-',
    found: prefix === '' ? 'an empty text' : prefix,
    fix: 'Write for example retention-billing-: lower case, letters, digits and hyphens, a hyphen at the end',
  };
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
