import { type BrakedErasure, type BrakedQuery, brakedErasures } from '../erasure/braked-erasures.ts';
import { Gathering, ledgerCategories } from '../erasure/gathering.ts';
import { subjectHashes } from '../erasure/subject-hash.ts';
import type { EventSource } from '../erasure/termination-event.ts';
import { type Instant, parseInstant } from '../policy/instant.ts';
import { InputError } from '../purge/errors.ts';
import type { BrakedChoice } from './braked-program.ts';
import type { Selection, Session } from './session.ts';
import { askedSubject } from './subject-entries.ts';

/** The braked erasures of one category that a command is about. */
export interface BrakedOf {
  readonly category: string;
  readonly erasures: readonly BrakedErasure[];
}

/** What was found, by category; those that could not be looked at are in the gathering. */
export interface BrakedSelection {
  readonly found: readonly BrakedOf[];
  readonly gathering: Gathering;
}

const instantOf = (text: string | undefined, option: string): Instant | undefined => {
  if (text === undefined) return undefined;
  const instant = parseInstant(text);
  if (instant !== undefined) return instant;
  throw new InputError('bad-instant', {
    expected: `${option} to be an ISO 8601 instant with its zone, such as 2026-11-24T09:00:00Z`,
    found: 'another text',
    wayOut: 'Write date, time and zone.',
  });
};

const SOURCES = ['webhook', 'bus', 'person'] as const satisfies readonly EventSource[];

const sourceOf = (text: string | undefined): EventSource | undefined => {
  const source = SOURCES.find((each) => each === text);
  if (text === undefined || source !== undefined) return source;
  throw new InputError('bad-source', {
    expected: `--source to be ${SOURCES.join(', ')}`,
    found: 'another word',
    wayOut: 'The command braked shows by which way each came.',
  });
};

/** Whether a choice names anything at all. */
export const isLimited = ({ uin, request, source, since, until }: BrakedChoice): boolean =>
  [uin, request, source, since, until].some((each) => each !== undefined);

/**
 * What the options ask for.
 * @throws InputError `app-without-uin`, `bad-termination`, `bad-instant`, `bad-source`; without keys where an account is named.
 */
const queryOf = async (choice: BrakedChoice, { erasure }: Session): Promise<BrakedQuery> => {
  const { uin, app, request } = choice;
  const source = sourceOf(choice.source);
  const subject = askedSubject({ ...(uin !== undefined && { uin }), ...(app !== undefined && { app }) });
  const since = instantOf(choice.since, '--since');
  const until = instantOf(choice.until, '--until');
  const asked = subject && { uin: subject.uin, ...(subject.app !== undefined && { sdkAppId: subject.app }) };
  const hashes = asked && subjectHashes(asked, await erasure.keyRing()).map(({ hash }) => hash);
  return {
    ...(hashes !== undefined && { hashes }),
    ...(request !== undefined && { requestId: request }),
    ...(source !== undefined && { source }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
};

/** Those that were named, or every one that has a ledger. */
const categoriesOf = async ({ policy, erasure, categories }: Session, isNamed: boolean): Promise<readonly string[]> =>
  isNamed ? categories.map(({ id }) => id) : ledgerCategories(policy, erasure.ledger);

/**
 * The braked erasures that a command is about. A category that cannot be looked at does not keep the others from being looked at.
 * @throws InputError
 */
export const selectBraked = async (
  session: Session,
  { selection, ...choice }: BrakedChoice & { readonly selection: Selection },
): Promise<BrakedSelection> => {
  const query = await queryOf(choice, session);
  const gathering = new Gathering();
  const categories = await categoriesOf(session, selection.category !== undefined);
  const looked = await gathering.each(categories, (category) => brakedErasures(category, query, session.erasure));
  const found = [...looked].map(([category, erasures]) => ({ category, erasures }));
  return { found: found.filter(({ erasures }) => erasures.length > 0), gathering };
};

/** How many erasures were found. */
export const totalOf = ({ found }: Pick<BrakedSelection, 'found'>): number =>
  found.reduce((sum, { erasures }) => sum + erasures.length, 0);
