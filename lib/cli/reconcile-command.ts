import { readFileSync } from 'node:fs';
import { type ActiveAccounts, type Reconciliation, reconcile } from '../erasure/reconcile.ts';
import { subjectHashes } from '../erasure/subject-hash.ts';
import { InputError, messageOf } from '../purge/errors.ts';
import type { ErasureInvocation } from './erasure-program.ts';
import { EXIT } from './exit-code.ts';
import type { Page } from './page.ts';
import type { Result } from './result.ts';
import { count, number } from './say.ts';
import type { Session } from './session.ts';

type Asked = Extract<ErasureInvocation, { command: 'reconcile' }>;

const IDENTIFIER = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/;

const badLine = (file: string, at: number): InputError =>
  new InputError('bad-active-file', {
    expected: 'one account a line: uin, or uin,application',
    found: `something else in line ${at + 1} of ${file}`,
    wayOut: 'Correct the line. Empty lines, and lines that begin with #, are passed over.',
  });

/**
 * The accounts in use, out of a file.
 * @throws InputError `bad-active-file`; also when it names nobody, which would list everybody.
 */
export const readActiveAccounts = (file: string): ActiveAccounts => {
  const active = new Map<string, 'all' | Set<string>>();
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const wayOut = 'Name the file after --active.';
    throw new InputError(
      'bad-active-file',
      { expected: 'a file that can be read', found: messageOf(error), wayOut },
      error,
    );
  }
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    const content = line.trim();
    if (content === '' || content.startsWith('#')) continue;
    const [uin = '', app, ...more] = content.split(',').map((part) => part.trim());
    if (more.length > 0 || ![uin, app ?? uin].every((part) => IDENTIFIER.test(part))) throw badLine(file, at);
    const known = active.get(uin);
    if (app === undefined) active.set(uin, 'all');
    else if (known === undefined) active.set(uin, new Set([app]));
    else if (known !== 'all') known.add(app);
  }
  if (active.size > 0) return active;
  throw new InputError('bad-active-file', {
    expected: 'at least one account in use',
    found: `none in ${file}`,
    wayOut: 'Export the accounts in use again: with none, every account would be listed.',
  });
};

const table = ({ forgotten }: Reconciliation): Page =>
  forgotten.length === 0
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
          rows: forgotten.map(({ category, uin, sdkAppId, documents, ledger }) => [
            category,
            uin,
            sdkAppId ?? 'all',
            number(documents),
            ledger === 'none' ? 'nothing heard' : 'closed before',
          ]),
        },
        'For each whose use has ended: npx es-retention terminate --uin … [--account-deleted]',
      ];

/** `reconcile`: those whom everybody has forgotten, listed and never erased. */
export const reconcileCommand = async (session: Session, { active: file }: Asked): Promise<Result> => {
  const active = readActiveAccounts(file);
  const ring = await session.erasure.keyRing();
  const found = await reconcile([...session.policy.categories.values()], active, {
    store: session.erasure.bearers,
    ledger: session.erasure.ledger,
    hashes: (subject) => subjectHashes(subject, ring),
  });
  const { forgotten, unanswered, accounts } = found;
  const verdict = `Reconciled: ${count(forgotten.length, 'subject', 'subjects')} neither active nor in the ledger, of ${count(accounts, 'account', 'accounts')} with data${unanswered.length > 0 ? ` · ${count(unanswered.length, 'index', 'indices')} not looked at` : ''}`;
  const exitCode = forgotten.length + unanswered.length > 0 ? EXIT.left : EXIT.done;
  return {
    page: [
      { text: verdict, style: 'bold' },
      ...table(found),
      ...unanswered.map((index) => `Not looked at: ${index} (closed, red, or without a field that finds accounts).`),
    ],
    json: { command: 'reconcile', verdict, exitCode, ...found },
    exitCode,
  };
};
