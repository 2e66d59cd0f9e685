import type { Finding } from '../../criteria/finding.ts';
import { MAX_SHOWN, notShown, placeOf } from '../../policy/parsing/policy-error.ts';
import type { Refusal } from '../../purge/guard.ts';
import type { Failure } from '../failure.ts';
import type { Page } from './page.ts';
import type { Style, Text } from './text.ts';

/** The number of indices named if many share a finding. */
const MAX_INDICES_NAMED = 3;

type Explained = Pick<Failure, 'expected' | 'fix'> & { readonly found: readonly string[] };

const explained = ({ expected, found, fix }: Explained): Page => [
  [{ text: '      expected  ', style: 'dim' }, expected],
  ...found.map((each, at): Text => [{ text: at === 0 ? '      found     ' : '                ', style: 'dim' }, each]),
  [{ text: '      fix       ', style: 'dim' }, fix],
];

const heading = (mark: string, style: Style, text: string): Text => [{ text: `  ${mark} `, style }, text];

/** A finding of a run, or of the audit. */
export type Found = Omit<Finding, 'code'> & { readonly code: string };

const foundIn = (group: readonly Found[], named: number): readonly string[] => [
  ...group.slice(0, named).map(({ index, found }) => (index === undefined ? found : `${index}: ${found}`)),
  ...(group.length > named ? [`… and in ${group.length - named} more`] : []),
];

/**
 * Findings with expected, found and the fix. A finding that several indices share is shown once.
 * @param named number of indices that are named.
 */
export const findingsPage = (findings: readonly Found[], named = MAX_INDICES_NAMED): Page => {
  const alike = Map.groupBy(findings, ({ code, expected, fix }) => JSON.stringify([code, expected, fix]));
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const [mark, style] = first.severity === 'blocking' ? (['!', 'red'] as const) : (['·', 'yellow'] as const);
    return [heading(mark, style, first.code), ...explained({ ...first, found: foundIn(group, named) })];
  });
};

/** The reasons why a plan is refused as a whole, with numbers. */
export const refusalsPage = (refusals: readonly Refusal[]): Page =>
  refusals.flatMap((refusal) => [
    heading('!', 'red', `refused as a whole: ${refusal.code}`),
    ...explained({ ...refusal, found: [refusal.found] }),
  ]);

/** The reasons of a failure, without its code. Each problem of a policy file is shown with its place. */
export const failureReasons = ({ problems = [], ...failure }: Failure): Page =>
  problems.length === 0
    ? explained({ ...failure, found: [failure.found] })
    : [
        ...problems
          .slice(0, MAX_SHOWN)
          .flatMap((problem) => [
            heading('✗', 'red', placeOf(problem, '  ')),
            ...explained({ ...problem, found: [problem.found] }),
          ]),
        ...notShown(problems).map((line): Text => `  ${line}`),
      ];

/** A failure, with its code and reasons. */
export const failurePage = (failure: Failure): Page => [heading('✗', 'red', failure.code), ...failureReasons(failure)];
