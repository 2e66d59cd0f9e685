import {
  fieldsOf,
  isCount,
  isFlag,
  isInstant,
  isText,
  listOf,
  objectOf,
  oneOf,
  optional,
  type Shape,
} from './document-shape.ts';
import { doneThroughClosures } from './done-through.ts';
import { type Closure, type LedgerEntry, NO_PROGRESS, originIn } from './ledger-entry.ts';
import { TERMINATION_TYPES } from './termination-event.ts';

const STATES = ['pending', 'erasing', 'braked', 'erased', 'nothing-found', 'cancelled', 'held'] as const;

const isObligation = objectOf({
  requestId: isText,
  heardAt: isInstant,
  terminatedAt: isInstant,
  eraseFrom: isInstant,
  eraseBy: isInstant,
  immediate: isFlag,
  proof: optional(isText),
});

const isProgress = objectOf({
  documentsErased: isCount,
  claimed: optional(isCount),
  claimedFor: optional(isInstant),
  firstErasedAt: optional(isInstant),
  verifiedAt: optional(isInstant),
  newUse: isCount,
  indices: isCount,
});

const isHeardEvent = objectOf({
  type: oneOf(TERMINATION_TYPES),
  at: isInstant,
  immediate: isFlag,
  requestId: isText,
  heardAt: isInstant,
});

const isSealed = objectOf({ kid: isText, sealed: isText });

const WATCHED: Readonly<Record<string, Shape>> = {
  state: oneOf(['erased', 'nothing-found']),
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

const isClosure = objectOf({ ...WATCHED, obligation: isObligation, receipt: optional(isText) });

const isEntry = objectOf({
  category: isText,
  trigger: isText,
  scope: oneOf(['account', 'application']),
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

/** What is left of a document that has not the shape of an entry: its id, which nobody can edit, and the closures that have theirs. */
const malformed = (source: unknown, id: string): LedgerEntry => {
  const { category, trigger, hash } = originIn(id);
  const { uin, sdkAppId, scope, closures } = fieldsOf(source) ?? {};
  const whole = Array.isArray(closures) ? closures.filter((each): each is Closure => isClosure(each)) : [];
  const doneThrough = doneThroughClosures({ trigger, closures: whole });
  return {
    id,
    category,
    trigger,
    scope: scope === 'application' ? 'application' : 'account',
    subject: hash,
    ...(typeof uin === 'string' && { uin }),
    ...(typeof sdkAppId === 'string' && { sdkAppId }),
    events: [],
    state: 'malformed',
    progress: NO_PROGRESS,
    closures: whole,
    ...(doneThrough !== undefined && { doneThrough }),
  };
};

/**
 * Takes a document for an entry. The only place where the shape of an entry is looked at: what comes from here can be worked with. A
 * document that has another shape comes as an entry in the state `malformed`, for which nothing is ever erased. Pure.
 * @param source what stands in the ledger; anything at all, where somebody edited it.
 * @param id the document's own.
 */
export const readEntry = (source: unknown, id: string): LedgerEntry =>
  isEntry(source) ? ({ ...(source as LedgerEntry), id } satisfies LedgerEntry) : malformed(source, id);

/** The same of a document whose id is of no entry of that category: whatever it says, it is none. */
export const notAnEntry = (id: string, category: string): LedgerEntry => ({ ...malformed(undefined, id), category });
