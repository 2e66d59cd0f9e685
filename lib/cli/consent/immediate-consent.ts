import type { AccountEvent } from '../../erasure/events/account-event.ts';
import type { Category } from '../../policy/retention-policy.ts';
import { documentsNow, documentsText } from '../erasures/documents-now.ts';
import { EXIT } from '../exit-code.ts';
import { clusterLine } from '../output/cluster-line.ts';
import { renderPage } from '../output/page.ts';
import { printableIdentifier } from '../output/printable.ts';
import type { Result } from '../output/result.ts';
import { screenOf } from '../output/text.ts';
import type { Session } from '../session.ts';
import { isYes } from './question.ts';
import { canAsk, type Terminal } from './terminal.ts';

const affectedCategories = ({ policy }: Session, { type }: AccountEvent): readonly Category[] =>
  [...policy.categories.values()].filter(({ rules }) =>
    rules.termination?.triggers.some((trigger) => trigger === type),
  );

const line = async (session: Session, category: Category, { type, subject, at }: AccountEvent): Promise<string> => {
  const until = type === 'feature-terminated' ? { until: at } : {};
  const found = await documentsNow(session, category, { key: 'asked', ...subject, ...until, eraseBy: at });
  return `  ${category.id}: ${documentsText(found)}`;
};

/**
 * Asks a person at a terminal before the cancel window is skipped, and explains the effect. Without a terminal, it does
 * not ask.
 * @returns the text for the answer no; undefined for yes, or if it did not ask.
 */
export const immediateDeclined = async (
  session: Session,
  event: AccountEvent,
  terminal: Terminal,
): Promise<Result | undefined> => {
  const categories = affectedCategories(session, event);
  if (!event.immediate || categories.length === 0 || !canAsk(terminal)) return undefined;
  const { uin, sdkAppId } = event.subject;
  const application =
    sdkAppId === undefined ? ' with all its applications' : `, application ${printableIdentifier(sdkAppId)}`;
  const whom = `account ${printableIdentifier(uin)}${application}`;
  const page = [
    clusterLine(session),
    `--immediate skips the cancel window: the next run erases the documents of ${whom}, and nothing brings them back.`,
    ...(await Promise.all(categories.map((category) => line(session, category, event)))),
  ];
  terminal.stderr.write(renderPage(page, screenOf(terminal.stderr, terminal.color)));
  if (await isYes(`Record ${event.type} with --immediate?`, terminal)) return undefined;
  const summary = 'Nothing recorded: the question was answered with no';
  return {
    page: [{ text: summary, style: 'bold' }],
    json: { command: 'terminate', summary, exitCode: EXIT.left, declined: true },
    exitCode: EXIT.left,
  };
};
