import {
  type Audit,
  type AuditedCategory,
  type AuditPorts,
  audit,
  breachesIn,
  storedStatements,
} from '../../../audit/audit.ts';
import type { AuditFinding } from '../../../audit/audit-finding.ts';
import { isBreach } from '../../../audit/audit-finding.ts';
import type { ReturnedAccount } from '../../../audit/audit-reader.ts';
import type { Chain } from '../../../audit/statement.ts';
import { checkChain } from '../../../audit/statement.ts';
import { InputError } from '../../../base/errors.ts';
import type { ActiveAccounts } from '../../../erasure/consistency/reconcile.ts';
import { type Reopened, reopenErasures } from '../../../erasure/due/reopen-erasures.ts';
import type { Category } from '../../../policy/retention-policy.ts';
import { isoInstant } from '../../../policy/time/instant.ts';
import { EXIT } from '../../exit-code.ts';
import { findingsPage } from '../../output/findings-page.ts';
import { count, minute, number } from '../../output/format.ts';
import type { Page } from '../../output/page.ts';
import type { Result } from '../../output/result.ts';
import type { Session } from '../../session.ts';

const portsOf = ({ audit: ports }: Session): AuditPorts => {
  if (ports !== undefined) return ports;
  throw new InputError('no-audit', {
    expected: 'a store that can be audited',
    found: 'one that cannot',
    fix: 'Audit an Elasticsearch.',
  });
};

const table = (categories: readonly AuditedCategory[]): Page => [
  '',
  {
    columns: [
      { title: 'Category' },
      { title: 'Documents', right: true, spare: 2 },
      { title: 'Oldest (UTC)' },
      { title: 'Overdue', right: true },
      { title: 'Undatable', right: true, spare: 1 },
      { title: 'Open erasures', right: true, spare: 3 },
      { title: 'Overdue erasures', right: true },
      { title: 'Newest report (UTC)', spare: 4 },
      { title: 'Breaches', right: true },
    ],
    rows: categories.map(({ category, figures, findings }) => [
      category,
      number(figures.documents),
      figures.oldest === undefined ? '–' : minute(figures.oldest.at),
      number(figures.overdue),
      number(figures.undatable),
      number(figures.erasures.open),
      number(figures.erasures.overdue),
      figures.reportedAt === undefined ? '–' : minute(figures.reportedAt),
      number(findings.filter(isBreach).length),
    ]),
  },
];

const copiesPage = ({ copies }: Audit): Page =>
  copies.length === 0
    ? ['', 'Elsewhere in the cluster: nothing keeps content of the categories.']
    : [
        '',
        {
          columns: [
            { title: 'Elsewhere' },
            { title: 'Name' },
            { title: 'Until' },
            { title: 'Erased since', right: true },
            { title: 'Categories' },
          ],
          rows: copies.map(({ kind, name, until = '–', erasedSince, categories }) => [
            kind,
            name,
            until,
            erasedSince === undefined ? '–' : number(erasedSince),
            categories.join(', '),
          ]),
        },
      ];

const unseenPage = ({ unseen, categories }: Audit): Page => {
  const all = [...unseen, ...categories.flatMap((each) => each.unseen)];
  const lines = [...new Set(all.map(({ what, why }) => `Not looked at: ${what} (${why}).`))];
  return lines.length === 0 ? [] : ['', ...lines];
};

const inCategory = (category: string, findings: readonly AuditFinding[]): Page =>
  findings.length === 0 ? [] : ['', [{ text: category, style: 'bold' }], ...findingsPage(findings)];

const breachText = (breaches: number): string => (breaches === 0 ? 'no breach' : count(breaches, 'breach', 'breaches'));

const statementsPage = ({ categories }: Audit): Page => {
  const now = categories
    .filter(({ statedBefore }) => statedBefore === undefined)
    .flatMap(({ statement }) => statement ?? []);
  const before = categories.flatMap(({ statement = '', statedBefore: said }) =>
    said === undefined ? [] : `${statement}, at ${said.auditedAt}, ${breachText(said.breaches)}`,
  );
  if (now.length + before.length === 0)
    return ['', 'Nothing is stated: a statement needs an archive, its key, and a signing key.'];
  return [
    '',
    ...(now.length === 0 ? [] : [`Stated: ${now.join(', ')}`]),
    ...(before.length === 0
      ? []
      : [
          'Stated before, by the first audit of the day. What this audit found is not in it:',
          ...before.map((line) => `  ${line}`),
        ]),
  ];
};

const summaryOf = (found: Audit): string => {
  const breaches = breachesIn(found);
  const codes = [...new Set(breaches.map(({ code }) => code))];
  return breaches.length === 0
    ? `Audit: no breach in ${count(found.categories.length, 'category', 'categories')}`
    : `Audit: ${count(breaches.length, 'breach', 'breaches')} (${codes.join(', ')})`;
};

/** Reopens the erasures of a category whose subjects have data again. */
const reopenIn = (
  category: Category,
  returned: readonly ReturnedAccount[],
  { policy, erasure: { ledger, subjectKeys }, ports: { witness, clock } }: Session,
): Promise<Reopened> => {
  const own = returned.filter((each) => each.category === category.id);
  const subjects = own.map(({ entry, account }) => ({ entry, subject: account }));
  return reopenErasures(category, policy, subjects, { ledger, subjectKeys, witness, clock });
};

