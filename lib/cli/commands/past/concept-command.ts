import type { Environment } from '../../../base/environment.ts';
import type { Instant } from '../../../policy/time/instant.ts';
import { collectConcept } from '../../concept/collect-concept.ts';
import { conceptBlocks, conceptTitle } from '../../concept/concept-blocks.ts';
import type { ConceptData } from '../../concept/concept-data.ts';
import { markdown } from '../../concept/markdown.ts';
import { EXIT } from '../../exit-code.ts';
import { count, number } from '../../output/format.ts';
import type { Result } from '../../output/result.ts';
import { readInstant } from '../../past/period.ts';
import type { PastInvocation } from '../../program/past-program.ts';
import { writePage } from '../../report/write-page.ts';
import { readChosenPolicy, type Session } from '../../session.ts';

/** What is asked of a concept. */
type ConceptQuestion = Extract<PastInvocation, { command: 'concept' }>;

const summaryOf = ({ categories, statements, missing }: ConceptData): string =>
  `Concept: ${count(categories.length, 'type of data', 'types of data')} · ${
    missing === 0
      ? `evidence for ${count(statements, 'statement', 'statements')} of practice`
      : `evidence MISSING for ${number(missing)} of ${count(statements, 'statement', 'statements')} of practice`
  }`;

const resultOf = async (data: ConceptData, { html, json }: ConceptQuestion): Promise<Result> => {
  const [title, blocks] = [conceptTitle(data), conceptBlocks(data)];
  const summary = summaryOf(data);
  if (html !== undefined) {
    // Loaded only here: no other command needs it.
    const { conceptPage } = await import('../../concept/concept-page.ts');
    await writePage(html, conceptPage(title, blocks));
  }
  const exitCode = data.missing === 0 ? EXIT.done : EXIT.left;
  return {
    page: [{ text: summary, style: 'bold' }, ...(html === undefined ? [] : [`Written: ${html}`])],
    json: { command: 'concept', summary, exitCode, ...data },
    ...(html === undefined && !json && { text: markdown(title, blocks) }),
    exitCode,
  };
};

/**
 * `concept`: the deletion concept of a policy, with the evidence of the day before an instant, as Markdown or HTML.
 * Changes nothing in the cluster.
 * @throws InputError `bad-period`, `not-written`; InputError | TransientError if records cannot be read: nothing is
 *   written then.
 */
export const conceptCommand = async (session: Session, question: ConceptQuestion): Promise<Result> => {
  const { policy, categories, ports } = session;
  const at = readInstant(question.at, ports.clock());
  return resultOf(await collectConcept({ policy, categories, at, source: session }), question);
};

/**
 * `concept` without a server: from the policy alone, without evidence.
 * @param now the time of this machine.
 * @throws PolicyError | InputError
 */
export const policyConcept = async (
  question: ConceptQuestion,
  environment: Environment,
  now: Instant = Date.now(),
): Promise<Result> => {
  const { policy, categories } = readChosenPolicy(question.selection, environment);
  return resultOf(await collectConcept({ policy, categories, at: readInstant(question.at, now) }), question);
};
