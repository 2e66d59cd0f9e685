import type { RetentionPolicy } from '../policy/retention-policy.ts';
import { DAY } from '../policy/time/duration.ts';
import { type Instant, isoInstant } from '../policy/time/instant.ts';
import { sha256 } from './accounts/account-hashes.ts';
import { type AuditFinding, breach, notice } from './audit-finding.ts';
import { numberOf, rawFields, textOf } from './records/raw-records.ts';

export const STATEMENT_TYPE = 'es-retention/statement/1';

/** The statement of the audit about one category on one day. It is signed, and names no account. */
export interface Statement {
  readonly type: typeof STATEMENT_TYPE;
  readonly category: string;
  /** `YYYY-MM-DD`, in UTC. */
  readonly date: string;
  /** Its place in the chain, from 1. */
  readonly number: number;
  /** SHA-256, in hex, of the statement before it, as text. Null in the first one. */
  readonly previous: string | null;
  readonly auditedAt: string;
  readonly cluster: string;
  readonly policyVersion: string;
  readonly mode: RetentionPolicy['mode'];
  readonly isKept: boolean;
  readonly figures: Readonly<Record<string, number | string | null>>;
  /** The codes of the findings, each with its number. */
  readonly breaches: Readonly<Record<string, number>>;
  readonly notices: Readonly<Record<string, number>>;
  /** The places that the key could not look at. */
  readonly unseen: readonly string[];
}

/** Signs statements, and checks signatures. */
export interface StatementSeal {
  sign(statement: Statement): Promise<string>;
  /** The content of a statement; undefined if none of our keys signed this text. */
  open(jws: string): Promise<object | undefined>;
  /** Whether one of our keys signed this receipt. */
  isReceipt(jws: string): Promise<boolean>;
}

/** A statement as the archive keeps it. */
export interface StoredStatement {
  /** `<date>@<category>` */
  readonly id: string;
  /** Undefined if the copy cannot be read. */
  readonly jws?: string;
}

export const dateOf = (instant: Instant): string => isoInstant(instant).slice(0, 10);
export const statementId = (date: string, category: string): string => `${date}@${category}`;

const ID = /^(\d{4}-\d{2}-\d{2})@(.+)$/;

/** What an earlier audit of the day has stated. */
export interface StatedBefore {
  /** ISO 8601. */
  readonly auditedAt: string;
  /** The number of its breaches. */
  readonly breaches: number;
}

/**
 * Reads what a stored statement says.
 * @returns undefined if it is not as the audit signed it: {@link checkChain} says so.
 */
export const readStated = async (
  { jws = '' }: StoredStatement,
  seal: Pick<StatementSeal, 'open'>,
): Promise<StatedBefore | undefined> => {
  const content = await seal.open(jws);
  if (content === undefined) return undefined;
  const { auditedAt, breaches } = rawFields(content);
  const said = textOf(auditedAt);
  if (said === undefined) return undefined;
  const counts = Object.values(rawFields(breaches)).map((each) => numberOf(each) ?? 0);
  return { auditedAt: said, breaches: counts.reduce((sum, each) => sum + each, 0) };
};

/** A link of the chain: a statement that was read and checked. */
interface Link {
  readonly date: string;
  readonly number: number;
  readonly previous: string | null;
  readonly hash: string;
  readonly hasSaidGap: boolean;
}

const GAP = 'statement-missing';

const linkOf = (id: string, jws: string, content: object): Link | undefined => {
  const { type, category, date, number, previous, breaches } = rawFields(content);
  const [, day, of] = ID.exec(id) ?? [];
  const [said, place] = [textOf(date), numberOf(number)];
  if (type !== STATEMENT_TYPE || said === undefined || said !== day || category !== of || place === undefined)
    return undefined;
  if (previous !== null && typeof previous !== 'string') return undefined;
  return { date: said, number: place, previous, hash: sha256(jws), hasSaidGap: GAP in rawFields(breaches) };
};

const dayAfter = (date: string): string => dateOf(Date.parse(`${date}T00:00:00Z`) + DAY);

const missingBetween = (earlier: Link, later: Link): boolean =>
  dayAfter(earlier.date) !== later.date || earlier.number + 1 !== later.number;