/** The reopened erasures of all categories. */
interface ReopenedEntries {
  readonly reopened: readonly string[];
  readonly owed: readonly string[];
  readonly refused: Readonly<Record<string, string>>;
}

const reopenAll = async (session: Session, returned: readonly ReturnedAccount[]): Promise<ReopenedEntries> => {
  const all: Reopened[] = [];
  for (const category of session.categories)
    if (returned.some((each) => each.category === category.id)) all.push(await reopenIn(category, returned, session));
  return {
    reopened: all.flatMap(({ reopened }) => reopened),
    owed: all.flatMap(({ owed }) => owed),
    refused: Object.fromEntries(all.flatMap(({ refused }) => [...refused])),
  };
};

const reopenedPage = (done: ReopenedEntries | undefined, returned: number): Page => {
  if (done === undefined)
    return returned === 0
      ? []
      : [
          '',
          `${count(returned, 'erased account has', 'erased accounts have')} data again. --reopen lets the next run erase it.`,
        ];
  const { reopened, owed, refused } = done;
  return [
    '',
    `Reopened: ${number(reopened.length)} (owed from before: ${number(owed.length)}). The next run erases them: node bin/es-retention.mjs purge --execute`,
    ...Object.entries(refused).map(([entry, reason]) => `Not reopened: ${entry} (${reason}).`),
  ];
};

/**
 * `audit`: asks the cluster, with its own queries, whether promises are kept and records are true.
 * @param reopen whether erasures are reopened whose subjects have data again. The command changes nothing else.
 */
export const auditCommand = async (
  session: Session,
  active: ActiveAccounts | undefined,
  reopen = false,
): Promise<Result> => {
  const { policy, categories, cluster } = session;
  const request = { policy, categories, cluster: cluster.uuid, ...(active !== undefined && { active }) };
  const returned: ReturnedAccount[] = [];
  const onReturned = async (accounts: readonly ReturnedAccount[]) => void returned.push(...accounts);
  const found = await audit(request, { ...portsOf(session), onReturned });
  const done = reopen ? await reopenAll(session, returned) : undefined;
  const reopened = done === undefined ? '' : ` · reopened ${count(done.reopened.length, 'erasure', 'erasures')}`;
  const summary = `${summaryOf(found)}${reopened}`;
  const exitCode = breachesIn(found).length === 0 ? EXIT.done : EXIT.left;
  return {
    page: [
      { text: summary, style: 'bold' },
      ...table(found.categories),
      ...inCategory('The cluster', found.findings),
      ...found.categories.flatMap(({ category, findings }) => inCategory(category, findings)),
      ...reopenedPage(done, returned.length),
      ...copiesPage(found),
      ...unseenPage(found),
      ...statementsPage(found),
    ],
    json: { command: 'audit', summary, exitCode, ...found, at: isoInstant(found.at), ...done },
    exitCode,
  };
};

interface CheckedChain extends Chain {
  readonly category: string;
  readonly texts: readonly string[];
}

const chainsPage = (chains: readonly CheckedChain[]): Page => [
  '',
  {
    columns: [
      { title: 'Category' },
      { title: 'Statements', right: true },
      { title: 'First' },
      { title: 'Last' },
      { title: 'Hash of the last' },
    ],
    rows: chains.map(({ category, statements, first = '–', end }) => [
      category,
      number(statements),
      first,
      end?.date ?? '–',
      end?.hash ?? '–',
    ]),
  },
  ...findingsPage(chains.flatMap(({ findings }) => findings)),
];

/** `audit --check`: checks the whole chain of signed statements of each category. */
export const checkStatementsCommand = async (session: Session): Promise<Result> => {
  const { archive, seal, clock } = portsOf(session);
  if (archive === undefined || seal === undefined)
    throw new InputError('no-statements', {
      expected: 'an archive (RETENTION_ARCHIVE) and a key ring (RETENTION_KEYS)',
      found: 'only one of them, or none',
      fix: 'Name both: the statements are in the archive, and the ring opens and checks them.',
    });
  const keptSince = clock() - session.policy.reports.maxAge.milliseconds;
  const [chains, opener]: [CheckedChain[], Awaited<ReturnType<typeof seal>>] = [[], await seal()];
  for (const { id } of session.categories) {
    const stored = await storedStatements(await archive(id), id);
    const chain = await checkChain(id, stored, opener, keptSince);
    chains.push({ category: id, ...chain, texts: stored.flatMap(({ jws }) => jws ?? []) });
  }
  const broken = chains.flatMap(({ findings }) => findings).filter(isBreach);
  const total = chains.reduce((sum, { statements }) => sum + statements, 0);
  const summary =
    broken.length === 0
      ? `Statements: ${count(total, 'statement', 'statements')}, no break`
      : `Statements: ${count(broken.length, 'break', 'breaks')} in ${count(total, 'statement', 'statements')}`;
  const exitCode = broken.length === 0 ? EXIT.done : EXIT.left;
  return {
    page: [{ text: summary, style: 'bold' }, ...chainsPage(chains)],
    json: { command: 'audit', summary, exitCode, chains },
    exitCode,
  };
};
