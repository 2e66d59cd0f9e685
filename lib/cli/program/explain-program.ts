import type { ExplainQuestion } from '../commands/explain/explain-command.ts';
import { askedSubject } from '../erasures/subject-entries.ts';
import type { Selection } from '../session.ts';
import type { Add, Examples } from './command-types.ts';

/** The options of `explain`. */
export interface ExplainInvocation {
  readonly command: 'explain';
  readonly selection: Selection;
  readonly json: boolean;
  readonly question: ExplainQuestion;
}

interface ExplainOptions {
  readonly policy?: string;
  readonly json?: boolean;
  readonly uin?: string;
  readonly app?: string;
  readonly index?: string;
  readonly document?: string;
}

/** An id may have slashes, an index may not. */
const placeOf = (document: string): { readonly index: string; readonly id: string } | undefined => {
  const at = document.indexOf('/');
  return at < 1 || at === document.length - 1
    ? undefined
    : { index: document.slice(0, at), id: document.slice(at + 1) };
};

const questionOf = (options: ExplainOptions, refuse: (words: string) => never): ExplainQuestion => {
  const { uin, app, index, document } = options;
  if ([uin, index, document].filter((each) => each !== undefined).length !== 1)
    return refuse('explain takes one of --uin, --index and --document');
  const subject = askedSubject({ ...(uin !== undefined && { uin }), ...(app !== undefined && { app }) });
  if (subject !== undefined) return { subject };
  if (index !== undefined) return { index };
  return placeOf(document ?? '') ?? refuse('--document takes INDEX/ID');
};

export const addExplain = (
  add: Add,
  invoke: (invocation: ExplainInvocation) => Promise<void>,
  examples: Examples,
): void => {
  const command = add(
    'explain',
    'Says why something is still there: which rule, which date decides, when it goes, what is in the way. Changes nothing.',
    'It asks by the queries of the next run, narrowed to what you name, and reads in the reports since when something is in the way. It shows no content of a document but its dates. It ends with 3 if something is left that should have gone, or that no rule removes.',
  );
  command
    .option('--uin <account>', 'what there is of this account, in every category')
    .option('--app <id>', 'only this application of it')
    .option('--index <name>', 'an index')
    .option('--document <index/id>', 'one document')
    .addHelpText(
      'after',
      examples(
        'explain --document trtc-sdk-log-1/AZqX',
        'explain --index trtc-sdk-log-1',
        'explain --uin 9007199254740993',
      ),
    )
    .action(({ policy, json = false, ...options }: ExplainOptions) =>
      invoke({
        command: 'explain',
        selection: policy === undefined ? {} : { policy },
        json,
        question: questionOf(options, (words) => command.error(`error: ${words}`)),
      }),
    );
};
