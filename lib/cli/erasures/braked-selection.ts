import { InputError } from '../../base/errors.ts';
import {
  type BrakedErasure,
  type BrakedQuery,
  brakedEntries,
  brakedErasuresOf,
  countSetBack,
  isSelectedBy,
  needsProof,
} from '../../erasure/brakes/braked-erasures.ts';
import type { EventSource } from '../../erasure/events/account-event.ts';
import { believedSubject } from '../../erasure/ledger/believed-subject.ts';
import type { ReadEntry } from '../../erasure/ledger/ledger.ts';
import { CategoryVisit, ledgerCategories } from '../../erasure/recording/category-visit.ts';
import { subjectHashes } from '../../erasure/subjects/subject-hash.ts';
import { type Instant, parseInstant } from '../../policy/time/instant.ts';
import { EXIT } from '../exit-code.ts';
import { count } from '../output/format.ts';
import type { BrakedChoice } from '../program/braked-program.ts';
import type { Selection, Session } from '../session.ts';
import { askedSubject } from './subject-entries.ts';

/** The selected braked erasures of one category. */
export interface BrakedOf {
  readonly category: string;
  readonly erasures: readonly BrakedErasure[];
}

/** The selected erasures by category. Categories that could not be read are in the visit. */
export interface BrakedSelection {
  readonly found: readonly BrakedOf[];
  /** Number of braked entries that are not believed, by category. They cannot be confirmed or cancelled. */
  readonly altered: ReadonlyMap<string, number>;
  readonly visit: CategoryVisit;
  /** The query made from the options. */
  readonly query: BrakedQuery;
}

const instantOf = (text: string | undefined, option: string): Instant | undefined => {
  if (text === undefined) return undefined;
  const instant = parseInstant(text);
  if (instant !== undefined) return instant;
  throw new InputError('bad-instant', {
    expected: `${option} to be an ISO 8601 instant with its zone, such as 2026-11-24T09:00:00Z`,
    found: 'another text',
    fix: 'Write date, time and zone.',
  });
};

const SOURCES = ['webhook', 'bus', 'person'] as const satisfies readonly EventSource[];

const sourceOf = (text: string | undefined): EventSource | undefined => {
  const source = SOURCES.find((each) => each === text);
  if (text === undefined || source !== undefined) return source;
  throw new InputError('bad-source', {
    expected: `--source to be ${SOURCES.join(', ')}`,
    found: 'another word',
    fix: 'The command braked shows the source of each erasure.',
  });
};

/** Whether the options limit the selection at all. */
export const isLimited = ({ uin, request, source, since, until }: BrakedChoice): boolean =>
  [uin, request, source, since, until].some((each) => each !== undefined);

/**
 * Makes a query from the options.
 * @throws InputError `app-without-uin`, `bad-termination`, `bad-instant`, `bad-source`; without keys if an account is
 *   named.
 */
const queryOf = async (choice: BrakedChoice, { erasure }: Session): Promise<BrakedQuery> => {
  const { uin, app, request } = choice;
  const source = sourceOf(choice.source);
  const subject = askedSubject({ ...(uin !== undefined && { uin }), ...(app !== undefined && { app }) });
  const since = instantOf(choice.since, '--since');
  const until = instantOf(choice.until, '--until');
  const asked = subject && { uin: subject.uin, ...(subject.app !== undefined && { sdkAppId: subject.app }) };
  const hashes = asked && subjectHashes(asked, await erasure.subjectKeys()).map(({ hash }) => hash);
  return {
    ...(hashes !== undefined && { hashes }),
    ...(request !== undefined && { requestId: request }),
    ...(source !== undefined && { source }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
};

/** The named categories, or every category with a ledger. */
const categoriesOf = async ({ policy, erasure, categories }: Session, isNamed: boolean): Promise<readonly string[]> =>
  isNamed ? categories.map(({ id }) => id) : ledgerCategories(policy, erasure.ledger);

/**
 * The entries that a run would believe. Somebody may have written another account into the other entries, and no
 * decision may be made about that account. If the policy has no rule for the category, only the account is compared.
 */
export const believedIn = async (
  { policy, ports }: Session,
  category: string,
  reads: readonly ReadEntry[],
): Promise<readonly ReadEntry[]> => {
  const rule = policy.categories.get(category)?.rules.termination;
  if (rule !== undefined) return (await ports.witness.judge(category, rule, reads, ports.clock())).believed;
  const keys = await ports.witness.keys();
  return reads.filter(({ entry }) => keys === undefined || believedSubject(entry, keys) !== undefined);
};

/**
 * The selected braked erasures of a category, and the number of erasures that cannot be matched because their content
 * is not proven.
 */
const selectIn = async (session: Session, category: string, query: BrakedQuery) => {
  const found = await brakedEntries(category, query, session.erasure);
  const believed = (await believedIn(session, category, found)).filter(({ entry }) => entry.state === 'braked');
  const keys = await session.ports.witness.keys();
  const erasures = await brakedErasuresOf(category, believed, session.erasure, keys);
  const setBack = await countSetBack(category, query, session.erasure, keys);
  const unproven = needsProof(query) ? erasures.filter(({ isProven }) => !isProven).length : 0;
  return {
    erasures: erasures.filter((each) => isSelectedBy(each, query)),
    altered: found.length - believed.length + unproven + setBack,
  };
};

/**
 * Selects the braked erasures for a command, as far as they are believed. A category that cannot be read does not stop
 * the others.
 * @throws InputError
 */
export const selectBraked = async (
  session: Session,
  { selection, ...choice }: BrakedChoice & { readonly selection: Selection },
): Promise<BrakedSelection> => {
  const query = await queryOf(choice, session);
  const visit = new CategoryVisit();
  const categories = await categoriesOf(session, selection.category !== undefined);
  const looked = await visit.each(categories, (category) => selectIn(session, category, query));
  const found = [...looked].map(([category, { erasures }]) => ({ category, erasures }));
  const altered = [...looked].flatMap(([category, each]) =>
    each.altered > 0 ? [[category, each.altered] as const] : [],
  );
  return { found: found.filter(({ erasures }) => erasures.length > 0), altered: new Map(altered), visit, query };
};

export const totalOf = ({ found }: Pick<BrakedSelection, 'found'>): number =>
  found.reduce((sum, { erasures }) => sum + erasures.length, 0);

const alteredIn = ({ altered }: BrakedSelection): number => [...altered.values()].reduce((sum, each) => sum + each, 0);

/** Clauses, page and keys about entries that are not believed, for all these commands. */
export const alteredOf = (selection: BrakedSelection) => {
  const total = alteredIn(selection);
  const names = [...selection.altered.keys()].join(', ');
  return {
    clauses: total === 0 ? [] : [`${count(total, 'braked entry', 'braked entries')} not believed in ${names}`],
    page:
      total === 0
        ? []
        : [
            'What is not believed was edited, or stands under a subject key that the ring does not have: nothing is decided about it. node bin/es-retention.mjs replay works it out again. What the event log brakes and the ledger does not, the next run brakes again. By --request, --source, --since and --until nothing is chosen either that an earlier version recorded: the next run proves it anew.',
          ],
    json: [...selection.altered].map(([category, entries]) => ({ category, entries })),
    exitCode: total === 0 ? EXIT.done : EXIT.left,
  };
};
