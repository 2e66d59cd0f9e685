import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Projects with the longest files, in order. They are started first: a long file that starts last would run alone while
 * the other workers are idle.
 */
const FIRST = ['e2e', 'template-slow', 'shipped-policy-slow', 'elasticsearch-slow', 'cases'];

/**
 * Files of these projects wait for each other. Two that start together would occupy two workers, although only one
 * works.
 */
const ONE_AT_A_TIME = ['secured', 'e2e-secured'];

const rank = ({ project }: TestSpecification): number => {
  const at = FIRST.indexOf(project.name);
  return at < 0 ? FIRST.length : at;
};

/** Distributes few items evenly among many, and starts with the many. */
const spread = <T>(few: readonly T[], many: readonly T[]): T[] => {
  const apart = Math.ceil(many.length / (few.length + 1));
  return [
    ...few.flatMap((each, at) => [...many.slice(at * apart, (at + 1) * apart), each]),
    ...many.slice(few.length * apart),
  ];
};

/**
 * Starts with the longest file of those that wait for each other, and with the projects that have the longest files.
 * Within a project, it starts with the files that took longest last time, or are largest.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isApart = ({ project }: TestSpecification): boolean => ONE_AT_A_TIME.includes(project.name);
    const others = sorted.filter((file) => !isApart(file)).toSorted((a, b) => rank(a) - rank(b));
    const ranked = others.filter((file) => rank(file) < FIRST.length);
    const [longest, ...apart] = sorted.filter(isApart);
    const rest = spread(apart, others.slice(ranked.length));
    return [...(longest ? [longest] : []), ...ranked, ...rest];
  }
}
