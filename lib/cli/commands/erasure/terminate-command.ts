import { randomUUID } from 'node:crypto';
import { InputError } from '../../../base/errors.ts';
import { dueSubjects } from '../../../erasure/due/due-subjects.ts';
import { type AccountEvent, accountEvent } from '../../../erasure/events/account-event.ts';
import { AccountEventError } from '../../../erasure/events/account-event-error.ts';
import { assertTellsApplications } from '../../../erasure/events/application-check.ts';
import type { AccountEventType } from '../../../erasure/events/event-fields.ts';
import type { EventLogs } from '../../../erasure/events/event-log.ts';
import { assertRemembered, removedBefore } from '../../../erasure/events/removed-before.ts';
import { believedRequest } from '../../../erasure/ledger/believed-request.ts';
import { isOpen, type LedgerEntry } from '../../../erasure/ledger/ledger-entry.ts';
import { CategoryVisit, type Unreached } from '../../../erasure/recording/category-visit.ts';
import type { RecordingCategory } from '../../../erasure/recording/record-account-event.ts';
import { placesOf, recordEverywhere } from '../../../erasure/recording/record-everywhere.ts';
import type { SubjectKeys } from '../../../erasure/subjects/key-ring.ts';
import { ledgerMemory } from '../../../policy/ledger-memory.ts';
import { type Instant, isoInstant } from '../../../policy/time/instant.ts';
import { assertOurClock } from '../../clock-check.ts';
import { immediateDeclined } from '../../consent/immediate-consent.ts';
import type { Terminal } from '../../consent/terminal.ts';
import { heldNow } from '../../controls/held-entries.ts';
import { documentsNow } from '../../erasures/documents-now.ts';
import {
  begunClauses,
  begunExitCode,
  runsAtWork,
  runsAtWorkJson,
  runsAtWorkPage,
} from '../../erasures/runs-at-work.ts';
import { stillOwed, stillOwedJson, stillOwedPage } from '../../erasures/still-owed.ts';
import { howToCancelLater } from '../../erasures/when-to-cancel.ts';
import { EXIT, worstOf } from '../../exit-code.ts';
import { observeLines, type Result } from '../../output/result.ts';
import { subjectFlags } from '../../output/shell-word.ts';
import { unreachedExitCode } from '../../output/unreached.ts';
import type { ErasureInvocation } from '../../program/erasure-program.ts';
import type { Session } from '../../session.ts';
import { type EntryNow, entryLine, recordedText } from './termination-text.ts';
import { notRecordedClauses, notRecordedJson, notRecordedPage } from './unrecorded.ts';

type Ending = Extract<ErasureInvocation, { command: 'terminate' | 'reinstate' }>;

/** Whether `--yes` has already answered the question. */
const isConfirmed = (ending: Ending): boolean => ending.command === 'terminate' && ending.yes;

const FLAGS = { uin: '--uin', sdkAppId: '--app', at: '--at' } as const;

const typeOf = (ending: Ending): AccountEventType => {
  if (ending.command === 'reinstate') return 'account-reinstated';
  return ending.accountDeleted ? 'account-deleted' : 'feature-terminated';
};

/** Makes a request id that does not name the subject: an account may be called cli. */
const newRequestId = ({ uin, app }: Ending): string =>
  [uin, app].some((text) => text?.toLowerCase() === 'cli') ? randomUUID() : `cli_${randomUUID()}`;

const eventOf = (ending: Ending, { policy, ports }: Session): AccountEvent => {
  const now = ports.clock();
  const { uin, app, at } = ending;
  const event = accountEvent(
    {
      requestId: newRequestId(ending),
      type: typeOf(ending),
      uin,
      ...(app !== undefined && { sdkAppId: app }),
      at: at ?? isoInstant(now),
      ...(ending.command === 'terminate' && { immediate: ending.immediate }),
    },
    { now, memory: ledgerMemory(policy) },
    FLAGS,
  );
  assertTellsApplications(event, policy, FLAGS.sdkAppId);
  // A person with an operator's keys confirms the termination by running this command.
  return { ...event, source: 'person', arrivedAt: now };
};

/** The option that makes of this termination one to which the rules of these categories react. */
const otherOption = (type: AccountEventType, categories: readonly string[]): string =>
  type === 'account-deleted'
    ? `The rules of ${categories.join(', ')} react only to the end of the feature. If that is what happened, leave --account-deleted out.`
    : `The rules of ${categories.join(', ')} react only to a deleted account. If the account was deleted, add --account-deleted.`;

const noRule = (type: AccountEventType, { policy }: Session): InputError => {
  const others = [...policy.categories.values()].filter(({ rules }) => rules.termination !== undefined);
  return new InputError('no-termination-rule', {
    expected: 'a category in the policy whose termination rule reacts to this termination',
    found: `none that reacts to ${type}`,
    fix:
      others.length === 0
        ? 'Add rules.termination to a category, or name another policy with --policy.'
        : otherOption(
            type,
            others.map(({ id }) => id),
          ),
  });
};

/**
 * Whether some category reacts to an event that changed no entry. A reinstatement is recorded in every category with a
 * termination rule.
 */
const isAnswered = ({ type }: AccountEvent, { policy }: Session): boolean =>
  type === 'account-reinstated' && [...policy.categories.values()].some(({ rules }) => rules.termination !== undefined);

/**
 * The id under which the request is known. If several requests said the same, the ledger keeps one of their ids, which
 * the receipt will contain.
 */
const recordedRequestId = (
  { requestId, type }: AccountEvent,
  entries: readonly LedgerEntry[],
  keys: SubjectKeys | undefined,
): string => {
  const known = entries.filter(isOpen).flatMap((entry) => believedRequest(entry, keys) ?? []);
  return type === 'account-reinstated' ? requestId : (known[0] ?? requestId);
};

