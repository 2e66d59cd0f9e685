import {
  type ActiveAccounts,
  type LeftBehind,
  type Reconciliation,
  reconcile,
} from '../../../erasure/consistency/reconcile.ts';
import { openIn } from '../../../erasure/consistency/witnesses.ts';
import { isIdentifier } from '../../../erasure/events/identifier.ts';
import { CategoryVisit, type Unreached } from '../../../erasure/recording/category-visit.ts';
import { subjectHashes } from '../../../erasure/subjects/subject-hash.ts';
import { keyIdsNotInRing, keyIdsOf, ringTooOldLines } from '../../erasures/subject-entries.ts';
import { EXIT, worstOf } from '../../exit-code.ts';
import { count, number } from '../../output/format.ts';
import type { Page } from '../../output/page.ts';
import { printableIdentifier } from '../../output/printable.ts';
import { NOTHING_THERE, type Result } from '../../output/result.ts';
import { unreachedClauses, unreachedExitCode, unreachedJson, unreachedSection } from '../../output/unreached.ts';
import type { Session } from '../../session.ts';
import { assertNoHeading } from './active-accounts.ts';

/** The number of subjects listed for people: a longer table would take long to print. */
const MAX_SUBJECTS_LISTED = 1_000;

const LEDGER: Readonly<Record<LeftBehind['ledger'], string>> = {
  none: 'nothing heard',
  closed: 'cancelled or done',
  orphaned: 'owed, without a rule',
  altered: 'edited, not believed',
};

const canBeTerminated = ({ uin, sdkAppId }: LeftBehind): boolean =>
  isIdentifier(uin) && (sdkAppId === undefined || isIdentifier(sdkAppId));

/** The application in a list; `all` means the whole account. */
const listedApplication = (sdkAppId: string | undefined): string => {
  if (sdkAppId === undefined) return 'all';
  return sdkAppId === 'all' ? '"all"' : printableIdentifier(sdkAppId);
};

const isListedAsText = ({ uin, sdkAppId }: LeftBehind): boolean =>
  printableIdentifier(uin) !== uin || (sdkAppId !== undefined && listedApplication(sdkAppId) !== sdkAppId);

const adviceFor = (leftBehind: readonly LeftBehind[]): readonly string[] => {
  const others = leftBehind.filter((each) => !canBeTerminated(each)).length;
  return [
    ...(others < leftBehind.length
      ? ['For each whose use has ended: node bin/es-retention.mjs terminate --uin … [--app …] [--account-deleted]']
      : []),
    ...(leftBehind.some(({ ledger }) => ledger === 'orphaned')
      ? ['What is owed without a rule no run erases: node bin/es-retention.mjs verify says what to do.']
      : []),
    ...(leftBehind.some(({ ledger }) => ledger === 'altered')
      ? ['For what is not believed no run erases: node bin/es-retention.mjs verify says what to do.']
      : []),
    ...(leftBehind.some(isListedAsText)
      ? ['One in quotation marks is written as JSON: what it stands for, without them, is the identifier.']
      : []),
    ...(others > 0
      ? [
          `${number(others)} of them cannot be terminated, since no account has such a text (too long, control characters, blanks at an end, an object, a number that is not exact): correct or delete those documents.`,
        ]
      : []),
  ];
};

/** If no account in the file has data, it is probably the wrong file. */
const strangeFile = ({ accounts, inUse }: Reconciliation): readonly string[] =>
  accounts > 0 && inUse === 0
    ? [
        'No account of the file has data. See whether the file writes accounts as the documents do, before you end anybody.',
      ]
    : [];

