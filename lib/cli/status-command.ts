import { entryId, isOpen, type LedgerEntry } from '../erasure/ledger-entry.ts';
import { subjectHashes } from '../erasure/subject-hash.ts';
import { type Instant, isoInstant } from '../policy/instant.ts';
import type { Category } from '../policy/retention-policy.ts';
import type { ErasureInvocation } from './erasure-program.ts';
import { EXIT } from './exit-code.ts';
import type { Page } from './page.ts';
import type { Result } from './result.ts';
import { count, minute, number } from './say.ts';
import type { Session } from './session.ts';
import type { Text } from './text.ts';

type Status = Extract<ErasureInvocation, { command: 'status' }>;

/** So many open entries are listed, the most urgent first; all are counted. */
const LISTED = 100;
const HOUR = 3_600_000;

/** How many entries stand where. Due and overdue are among the pending and the erasing. */
interface Standings {
  readonly pending: number;
  readonly erasing: number;
  readonly due: number;
  readonly overdue: number;
  readonly erased: number;
  readonly nothingFound: number;
  readonly cancelled: number;
  readonly held: number;
}

const standingsOf = async ({ erasure, ports }: Session, { id }: Category, overdue: number): Promise<Standings> => {
  const total = async (query: { states: readonly LedgerEntry['state'][]; eraseFromUpTo?: Instant }): Promise<number> =>
    (await erasure.ledger.find({ category: id, ...query }, 1)).total;
  return {
    pending: await total({ states: ['pending'] }),
    erasing: await total({ states: ['erasing'] }),
    due: await total({ states: ['pending', 'erasing'], eraseFromUpTo: ports.clock() }),
    overdue,
    erased: await total({ states: ['erased'] }),
    nothingFound: await total({ states: ['nothing-found'] }),
    cancelled: await total({ states: ['cancelled'] }),
    held: await total({ states: ['held'] }),
  };
};

const isOverdue = (entry: LedgerEntry, now: Instant): boolean =>
  isOpen(entry) && (entry.obligation?.eraseBy ?? now) < now;

const openEntries = async ({ erasure }: Session, { id }: Category): Promise<readonly LedgerEntry[]> => {
  const { entries } = await erasure.ledger.find({ category: id, states: ['pending', 'erasing', 'held'] }, 10_000);
  return entries.map(({ entry }) => entry);
};

const entriesOf = async ({ erasure }: Session, category: Category, { uin = '', app }: Status) => {
  const subject = { uin, ...(app !== undefined && { sdkAppId: app }) };
  const hashes = subjectHashes(subject, await erasure.keyRing());
  const triggers = category.rules.termination?.triggers ?? [];
  const ids = triggers.flatMap((trigger) => hashes.map((hash) => entryId(category.id, trigger, hash)));
  return [...(await erasure.ledger.read(ids)).values()].map(({ entry }) => entry);
};

const hoursLeft = ({ obligation }: LedgerEntry, now: Instant): Text => {
  if (obligation === undefined) return '';
  const hours = (obligation.eraseBy - now) / HOUR;
  return hours < 0 ? { text: `${Math.ceil(-hours)} h over`, style: 'red' } : `${Math.floor(hours)} h`;
};

const stateCell = (entry: LedgerEntry, now: Instant): Text => {
  if (isOverdue(entry, now)) return { text: `${entry.state}, overdue`, style: 'red' };
  const isDue = isOpen(entry) && (entry.obligation?.eraseFrom ?? Infinity) <= now;
  const late = entry.reinstatedAt === undefined ? '' : ', reinstated after';
  return `${entry.state}${isDue ? ', due' : ''}${late}`;
};

const at = (instant: Instant | undefined): string => (instant === undefined ? '' : minute(instant));

const table = (entries: readonly LedgerEntry[], now: Instant): Page =>
  entries.length === 0
    ? []
    : [
        {
          columns: [
            { title: 'Subject' },
            { title: 'Scope' },
            { title: 'Because' },
            { title: 'State' },
            { title: 'Erase from (UTC)' },
            { title: 'Erase by (UTC)' },
            { title: 'Left', right: true },
            { title: 'Erased', right: true },
            { title: 'Request' },
          ],
          rows: entries.map((entry) => [
            `${entry.subject.hash.slice(0, 12)}… (${entry.subject.kid})`,
            entry.scope,
            entry.trigger,
            stateCell(entry, now),
            at(entry.obligation?.eraseFrom),
            at(entry.obligation?.eraseBy),
            isOpen(entry) ? hoursLeft(entry, now) : '',
            number(entry.progress.documentsErased),
            entry.obligation?.requestId ?? '',
          ]),
        },
      ];

