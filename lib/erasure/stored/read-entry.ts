import { ACCOUNT_EVENT_TYPES } from '../events/event-fields.ts';
import { doneThroughClosures } from '../ledger/done-through.ts';
import {
  CLOSED_STATES,
  type Closure,
  type LedgerEntry,
  MET_STATES,
  NO_PROGRESS,
  OPEN_STATES,
  originIn,
  SCOPES,
} from '../ledger/ledger-entry.ts';
import { isSignable } from '../receipts/signable-closure.ts';
import {
  isCount,
  isFlag,
  isInstant,
  isPlainText,
  isText,
  listOf,
  objectOf,
  oneOf,
  optional,
  recordIn,
  type Shape,
} from './document-shape.ts';

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

/** `firstErasedAt` is set exactly if something was erased. */
const isProgress: Shape = (value) => {
  const { documentsErased, firstErasedAt } = recordIn(value) ?? {};
  return PROGRESS(value) && (firstErasedAt === undefined || documentsErased !== 0);
};

const isHeardEvent = objectOf({
  type: oneOf(ACCOUNT_EVENT_TYPES),
  at: isInstant,
  immediate: isFlag,
  requestId: isPlainText,
  heardAt: isInstant,
});

const isSealed = objectOf({ kid: isText, sealed: isText });

const isHeldSpan = objectOf({ hold: isPlainText, from: isInstant, to: optional(isInstant) });

const WATCHED: Readonly<Record<string, Shape>> = {
  state: oneOf(MET_STATES),
  progress: isProgress,
  closedAt: isInstant,
  metUnder: objectOf({
    policyVersion: isText,
    promise: (value) => recordIn(value) !== undefined,
    patterns: listOf(isText),
  }),
  opening: (value) => isText(value) || isSealed(value),
  commitment: isText,
  held: optional(listOf(isHeldSpan)),
  again: optional(isInstant),
};

const isClosure = objectOf({
  ...WATCHED,
  obligation: isObligation,
  receipt: optional(isText),
  withoutReceipt: optional(isFlag),
  reopenedAt: optional(isInstant),
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
  heldSaidAt: optional(isInstant),
  held: optional(listOf(isHeldSpan)),
  reinstatedAt: optional(isInstant),
  watched: optional(objectOf(WATCHED)),
  closures: listOf(isClosure),
});

/** Category and trigger from the id of an entry, and the scope from its content. */
const scopeOf = (source: unknown, id: string): Pick<LedgerEntry, 'category' | 'trigger' | 'scope'> => {
  const { category, trigger } = originIn(id);
  return { category, trigger, scope: recordIn(source)?.scope === 'application' ? 'application' : 'account' };
};

/** Whether a receipt of a closure was or can be issued. A receipt of any other closure would not verify. */
const isWhole = (closure: unknown, source: unknown, id: string): closure is Closure =>
  isClosure(closure) && isSignable(scopeOf(source, id), closure as Closure);

/**
 * The usable part of a document that does not have the shape of an entry: its id, which nobody can edit, and its valid
 * closures. It must never contain the account that the document names.
 */
const malformed = (source: unknown, id: string): LedgerEntry => {
  const { trigger, hash } = originIn(id);
  const closures = recordIn(source)?.closures;
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

/** Whether receipts can be issued for its closures and for its next closure. */
const canClose = (entry: LedgerEntry): boolean => {
  const { closures, watched, obligation } = entry;
  const next = watched === undefined || obligation === undefined ? [] : [{ ...watched, obligation }];
  return [...closures, ...next].every((each) => isSignable(entry, each));
};

/**
 * Turns a document into an entry. This is the only place that checks the shape, so the result is safe to use. A
 * document of another shape becomes an entry in the state `malformed`, for which nothing is ever erased.
 * @param source content of the document, which is arbitrary if somebody edited it.
 * @param id the document's own id.
 */
export const readEntry = (source: unknown, id: string): LedgerEntry =>
  isEntry(source) && canClose(source as LedgerEntry) ? { ...(source as LedgerEntry), id } : malformed(source, id);

/** A malformed entry for a document whose id is not that of an entry of the category, whatever it contains. */
export const notAnEntry = (id: string, category: string): LedgerEntry => ({ ...malformed(undefined, id), category });
