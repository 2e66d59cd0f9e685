import { join } from 'node:path';
import { folderArchive } from '../../../lib/adapters/archive/folder-archive.ts';
import { statementSeal } from '../../../lib/adapters/crypto/statement-signer.ts';
import { sha256 } from '../../../lib/audit/accounts/account-hashes.ts';
import { STATEMENT_TYPE, type Statement, statementId } from '../../../lib/audit/statement.ts';
import type { KeyRing } from '../../../lib/erasure/subjects/key-ring.ts';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import { DAY, HOUR, MINUTE } from '../../../lib/policy/time/duration.ts';
import { type Clock, type Instant, isoInstant } from '../../../lib/policy/time/instant.ts';
import { TEST_RING } from '../erasure/key-ring-text.ts';
import { type ServiceInMemory, serviceInMemory } from '../in-memory/service-in-memory.ts';
import { pastReport, storeRuns } from '../purge/past-run.ts';
import { REPORT_TIME, reportPolicy } from './report-world.ts';

/** The instant of the concepts: 12:00 UTC. */
export const CONCEPT_TIME: Instant = REPORT_TIME;

const CATEGORIES = ['logs-0', 'settings'] as const;

/** What the evidence of a concept is like. Without a key, it is as it should be. */
export interface ConceptWorld {
  /** Milliseconds before the concept. */
  readonly reportAge?: number;
  readonly statementAge?: number;
  /** The version of the policy that the evidence names. */
  readonly reportVersion?: string;
  readonly statementVersion?: string;
  readonly ring?: KeyRing;
  readonly cluster?: string;
  readonly unseen?: readonly string[];
  readonly breaches?: Readonly<Record<string, number>>;
  readonly holds?: readonly string[];
  /** What is added to the texts of the policy. */
  readonly hostile?: string;
  readonly clock?: Clock;
}

/** The report of a run that ended at an instant. */
export const runAt = async (
  { reportStore }: ServiceInMemory['backend'],
  category: string,
  finishedAt: Instant,
  policyVersion: string,
  holds?: readonly string[],
): Promise<void> => {
  const changes = { policyVersion, oldestAgeMilliseconds: 13 * DAY + 2 * HOUR, ...(holds !== undefined && { holds }) };
  await storeRuns(reportStore, [pastReport(category, finishedAt - MINUTE, changes)]);
};

/**
 * Adds a statement of the audit to the archive.
 * @returns its hash.
 */
const stateAt = async (
  folder: string,
  category: string,
  auditedAt: Instant,
  policyVersion: string,
  { ring = TEST_RING, cluster = 'uuid-in-memory', unseen = [], breaches = {} }: ConceptWorld,
): Promise<string> => {
  const date = isoInstant(auditedAt).slice(0, 10);
  const statement: Statement = {
    type: STATEMENT_TYPE,
    category,
    date,
    number: 1,
    previous: null,
    auditedAt: isoInstant(auditedAt),
    cluster,
    policyVersion,
    mode: 'enforce',
    isKept: Object.keys(breaches).length === 0,
    breaches,
    notices: {},
    unseen,
    figures: { documents: 4, overdue: 0, erasuresOpen: 2, erasuresOverdue: 1, erasuresClosed: 7 },
  };
  const jws = await statementSeal(ring.signing).sign(statement);
  await folderArchive(join(folder, 'archive'), TEST_RING.archive).put('statements', statementId(date, category), {
    jws,
  });
  return sha256(jws);
};

/** A service with a report and a signed statement for each of its two categories. */
export const conceptService = async (world: ConceptWorld = {}) => {
  const text = reportPolicy(2, world.hostile ?? '', { controller: 'Example Ltd, privacy@example.org' });
  const { version } = parseRetentionPolicy(text, 'policy.yml');
  const service = serviceInMemory(undefined, world.clock ?? (() => CONCEPT_TIME), text);
  const { reportAge = HOUR, statementAge = 12 * HOUR, reportVersion = version, statementVersion = version } = world;
  const statements: Record<string, string> = {};
  for (const category of CATEGORIES) {
    await runAt(service.backend, category, CONCEPT_TIME - reportAge, reportVersion, world.holds);
    const at = CONCEPT_TIME - statementAge;
    statements[category] = await stateAt(service.folder, category, at, statementVersion, world);
  }
  return { ...service, version, statements };
};