const entryJson = (entry: LedgerEntry, now: Instant) => ({
  category: entry.category,
  subject: entry.subject,
  scope: entry.scope,
  trigger: entry.trigger,
  state: entry.state,
  overdue: isOverdue(entry, now),
  requestId: entry.obligation?.requestId ?? null,
  terminatedAt: entry.obligation === undefined ? null : isoInstant(entry.obligation.terminatedAt),
  eraseFrom: entry.obligation === undefined ? null : isoInstant(entry.obligation.eraseFrom),
  eraseBy: entry.obligation === undefined ? null : isoInstant(entry.obligation.eraseBy),
  hoursLeft: entry.obligation === undefined || !isOpen(entry) ? null : (entry.obligation.eraseBy - now) / HOUR,
  documentsErased: entry.progress.documentsErased,
  newUse: entry.progress.newUse,
  reinstatedAt: entry.reinstatedAt === undefined ? null : isoInstant(entry.reinstatedAt),
  receipts: entry.closures.flatMap(({ receipt }) => receipt ?? []),
});

interface Shown {
  readonly category: Category;
  readonly entries: readonly LedgerEntry[];
  readonly standings: Standings;
}

const lookAt = async (session: Session, status: Status): Promise<readonly Shown[]> => {
  const shown: Shown[] = [];
  for (const category of session.policy.categories.values()) {
    if (category.rules.termination === undefined) continue;
    const open = await openEntries(session, category);
    const overdue = open.filter((entry) => isOverdue(entry, session.ports.clock())).length;
    const standings = await standingsOf(session, category, overdue);
    const entries = status.uin === undefined ? open : await entriesOf(session, category, status);
    shown.push({ category, entries, standings });
  }
  return shown;
};

const summary = ({ pending, erasing, due, overdue, erased, nothingFound, cancelled, held }: Standings): string =>
  `  pending ${number(pending)} · erasing ${number(erasing)} · due ${number(due)} · overdue ${number(overdue)} · erased ${number(erased)} · nothing found ${number(nothingFound)} · cancelled ${number(cancelled)} · held ${number(held)}`;

const verdictOf = (shown: readonly Shown[], now: Instant): string => {
  const all = shown.flatMap(({ entries }) => entries.filter(isOpen));
  const overdue = shown.reduce((sum, { standings }) => sum + standings.overdue, 0);
  const open = shown.reduce((sum, { standings }) => sum + standings.pending + standings.erasing + standings.held, 0);
  if (shown.length === 0) return 'Owed: nothing, since no category has a termination rule';
  if (open === 0) return 'Owed: nothing';
  const next = Math.min(...all.flatMap(({ obligation }) => obligation?.eraseBy ?? []));
  const nearest = Number.isFinite(next) ? ` · nearest deadline ${minute(next)} UTC` : '';
  return `Owed: ${count(open, 'erasure', 'erasures')}${overdue > 0 ? ` · ${overdue} overdue` : ''}${nearest}${next < now ? ' (past)' : ''}`;
};

/** `status`: what is owed, and how long there is. */
export const statusCommand = async (session: Session, status: Status): Promise<Result> => {
  const shown = await lookAt(session, status);
  const now = session.ports.clock();
  const verdict = verdictOf(shown, now);
  const exitCode = shown.some(({ standings }) => standings.overdue > 0) ? EXIT.left : EXIT.done;
  return {
    page: [
      { text: verdict, style: 'bold' },
      ...shown.flatMap(
        ({ category, entries, standings }): Page => [
          '',
          [{ text: category.id, style: 'bold' }, ` · ${category.title}`],
          summary(standings),
          ...table(entries.slice(0, LISTED), now),
          ...(entries.length > LISTED ? [`  … and ${number(entries.length - LISTED)} more: see --json`] : []),
        ],
      ),
    ],
    json: {
      command: 'status',
      verdict,
      exitCode,
      categories: shown.map(({ category, entries, standings }) => ({
        category: category.id,
        ...standings,
        entries: entries.map((entry) => entryJson(entry, now)),
      })),
    },
    exitCode,
  };
};
