import {
  type Account,
  belongsTo,
  CANCEL_WINDOW,
  DAY,
  DEADLINE,
  erasableFrom,
  expiresAt,
  goesAfter,
  HOUR,
  isSameAccount,
  LATENESS,
  MAX_SHARE,
  type Message,
  names,
  SKEW,
  takesBack,
  type WrittenDocument,
} from './promise.ts';

/** Which promise a category has: documents go by age, or after the end of their account. */
export type PromiseKind = 'age' | 'erasure';

/** A violation: an action that the promise does not allow, or a missing action that it demands. */
export interface Complaint {
  readonly kind: 'early' | 'late' | 'receipt' | 'report' | 'resurrected' | 'blocked' | 'held' | 'bug';
  readonly at: number;
  readonly text: string;
}

/** A document in the oracle's own books. */
export interface KnownDocument extends WrittenDocument {
  readonly promise: PromiseKind;
  readonly writtenAt: number;
  goneAt: number;
  /** Gone with its index when that was replaced by an older copy: nobody erased it. */
  lostInRestore: boolean;
  /** When the run that destroyed it had counted it for its plan. */
  plannedAt: number;
}

/** A message, and how far it has come. Infinity: not yet. */
export interface Told extends Message {
  readonly requestIds: Set<string>;
  /**
   * From when on every run of a function must know the message, because it is recorded, in the failure queue, or in the
   * archive.
   */
  knownAt: number;
  /** When its copy was put into the archive. */
  archivedAt: number;
  /** When it was recorded completely. */
  recordedAt: number;
}

/** The request by which documents went, as it was seen at the ports. */
export interface Destruction {
  readonly run: string;
  /** A person started it. It reads no failure queue. */
  readonly isByHand: boolean;
  readonly startedAt: number;
  /** The run's last look at the ledger that can have allowed this request. */
  readonly lookedAt: number;
  readonly plannedAt: number;
  /** The run's last look at the archive. */
  readonly archiveLookedAt: number;
}

/** One scheduled time of a category, and its result. */
export interface Slot {
  readonly promise: PromiseKind;
  readonly startedAt: number;
  /** The reasons why it cannot be expected to do its work; empty if there are none. */
  readonly excuses: Set<string>;
  /** When the next one begins; absent if the oracle need not know. */
  readonly nextAt?: number;
}

/** A hold or a pause. Instants are infinite until they are known. */
export interface Keeping {
  readonly promise: PromiseKind;
  readonly scope: 'account' | 'index' | 'category' | 'pause';
  readonly account?: Account;
  readonly index?: string;
  /** From when on none of its documents may be destroyed: the command has said so. */
  from: number;
  /** Until when this is so: then the command that ends it begins. */
  until: number;
  /** When the command that places it began. From then on it may keep documents. */
  readonly placedAt: number;
  /** When the command that ends it had done all. Until then it may keep documents. */
  releasedAt: number;
}

/** Whether a hold or pause is about a document. */
const concerns = ({ promise, scope, account, index }: Keeping, document: KnownDocument): boolean => {
  if (promise !== document.promise) return false;
  if (scope === 'account') return account !== undefined && names(account, document);
  return scope !== 'index' || index === document.index;
};

/** The closure of an erasure that a ledger calls done. */
export interface Claim {
  readonly requestId: string;
  readonly trigger: string;
  readonly terminatedAt: number;
  readonly eraseFrom: number;
  readonly eraseBy: number;
  readonly closedAt: number;
  readonly outcome: string;
  readonly documentsErased: number;
  /** Documents of a later use, which stay. */
  readonly newUse: number;
  /** When the indices were listed, and the count was made that it relies on. */
  readonly listedAt: number;
  readonly countedAt: number;
  /** The same entry was closed before at this instant. */
  readonly closedBefore: number;
}

/** An audit, with all actions of the functions about its findings. */
interface EndedAudit extends Slot {
  readonly endedAt: number;
}

/** After so long a message is recorded, or waits in the failure queue: a function tries it three times. */
const RECORDED_WITHIN = HOUR;

/** The ledger remembers closed erasures for `backups` and 15 days. */
const REMEMBERED = 45 * DAY;

const day = (at: number): string => (Number.isFinite(at) ? new Date(at).toISOString() : '-');
const shown = ({ index, id, dates, uins, apps, writtenAt }: KnownDocument): string =>
  `${index}/${id} (dated ${dates.map(day).join(', ') || '-'}; of ${uins.join('+') || '-'} ${apps.join('+')}; written ${day(writtenAt)})`;