const table = ({ leftBehind }: Reconciliation): Page =>
  leftBehind.length === 0
    ? []
    : [
        {
          columns: [
            { title: 'Category' },
            { title: 'Account' },
            { title: 'Application' },
            { title: 'Documents', right: true },
            { title: 'Ledger' },
          ],
          rows: leftBehind
            .slice(0, MAX_SUBJECTS_LISTED)
            .map(({ category, uin, sdkAppId, documents, ledger }) => [
              category,
              printableIdentifier(uin),
              listedApplication(sdkAppId),
              number(documents),
              LEDGER[ledger],
            ]),
        },
        ...(leftBehind.length > MAX_SUBJECTS_LISTED
          ? [`  … and ${number(leftBehind.length - MAX_SUBJECTS_LISTED)} more: see --json`]
          : []),
        ...adviceFor(leftBehind),
      ];

/** `Reconciled: 4 subjects neither active nor being erased, of 12 accounts with data` */
const summaryOf = (
  { leftBehind, unanswered, accounts, categories, empty }: Reconciliation,
  unreached: readonly Unreached[],
): string => {
  if (categories + unreached.length === 0) return 'Reconciled: nothing, since no category has a termination rule';
  return [
    `Reconciled: ${count(leftBehind.length, 'subject', 'subjects')} neither active nor being erased, of ${count(accounts, 'account', 'accounts')} with data`,
    ...(unanswered.length > 0 ? [`${count(unanswered.length, 'index', 'indices')} not looked at`] : []),
    ...(empty.length > 0 ? [`${count(empty.length, 'category', 'categories')} without any index`] : []),
    ...unreachedClauses(unreached),
  ].join(' · ');
};

/** Categories that owe erasures but have no termination rule in the policy. */
const orphansOf = async (
  { policy, erasure: { ledger } }: Session,
  visit: CategoryVisit,
): Promise<readonly string[]> => {
  const others = (await ledger.categories()).filter((id) => policy.categories.get(id)?.rules.termination === undefined);
  const open = await visit.each(others, (id) => openIn(id, ledger));
  return [...open].flatMap(([id, count]) => (count > 0 ? id : []));
};

/** `reconcile`: lists subjects with data that are neither active nor being erased. Erases nothing. */
export const reconcileCommand = async (
  session: Session,
  active: ActiveAccounts,
  allowEmpty: boolean,
): Promise<Result> => {
  const { policy, ports, erasure } = session;
  const categories = [...policy.categories.values()];
  assertNoHeading(active, categories);
  const keys = await erasure.subjectKeys();
  const visit = new CategoryVisit();
  const found = await reconcile(categories, active, {
    store: erasure.accountReader,
    ledger: erasure.ledger,
    hashes: (subject) => subjectHashes(subject, keys),
    judge: (id, rule, entries) => ports.witness.judge(id, rule, entries, ports.clock()),
    orphans: await orphansOf(session, visit),
    visit,
  });
  const { leftBehind, unanswered } = found;
  const notInRing = leftBehind.length === 0 ? [] : await keyIdsNotInRing(session, visit);
  const { unreached } = visit;
  const isAllEmpty = found.categories > 0 && found.empty.length === found.categories;
  const isNothingThere = isAllEmpty && unreached.length === 0 && !allowEmpty;
  const summary = summaryOf(found, unreached);
  const isLeft = leftBehind.length + unanswered.length > 0 || isNothingThere;
  const exitCode = worstOf([isLeft ? EXIT.left : EXIT.done, unreachedExitCode(unreached)]);
  return {
    page: [
      { text: summary, style: 'bold' },
      ...(isNothingThere ? [NOTHING_THERE] : []),
      ...ringTooOldLines(notInRing),
      ...strangeFile(found),
      ...table(found),
      ...unanswered.map(({ index, why }) => `Not looked at: ${index} (${why}).`),
      ...unreachedSection(unreached),
    ],
    json: {
      command: 'reconcile',
      summary,
      exitCode,
      ...found,
      leftBehind: leftBehind.map((each) => ({ ...each, canBeTerminated: canBeTerminated(each) })),
      unreached: unreachedJson(unreached),
      keyIdsNotInRing: keyIdsOf(notInRing),
      unmatchedKeys: notInRing,
    },
    exitCode,
  };
};