const brokenBetween = (category: string, earlier: Link, later: Link): readonly AuditFinding[] => {
  const between = `between ${earlier.date} and ${later.date}`;
  if (later.previous === earlier.hash) {
    if (!missingBetween(earlier, later)) return [];
    const explanation = {
      expected: 'a statement of each day',
      found: `none ${between}`,
      fix: 'The audit did not run on these days: see its log.',
    };
    // The statement after the gap has already reported it, so nobody has to be told again.
    return [later.hasSaidGap ? notice(GAP, explanation, { category }) : breach(GAP, explanation, { category })];
  }
  return missingBetween(earlier, later)
    ? [
        breach(
          GAP,
          {
            expected: 'every statement of the chain in the archive',
            found: `that statements ${between} are gone`,
            fix: 'Restore it (in a bucket, from its non-current version). Find out who may delete in the archive.',
          },
          { category },
        ),
      ]
    : [
        breach(
          'statement-fork',
          {
            expected: 'each statement to hold the hash of the one before it',
            found: `that the statement of ${later.date} follows another one than that of ${earlier.date}`,
            fix: 'One of the two was replaced. Compare them with copies that others hold, and find out who has the signing key.',
          },
          { category },
        ),
      ];
};

const notOurs = (category: string, id: string): AuditFinding =>
  breach(
    'statement-altered',
    {
      expected: 'statements as the audit signed them, each in its own place',
      found: `another text in the place of ${id}`,
      fix: 'Restore it (in a bucket, from its non-current version). If it was signed under an older key, take the ring with all its versions.',
    },
    { category },
  );

/** The end of a chain: the next statement follows it. */
export interface ChainEnd {
  readonly date: string;
  readonly number: number;
  readonly hash: string;
}

export interface Chain {
  readonly statements: number;
  readonly first?: string;
  readonly end?: ChainEnd;
  readonly findings: readonly AuditFinding[];
}

/** Statements from before the archive's period have expired. */
const lacksBeginning = (first: Link, keptSince: Instant): boolean =>
  first.previous !== null && Date.parse(`${first.date}T00:00:00Z`) > keptSince + 2 * DAY;

const beginningGone = (category: string, first: Link): AuditFinding =>
  breach(
    GAP,
    {
      expected: "every statement of the archive's period",
      found: `that the statements before ${first.date} are gone`,
      fix: 'Restore them (in a bucket, from their non-current versions). Find out who may delete in the archive.',
    },
    { category },
  );

/** Opens statements. Returns the links of the chain, and findings for all other statements. */
const readLinks = async (category: string, own: readonly StoredStatement[], seal: Pick<StatementSeal, 'open'>) => {
  const links: Link[] = [];
  const strangers: AuditFinding[] = [];
  for (const { id, jws = '' } of own) {
    const content = await seal.open(jws);
    const link = content && linkOf(id, jws, content);
    if (link === undefined) strangers.push(notOurs(category, id));
    else links.push(link);
  }
  return { links, strangers };
};

/**
 * Checks the statements of a category from the first to the last.
 * @param keptSince statements from before this instant may have been removed.
 */
export const checkChain = async (
  category: string,
  stored: readonly StoredStatement[],
  seal: Pick<StatementSeal, 'open'>,
  keptSince: Instant,
): Promise<Chain> => {
  const own = stored.filter(({ id }) => ID.exec(id)?.[2] === category).sort((a, b) => (a.id < b.id ? -1 : 1));
  const { links, strangers } = await readLinks(category, own, seal);
  const [first] = links;
  const isCut = first !== undefined && strangers.length === 0 && lacksBeginning(first, keptSince);
  const last = links.at(-1);
  return {
    statements: own.length,
    ...(first !== undefined && { first: first.date }),
    ...(last !== undefined && { end: { date: last.date, number: last.number, hash: last.hash } }),
    findings: [
      ...strangers,
      ...(isCut ? [beginningGone(category, first)] : []),
      ...links.slice(1).flatMap((later, at) => brokenBetween(category, links[at] as Link, later)),
    ],
  };
};

/** The finding if a new statement does not follow the statement of the day before. */
export const gapBefore = (category: string, end: ChainEnd | undefined, today: string): readonly AuditFinding[] =>
  end === undefined || end.date >= today || dayAfter(end.date) === today
    ? []
    : [
        breach(
          GAP,
          {
            expected: 'a statement of yesterday',
            found: `the last one from ${end.date}`,
            fix: 'The audit did not run, or its statements were removed: see its log.',
          },
          { category },
        ),
      ];