/**
 * Checks every change of a world against the text of the promise. It knows all documents that were written or destroyed
 * and all messages, and shares no code with the product.
 */
export class Oracle {
  readonly complaints: Complaint[] = [];
  readonly told: Told[] = [];
  readonly keepings: Keeping[] = [];
  /** Every document that is there, by index and id. */
  readonly #present = new Map<string, Map<string, KnownDocument>>();
  readonly #gone: KnownDocument[] = [];
  /** The last two scheduled times of each promise. */
  readonly #slots = new Map<PromiseKind, readonly Slot[]>();
  readonly #claims = new Map<string, Claim>();
  /** Ledger or event log came back from an older copy: progress was lost. */
  ledgerRestoredAt = Number.NEGATIVE_INFINITY;
  /** The last two audits. */
  #audits: readonly EndedAudit[] = [];
  /** Whether the erasure of an account stays open because of a fact that only a person can change. */
  isUnclear: (account: Account) => boolean = () => false;
  /** Documents of erased accounts that came back, and were erased again. */
  erasedAgain = 0;
  readonly #resurrected = new Set<string>();

  complain(kind: Complaint['kind'], at: number, text: string): void {
    this.complaints.push({ kind, at, text: `${day(at)} ${kind}: ${text}` });
  }

  written(document: WrittenDocument, promise: PromiseKind, at: number): void {
    const there = this.#present.get(document.index) ?? new Map<string, KnownDocument>();
    this.#present.set(document.index, there);
    there.set(document.id, {
      ...document,
      promise,
      writtenAt: at,
      goneAt: Number.POSITIVE_INFINITY,
      lostInRestore: false,
      plannedAt: Number.POSITIVE_INFINITY,
    });
  }

  /** An index was replaced by an older copy of itself. */
  restored(index: string, documents: readonly WrittenDocument[], promise: PromiseKind, at: number): void {
    for (const document of this.#present.get(index)?.values() ?? []) {
      document.goneAt = at;
      document.lostInRestore = true;
      this.#gone.push(document);
    }
    this.#present.delete(index);
    for (const document of documents) this.written(document, promise, at);
  }

  /** A document was destroyed. */
  destroyed(index: string, id: string, at: number, by: Destruction): void {
    const document = this.#present.get(index)?.get(id);
    if (document === undefined) return;
    this.#present.get(index)?.delete(id);
    document.goneAt = at;
    document.plannedAt = by.plannedAt;
    this.#gone.push(document);
    const kept = this.keepings.find((each) => each.from <= at && at < each.until && concerns(each, document));
    if (kept !== undefined)
      this.complain(
        'held',
        at,
        `${by.run} destroyed ${shown(document)}, kept by a ${kept.scope} since ${day(kept.from)}`,
      );
    const other = kept === undefined ? this.#holdOfAnotherApplication(document, at) : undefined;
    if (other !== undefined)
      this.complain(
        'held',
        at,
        `${by.run} destroyed ${shown(document)}, whose account waits for the hold of ${other.account?.app} since ${day(other.from)}`,
      );
    if ([...this.#inForce(document)].some((message) => this.#isAfterClosure(document, message))) this.erasedAgain += 1;
    const why = document.promise === 'age' ? this.#tooYoung(document, at) : this.#notOwed(document, at, by);
    if (why !== undefined) this.complain('early', at, `${by.run} destroyed ${shown(document)}: ${why}`);
  }

  /**
   * While one application is on hold, the erasure of the whole account waits. A hold of another application of the same
   * account for which a document had to stay; undefined if its own application ended.
   */
  #holdOfAnotherApplication(document: KnownDocument, at: number): Keeping | undefined {
    const isDueByItself = this.told.some(
      (message) => message.account.app !== undefined && goesAfter(message, document) && erasableFrom(message) <= at,
    );
    if (isDueByItself || document.promise === 'age') return undefined;
    return this.keepings.find(
      ({ account, from, until }) =>
        account?.app !== undefined && from <= at && at < until && document.uins.includes(account.uin),
    );
  }

  #tooYoung(document: KnownDocument, at: number): string | undefined {
    const from = expiresAt(document);
    return at >= from ? undefined : `it may stay until ${day(from)}`;
  }

