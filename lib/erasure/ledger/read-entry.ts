import { TERMINATION_TYPES } from '../events/termination-type.ts';
import { OUTCOMES, SCOPES } from '../receipts/receipt-schema.ts';
import { isSignable } from '../receipts/signable-closure.ts';
import {
  fieldsOf,
  isCount,
  isFlag,
  isInstant,
  isPlainText,
  isText,
  listOf,
  objectOf,
  oneOf,
  optional,
  type Shape,
} from './document-shape.ts';
import { doneThroughClosures } from './done-through.ts';
import { CLOSED_STATES, type Closure, type LedgerEntry, NO_PROGRESS, OPEN_STATES, originIn } from './ledger-entry.ts';

const STATES = [...OPEN_STATES, ...CLOSED_STATES] as const;

const isObligation = objectOf({
  requestId: isPlainText,
  heardAt: isInstant,
  terminatedAt: isInstant,
  eraseFrom: isInstant,
  eraseBy: isInstant,
  immediate: isFlag,
  proof: optional(isText),
});

const PROGRESS = objectOf({
  documentsErased: isCount,
  claimed: optional(isCount),
  claimedFor: optional(isInstant),
  firstErasedAt: optional(isInstant),
  verifiedAt: optional(isInstant),
  newUse: isCount,
  indices: isCount,
});

/** Something was erased first only where something was erased at all. */
const isProgress: Shape = (value) => {
  const { documentsErased, firstErasedAt } = fieldsOf(value) ?? {};
  return PROGRESS(value) && (firstErasedAt === undefined || documentsErased !== 0);
};

const isHeardEvent = objectOf({
  type: oneOf(TERMINATION_TYPES),
  at: isInstant,
  immediate: isFlag,
  requestId: isPlainText,
  heardAt: isInstant,
});

const isSealed = objectOf({ kid: isText, sealed: isText });

const WATCHED: Readonly<Record<string, Shape>> = {
  state: oneOf(OUTCOMES),
  progress: isProgress,
  closedAt: isInstant,
  metUnder: objectOf({
    policyVersion: isText,
    promise: (value) => fieldsOf(value) !== undefined,
    patterns: listOf(isText),
  }),
  opening: (value) => isText(value) || isSealed(value),
  commitment: isText,
};

const isClosure = objectOf({
  ...WATCHED,
  obligation: isObligation,
  receipt: optional(isText),
  withoutReceipt: optional(isFlag),
});

const isEntry = objectOf({
  category: isText,
  trigger: isText,
  scope: oneOf(SCOPES),
  subject: objectOf({ kid: isText, hash: isText }),
  uin: optional(isText),
  sdkAppId: optional(isText),
  events: listOf(isHeardEvent),
  state: oneOf(STATES),
  obligation: optional(isObligation),
  progress: isProgress,
  closedAt: optional(isInstant),
  doneThrough: optional(isInstant),
  overdueSaidAt: optional(isInstant),
  reinstatedAt: optional(isInstant),
  watched: optional(objectOf(WATCHED)),
  closures: listOf(isClosure),
});

/** The trigger of an entry, by its id, and the scope that it says it has. */
const scopeOf = (source: unknown, id: string): Pick<LedgerEntry, 'category' | 'trigger' | 'scope'> => {
  const { category, trigger } = originIn(id);
  return { category, trigger, scope: fieldsOf(source)?.scope === 'application' ? 'application' : 'account' };
};

/** A closure of which a receipt can be issued, or was: what comes of another would not verify. */
const isWhole = (closure: unknown, source: unknown, id: string): closure is Closure =>
  isClosure(closure) && isSignable(scopeOf(source, id), closure as Closure);

/**
 * What is left of a document that has not the shape of an entry: its id, which nobody can edit, and the closures that have theirs. Never
 * the account that it names.
 */
const malformed = (source: unknown, id: string): LedgerEntry => {
  const { trigger, hash } = originIn(id);
  const closures = fieldsOf(source)?.closures;
  const whole = Array.isArray(closures) ? closures.filter((each) => isWhole(each, source, id)) : [];
  const doneThrough = doneThroughClosures({ trigger, closures: whole });
  return {
    id,
    ...scopeOf(source, id),
    subject: hash,
    events: [],
    state: 'malformed',
    progress: NO_PROGRESS,
    closures: whole,
    ...(doneThrough !== undefined && { doneThrough }),
  };
};

/** Whether receipts can be issued of its closures, and of what closes it next. */
const canClose = (entry: LedgerEntry): boolean => {
  const { closures, watched, obligation } = entry;
  const next = watched === undefined || obligation === undefined ? [] : [{ ...watched, obligation }];
  return [...closures, ...next].every((each) => isSignable(entry, each));
};

/**
 * Takes a document for an entry. The only place where the shape of an entry is looked at: what comes from here can be worked with. A
 * document that has another shape comes as an entry in the state `malformed`, for which nothing is ever erased. Pure.
 * @param source what stands in the ledger; anything at all, where somebody edited it.
 * @param id the document's own.
 */
export const readEntry = (source: unknown, id: string): LedgerEntry =>
  isEntry(source) && canClose(source as LedgerEntry) ? { ...(source as LedgerEntry), id } : malformed(source, id);

/** The same of a document whose id is of no entry of that category: whatever it says, it is none. */
export const notAnEntry = (id: string, category: string): LedgerEntry => ({ ...malformed(undefined, id), category });
