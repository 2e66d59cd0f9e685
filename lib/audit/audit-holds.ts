import { RetentionError } from '../base/errors.ts';
import { ownIndices } from '../policy/own-indices.ts';
import type { Category, RetentionPolicy } from '../policy/retention-policy.ts';
import { type Instant, isoInstant } from '../policy/time/instant.ts';
import type { Account } from './accounts/account-hashes.ts';
import { type AuditFinding, breach, firstFew, notice } from './audit-finding.ts';
import type { AuditReader, Held, RawRecord } from './audit-reader.ts';
import { instantOf, rawFields, textOf } from './records/raw-records.ts';

// The audit reads holds and pauses with its own code, written from docs/decisions/0017.

const NOTHING_HELD: Held = { all: false, indices: [], accounts: [] };

/** The document of a control index with the holds and the pause in force. */
const CURRENT = 'current';

const accountOf = (hold: unknown): readonly Account[] => {
  const { uin, sdkAppId } = rawFields(hold);
  const [account, application] = [textOf(uin), textOf(sdkAppId)];
  return account === undefined ? [] : [{ uin: account, ...(application !== undefined && { sdkAppId: application }) }];
};

/**
 * The documents that the holds of a category keep. A hold of an unknown kind keeps nothing here: the audit is then too
 * strict, and never too lenient.
 */
const heldBy = (holds: readonly unknown[]): Held => ({
  all: holds.some((hold) => rawFields(hold).scope === 'category'),
  indices: holds.flatMap((hold) => textOf(rawFields(hold).index) ?? []),
  accounts: holds.flatMap(accountOf),
});

const inForce = ({ source }: RawRecord, category: string, now: Instant): readonly AuditFinding[] => {
  const { holds, pause } = rawFields(source);
  const until = instantOf(rawFields(pause).until);
  const count = Array.isArray(holds) ? holds.length : 0;
  return [
    ...(count === 0
      ? []
      : [
          notice(
            'held',
            {
              expected: 'no legal hold, or a hold that is still needed',
              found: `${count === 1 ? '1 hold: what it keeps' : `${count} holds: what they keep`} is counted neither as overdue nor as due`,
              fix: 'To see them, run node bin/es-retention.mjs holds.',
            },
            { category },
          ),
        ]),
    ...(until === undefined || until <= now
      ? []
      : [
          notice(
            'paused',
            {
              expected: 'runs that keep the promise',
              found: `a pause until ${isoInstant(until)}`,
              fix: `To end it before, run node bin/es-retention.mjs resume --category ${category}.`,
            },
            { category },
          ),
        ]),
  ];
};

const RELEASED = /^hold-/;

/** The holds that these reports name. A report names the holds that were in force when its run began. */
export const holdsNamedIn = (reports: readonly RawRecord[]): readonly string[] => [
  ...new Set(
    reports.flatMap(({ source }) => {
      const { holds } = rawFields(source);
      return Array.isArray(holds) ? holds.flatMap((each) => textOf(each) ?? []) : [];
    }),
  ),
];

/** Holds in reports that are neither in force nor released, so that their documents are not kept any more. */
const lostAmong = (
  named: readonly string[],
  records: readonly RawRecord[],
  { id, index }: { readonly id: string; readonly index: string },
): readonly AuditFinding[] => {
  const current = rawFields(records.find((record) => record.id === CURRENT)?.source).holds;
  const known = new Set<unknown>([
    ...(Array.isArray(current) ? current.map((hold) => rawFields(hold).id) : []),
    ...records.flatMap((record) => (RELEASED.test(record.id) ? record.id.replace(RELEASED, '') : [])),
  ]);
  const lost = named.filter((each) => !known.has(each));
  return lost.length === 0
    ? []
    : [
        breach(
          'holds-lost',
          {
            expected: `in ${index}, every hold that the reports of the last day name, in force or released`,
            found: `${lost.length} that ${lost.length === 1 ? 'is' : 'are'} neither: ${firstFew(lost)}`,
            fix: 'Somebody removed them, or the records of their release. Place the holds again that are still needed: see docs/operations.md, "controls-unread". This finding lists a missing id for a day.',
          },
          { category: id, index },
        ),
      ];
};

/**
 * Reads the holds of a category, and the findings about them. If the holds cannot be read, nothing counts as held,
 * which is a breach.
 * @param named the holds that reports name. They are read before the holds, so that a hold that is released meanwhile
 *   is known.
 */
export const auditHolds = async (
  reader: Pick<AuditReader, 'records'>,
  policy: RetentionPolicy,
  { id }: Pick<Category, 'id'>,
  now: Instant,
  named: readonly string[],
): Promise<{ readonly held: Held; readonly findings: readonly AuditFinding[] }> => {
  const index = ownIndices(policy, id).controls;
  const unreadable = (found: string) => ({
    held: NOTHING_HELD,
    findings: [
      breach(
        'holds-unreadable',
        {
          expected: `the holds of the category, in ${index}`,
          found,
          fix: 'No run destroys anything while they cannot be read. See docs/operations.md, "controls-unreadable".',
        },
        { category: id, index },
      ),
    ],
  });
  try {
    const records = (await reader.records(index)) ?? [];
    const current = records.find((record) => record.id === CURRENT);
    const lost = lostAmong(named, records, { id, index });
    if (current === undefined) return { held: NOTHING_HELD, findings: lost };
    const { holds } = rawFields(current.source);
    if (!Array.isArray(holds)) return unreadable('a document without a list of holds');
    return { held: heldBy(holds), findings: [...inForce(current, id, now), ...lost] };
  } catch (error) {
    if (error instanceof RetentionError) return unreadable(`${error.code}: ${error.explanation.found}`);
    throw error;
  }
};