  #notOwed(document: KnownDocument, at: number, by: Destruction): string | undefined {
    const reasons: string[] = [];
    for (const message of this.told) {
      if (!goesAfter(message, document)) continue;
      if (at < erasableFrom(message)) reasons.push(`not before ${day(erasableFrom(message))}`);
      else if (this.#isCancelled(message, by)) reasons.push(`the end of ${day(message.at)} was taken back`);
      else return undefined;
    }
    return reasons.join('; ') || 'nobody asked for that';
  }

  /** Whether the run had to know of a reinstatement: from its start, or its last look at ledger or archive. */
  #isCancelled(termination: Message, { isByHand, startedAt, lookedAt, archiveLookedAt }: Destruction): boolean {
    return this.told.some(
      (message) =>
        takesBack(message, termination) &&
        ((!isByHand && message.knownAt < startedAt) ||
          message.archivedAt < archiveLookedAt ||
          message.recordedAt < lookedAt),
    );
  }

  /**
   * The largest share of a promise's documents that may be due at an instant. Held documents count neither as due nor
   * among all documents.
   */
  #shareDue(promise: PromiseKind, at: number): number {
    const documents = this.present(promise).filter((document) => !this.#mayBeKept(document, at));
    const due = documents.filter((document) => this.#dueFrom(document) <= at + SKEW);
    return documents.length === 0 ? 0 : due.length / documents.length;
  }

  /** Whether a deadline lies between two instants. */
  hasDeadline(promise: PromiseKind, from: number, until: number): boolean {
    return this.present(promise).some((document) => {
      const deadlines =
        promise === 'age'
          ? [expiresAt(document) + LATENESS]
          : [...this.#inForce(document)].map(({ at }) => at + DEADLINE);
      return deadlines.some((each) => each > from && each < until);
    });
  }

  /** Whether a run may take its present count for a surprise, and refuse. */
  mayBeRefused(promise: PromiseKind, at: number): boolean {
    return this.#shareDue(promise, at) > MAX_SHARE;
  }

  present(promise: PromiseKind): readonly KnownDocument[] {
    return [...this.#present.values()].flatMap((documents) =>
      [...documents.values()].filter((each) => each.promise === promise),
    );
  }

  /** The terminations that are in force, as far as everybody knows by now. */
  *#inForce(document: KnownDocument): Generator<Told> {
    for (const message of this.told)
      if (goesAfter(message, document) && !this.told.some((other) => takesBack(other, message))) yield message;
  }

  /** From when on a run erases a document. @param isByHand a person starts the run, which reads no failure queue. */
  #dueFrom(document: KnownDocument, isByHand = false): number {
    if (document.promise === 'age') return expiresAt(document);
    let from = Number.POSITIVE_INFINITY;
    for (const message of this.#inForce(document)) {
      const knownAt = isByHand ? message.recordedAt : message.knownAt;
      from = Math.min(from, Math.max(erasableFrom(message), knownAt));
    }
    return from;
  }

  /**
   * A scheduled time is over. After two undisturbed scheduled times in a row, no document may be left that is past its
   * deadline, if it was there and due when the first of the two began.
   */
  slotEnded(slot: Slot, at: number): void {
    const [before] = this.#slots.get(slot.promise)?.slice(-1) ?? [];
    this.#slots.set(slot.promise, [slot]);
    if (slot.excuses.size === 0) {
      this.#lookForReturned(slot, at);
      if (slot.promise === 'erasure') this.#lookForUnclosed(slot, at);
    }
    if (before === undefined || before.excuses.size > 0 || slot.excuses.size > 0) return;
    for (const document of this.present(slot.promise)) {
      if (document.writtenAt >= before.startedAt || this.#mayBeKept(document, before.startedAt)) continue;
      const why =
        document.promise === 'age'
          ? this.#overAge(document, before.startedAt, at)
          : this.#overDeadline(document, before.startedAt, at);
      if (why !== undefined) this.complain('late', at, `${shown(document)} is still there: ${why}`);
    }
  }

  auditEnded(audit: Slot, at: number): void {
    this.#audits = [...this.#audits.slice(-1), { ...audit, endedAt: at }];
  }

  /**
   * If a document came back after its erasure, and was there when the first of two audits began, it must be gone after
   * a run that began after both audits.
   */
  #lookForReturned({ promise, startedAt }: Slot, at: number): void {
    const [first, second] = this.#audits;
    if (first === undefined || second === undefined || second.endedAt > startedAt) return;
    if (first.excuses.size + second.excuses.size > 0 || this.ledgerRestoredAt > first.startedAt) return;
    for (const document of this.present(promise)) {
      if (document.writtenAt >= first.startedAt || this.#mayBeKept(document, first.startedAt)) continue;
      for (const message of this.#inForce(document))
        if (this.#mustBeFound(document, message, first.startedAt, at) && !this.#isEndedAgain(message))
          this.complain('resurrected', at, `${shown(document)} came back, and is still there`);
    }
  }

  /**
   * The last run before a deadline closes an erasure if no document of its account is left: the next run would be late.
   */
  #lookForUnclosed({ startedAt, nextAt = Number.NEGATIVE_INFINITY }: Slot, at: number): void {
    for (const message of this.told) {
      const eraseBy = message.at + DEADLINE;
      const isLast = eraseBy > at && nextAt - SKEW > eraseBy;
      // What only the archive has is still being recorded, or tried again: no run takes a termination from there.
      const isKnown = message.recordedAt < startedAt || message.knownAt + RECORDED_WITHIN < startedAt;
      const isDue = isKnown && erasableFrom(message) + SKEW <= startedAt;
      if (!isLast || !isDue || message.type === 'account-reinstated') continue;
      if (this.told.some((other) => takesBack(other, message)) || this.#isCarriedOut(message)) continue;
      const isKeptOpen = this.present('erasure').some(({ uins }) => uins.includes(message.account.uin));
      const isHeld = this.keepings.some(
        ({ scope, account, releasedAt }) =>
          releasedAt >= startedAt && (scope === 'category' || account?.uin === message.account.uin),
      );
      if (!isKeptOpen && !isHeld && !this.#isMoved(message))
        this.complain('late', at, `the erasure of ${day(message.at)} is not closed, and is due by ${day(eraseBy)}`);
    }
  }

  #isCarriedOut({ account, type, at }: Told): boolean {
    return [...this.#claims.values()].some((claim) => {
      const closed = this.#messageOf(claim);
      return closed?.type === type && isSameAccount(closed.account, account) && at <= claim.countedAt;
    });
  }

  /**
   * Whether two audits, of which the first began at an instant, had to find a document. They look for documents that
   * the end of a closure covers, unless that end was cancelled. Old closures are forgotten.
   */
  #mustBeFound(document: KnownDocument, message: Told, from: number, until: number): boolean {
    return this.#closuresBefore(document, message).some(
      ([{ closedAt }, closed]) =>
        closedAt < from &&
        closedAt > until - REMEMBERED &&
        goesAfter(closed, document) &&
        !this.told.some((other) => takesBack(other, closed)),
    );
  }

  /** Whether the same account ended once more: then it is erased as a whole when that end is due. */
  #isEndedAgain({ type, account, at }: Told): boolean {
    return this.told.some((each) => each.type === type && isSameAccount(each.account, account) && each.at > at);
  }

  #overAge(document: KnownDocument, from: number, at: number): string | undefined {
    const due = expiresAt(document);
    return due + SKEW <= from && due + LATENESS < at ? `it was due at ${day(due)}` : undefined;
  }

  #overDeadline(document: KnownDocument, from: number, at: number): string | undefined {
    for (const message of this.#inForce(document)) {
      if (message.knownAt >= from || erasableFrom(message) + SKEW > from || message.at + DEADLINE >= at) continue;
      if (this.#isAfterClosure(document, message)) {
        this.#resurrected.add(`${document.index}/${document.id}`);
        continue;
      }
      if (this.#waitsForEarlierEnd(document) && this.#isKeptOpen(message)) continue;
      return `its account ended at ${day(message.at)}, and was to be erased by ${day(message.at + DEADLINE)}`;
    }
    return undefined;
  }

  /**
   * Whether a hold may have kept a document since an instant. The erasure of an account waits as a whole if any hold is
   * about the account or one of its applications.
   */
  #mayBeKept(document: KnownDocument, since: number): boolean {
    return this.keepings.some((each) => {
      if (each.releasedAt < since || each.scope === 'pause') return false;
      const isOfAccount = each.account !== undefined && document.uins.includes(each.account.uin);
      return concerns(each, document) || (each.promise === document.promise && isOfAccount);
    });
  }

  /**
   * Whether a document of several accounts or applications, or a document on hold, keeps the erasure of this account
   * open.
   */
  #isKeptOpen({ account }: Told): boolean {
    const own = this.present('erasure').filter((document) => names(account, document));
    return (
      this.isUnclear(account) ||
      own.some((document) => !belongsTo(account, document) || this.#mayBeKept(document, Number.NEGATIVE_INFINITY))
    );
  }

  /** Whether a document came after the erasure was done. The audit is the first to look for it. */
  #isAfterClosure(document: KnownDocument, message: Told): boolean {
    return this.#closuresBefore(document, message).length > 0;
  }

  /** The closures that cover a termination, and after which a document was written. */
  #closuresBefore({ writtenAt }: KnownDocument, { account, type, at }: Told): readonly (readonly [Claim, Told])[] {
    return [...this.#claims.values()].flatMap((claim) => {
      const message = this.#messageOf(claim);
      if (message === undefined || message.type !== type || !isSameAccount(message.account, account)) return [];
      // If no document at all was left, every termination up to then is done.
      const through = type === 'account-deleted' || claim.newUse === 0 ? claim.countedAt : claim.terminatedAt;
      return at <= through && claim.listedAt < writtenAt ? [[claim, message] as const] : [];
    });
  }

  /** Documents that came back after their erasure was done, and were there after the deadline. */
  get resurrected(): number {
    return this.#resurrected.size;
  }

  /** A ledger calls an erasure done, or watches it until the next count. */
  claimed(claim: Claim, at: number): void {
    this.#claims.set(`${claim.requestId} ${claim.trigger} ${claim.closedAt}`, claim);
    const message = this.#messageOf(claim);
    const wrong =
      message === undefined
        ? 'done for nobody'
        : (this.#wrongDates(claim, message) ?? this.#wrongCounts(claim, message));
    if (wrong !== undefined) this.complain('receipt', at, `${wrong}: ${JSON.stringify(claim)}`);
  }

  #messageOf({ requestId, trigger, terminatedAt }: Claim): Told | undefined {
    return this.told.find(
      ({ requestIds, type, at }) => requestIds.has(requestId) && type === trigger && at === terminatedAt,
    );
  }

  #wrongDates(claim: Claim, { at, immediate }: Told): string | undefined {
    if (claim.eraseBy !== at + DEADLINE) return 'another deadline than promised';
    if (claim.eraseFrom !== at + CANCEL_WINDOW && !(immediate || this.told.some((each) => each.immediate)))
      return 'another cancel window than promised';
    return claim.countedAt + SKEW < claim.eraseFrom ? 'done before its time' : undefined;
  }

  #wrongCounts(claim: Claim, message: Told): string | undefined {
    const { listedAt, countedAt, closedBefore, documentsErased, outcome } = claim;
    for (const document of this.present('erasure'))
      if (document.writtenAt < listedAt && goesAfter(message, document))
        return `${shown(document)} was there when it was counted`;
    const own = this.#gone.filter(
      (document) => names(message.account, document) && document.goneAt > closedBefore && document.goneAt <= countedAt,
    );
    const later = this.#gone.find(
      (document) => document.goneAt > countedAt && document.writtenAt < listedAt && goesAfter(message, document),
    );
    if (later !== undefined) return `${shown(later)} was there when it was counted`;
    if (documentsErased > own.length) return `only ${own.length} documents have gone`;
    if ((outcome === 'erased') !== documentsErased > 0) return 'its outcome is not what was counted';
    const erased = own.filter((document) => !document.lostInRestore && document.writtenAt < document.plannedAt);
    const isVague = this.ledgerRestoredAt > closedBefore || this.#isMoved(message);
    if (!isVague && outcome === 'nothing-found' && erased.some((document) => goesAfter(message, document)))
      return `nothing was found, and ${erased.map(shown).join(', ')} had been erased`;
    return undefined;
  }

  /**
   * Whether several terminations of the account overlap, so that nobody can tell for which of them a document was
   * erased.
   */
  #isMoved({ account }: Told): boolean {
    return (
      this.told.filter((each) => each.type !== 'account-reinstated' && each.account.uin === account.uin).length > 1
    );
  }

  /** A receipt was kept: it must say what the ledger claimed when it was closed. */
  receiptKept(receipt: ReceiptContent, at: number): void {
    const [{ verifiedAt, documentsErased, outcome, documentsLeft }] = receipt.categories as [ReceiptPart];
    const { id, trigger, terminatedAt, eraseFrom, eraseBy } = receipt.request;
    const claim = this.#claims.get(`${id} ${trigger} ${Date.parse(verifiedAt)}`);
    const isSame =
      claim?.terminatedAt === Date.parse(terminatedAt) &&
      claim.eraseFrom === Date.parse(eraseFrom) &&
      claim.eraseBy === Date.parse(eraseBy) &&
      claim.documentsErased === documentsErased &&
      claim.outcome === outcome &&
      documentsLeft === 0;
    if (!isSame) this.complain('receipt', at, `${JSON.stringify(receipt)} differs from ${JSON.stringify(claim)}`);
    if (claim === undefined) return;
    if (receipt.keptInTime !== claim.closedAt <= claim.eraseBy)
      this.complain('receipt', at, `wrong about being in time: ${JSON.stringify(receipt)}`);
    if (receipt.keptInTime && claim.countedAt - SKEW > claim.eraseBy)
      this.complain('receipt', at, `late, and called in time: ${JSON.stringify(receipt)}`);
  }

  /** Two ends of one use are carried out one after the other: the second one by the next run (docs/limits.md). */
  #waitsForEarlierEnd(document: KnownDocument): boolean {
    return [...this.#inForce(document)].some(({ type, account, at }) =>
      this.told.some((earlier) => earlier.type === type && isSameAccount(earlier.account, account) && earlier.at < at),
    );
  }

  /** A run says in its report that nothing due is left, or that the promise is kept: nothing is overdue. */
  reported(report: ReportContent, run: Reporter, at: number): void {
    const known = run.startedAt - SKEW;
    const isDue = (document: KnownDocument): boolean => this.#dueFrom(document, run.isByHand) < known;
    const isOverdue = (document: KnownDocument): boolean =>
      isDue(document) && this.#deadlineOf(document, known) < known;
    const left = report.outcome === 'complete' ? this.#leftAt(run, isDue) : undefined;
    if (left !== undefined)
      this.complain('report', at, `${run.name} calls itself complete, and ${shown(left)} was there`);
    const overdue = report.kept ? this.#leftAt(run, isOverdue) : undefined;
    if (overdue !== undefined)
      this.complain('report', at, `${run.name} calls the promise kept, and ${shown(overdue)} was there`);
  }

  /** The first deadline of a document, by the known facts at an instant. */
  #deadlineOf(document: KnownDocument, known: number): number {
    if (document.promise === 'age') return expiresAt(document) + LATENESS;
    const messages = [...this.#inForce(document)].filter(({ recordedAt }) => recordedAt < known);
    return Math.min(...messages.map(({ at }) => at + DEADLINE));
  }

  /** A document that was there when a run listed its indices and when it counted, so that the run had to find it. */
  #leftAt({ promise, startedAt, listedAt, countedAt }: Reporter, isMeant: (document: KnownDocument) => boolean) {
    return [...this.present(promise), ...this.#gone.filter((each) => each.goneAt > countedAt)].find(
      (document) =>
        document.promise === promise &&
        document.writtenAt < listedAt &&
        isMeant(document) &&
        !this.#mayBeKept(document, startedAt) &&
        !this.#waitsForEarlierEnd(document) &&
        ![...this.#inForce(document)].some((message) => this.#isAfterClosure(document, message)),
    );
  }
}

/** The parts of a report that the oracle reads. */
interface ReportContent {
  readonly outcome: string;
  readonly kept: boolean;
}

/** The run that wrote a report: when it began, and when it last listed its indices and counted. */
interface Reporter {
  readonly promise: PromiseKind;
  readonly name: string;
  readonly isByHand: boolean;
  readonly startedAt: number;
  readonly listedAt: number;
  readonly countedAt: number;
}

/** The part of a receipt about one category. */
interface ReceiptPart {
  readonly verifiedAt: string;
  readonly documentsErased: number;
  readonly documentsLeft: number;
  readonly outcome: string;
}

/** The parts of a receipt that the oracle reads. */
export interface ReceiptContent {
  readonly request: {
    readonly id: string;
    readonly trigger: string;
    readonly terminatedAt: string;
    readonly eraseFrom: string;
    readonly eraseBy: string;
  };
  readonly keptInTime: boolean;
  readonly categories: readonly ReceiptPart[];
}