const entryJson = ({ entry, documents }: EntryNow, keys: SubjectKeys | undefined) => {
  const { category, trigger, state, obligation } = entry;
  return {
    requestId: believedRequest(entry, keys) ?? null,
    category,
    trigger,
    state,
    eraseFrom: obligation === undefined ? null : isoInstant(obligation.eraseFrom),
    eraseBy: obligation === undefined ? null : isoInstant(obligation.eraseBy),
    documents: documents ?? null,
  };
};

/** Adds the number of documents to erase now, if the entry owes an erasure. */
const lookAt = async (session: Session, entry: LedgerEntry): Promise<EntryNow> => {
  const category = session.policy.categories.get(entry.category);
  const [subject] = isOpen(entry) ? dueSubjects(entry) : [];
  if (category === undefined || subject === undefined) return { entry };
  return { entry, documents: await documentsNow(session, category, subject) };
};

const lookAtAll = async (session: Session, entries: readonly LedgerEntry[]): Promise<readonly EntryNow[]> => {
  const looked: EntryNow[] = [];
  for (const entry of entries) looked.push(await lookAt(session, entry));
  return looked;
};

/** Explains why a reinstatement is recorded that cancels nothing, in case somebody chose the wrong scope or account. */
const nothingCancelled = (event: AccountEvent): string =>
  `Recorded all the same: a termination of this scope up to ${isoInstant(event.at)} that arrives late owes nothing.`;

/**
 * Categories that may have forgotten a reinstatement after this event: the event is recorded only in the other
 * categories. A category that does not answer is noticed later.
 * @throws AccountEventError `too-long-ago` if all categories may have forgotten one.
 */
const forgetful = async (
  event: AccountEvent,
  places: readonly RecordingCategory[],
  events: EventLogs,
  now: Instant,
): Promise<readonly Unreached[]> => {
  const looking = new CategoryVisit();
  await looking.each(new Set(places.map(({ id }) => id)), async (id) => {
    assertRemembered(event, await removedBefore(events(id), now), FLAGS.at);
  });
  const refused = looking.unreached.filter(({ error }) => error instanceof AccountEventError);
  const [first] = refused;
  if (first !== undefined && refused.length === places.length) throw first.error;
  return refused;
};

/**
 * `terminate` and `reinstate`: record the same event as the webhook, with the same code as the functions. If the
 * records of one category do not answer, the event is recorded in the others. The command then says where it is
 * missing, and how to repeat it.
 */
export const terminateCommand = async (session: Session, ending: Ending, terminal: Terminal): Promise<Result> => {
  const event = eventOf(ending, session);
  const ports = await session.erasure.openRecord();
  await assertOurClock(session);
  const declined = isConfirmed(ending) ? undefined : await immediateDeclined(session, event, terminal);
  if (declined !== undefined) return declined;
  const visit = new CategoryVisit();
  const places = await placesOf(session.policy, ports.ledger);
  visit.note(await forgetful(event, places, ports.events, session.ports.clock()));
  const recorded = await recordEverywhere(event, places, ports, visit);
  const { unreached } = visit;
  if (recorded.entries.length + unreached.length === 0 && !isAnswered(event, session))
    throw noRule(event.type, session);
  const isInVain = event.type === 'account-reinstated' && recorded.cancelled.length === 0;
  const [entries, owed] = [
    await lookAtAll(session, recorded.entries),
    await stillOwed(session, event.subject, recorded.entries, new CategoryVisit(unreached)),
  ];
  const held = await heldNow(session, recorded.entries);
  const atWork = await runsAtWork(session, event.type === 'account-reinstated' ? recorded.cancelled : []);
  const isNowhere = recorded.entries.length === 0 && unreached.some(({ isDoubted }) => isDoubted !== true);
  const said = isNowhere ? `Recorded in no category: ${event.type}` : recordedText(event, recorded);
  const summary = [said, ...held.clauses, ...begunClauses(atWork), ...notRecordedClauses(unreached)].join(' · ');
  const exitCode = worstOf([isInVain ? EXIT.left : begunExitCode(atWork), unreachedExitCode(unreached)]);
  const now = session.ports.clock();
  const keys = await session.ports.witness.keys();
  const requestId = recordedRequestId(event, recorded.entries, keys);
  return {
    page: [
      { text: summary, style: 'bold' },
      ...notRecordedPage(unreached, event, session.policyFile),
      `request ${requestId}, in effect at ${isoInstant(event.at)}`,
      ...entries.map((entry) => entryLine(entry, recorded, now)),
      ...held.lines,
      ...runsAtWorkPage(atWork, subjectFlags(ending.uin, ending.app)),
      ...(isInVain && unreached.length === 0 ? [nothingCancelled(event)] : []),
      ...(event.type === 'account-reinstated' ? howToCancelLater(event.at, recorded.entries, now) : []),
      ...stillOwedPage(owed, now),
      ...observeLines(session),
    ],
    json: {
      command: ending.command,
      summary,
      exitCode,
      requestId,
      type: event.type,
      at: isoInstant(event.at),
      isNew: recorded.isNew,
      cancelled: recorded.cancelled.length,
      entries: entries.map((each) => ({ ...entryJson(each, keys), holds: held.idsOf(each.entry) })),
      notRecorded: notRecordedJson(unreached, event, session.policyFile),
      stillOwed: stillOwedJson(owed),
      ...(ending.command === 'reinstate' && { atWork: runsAtWorkJson(atWork) }),
    },
    exitCode,
  };
};
