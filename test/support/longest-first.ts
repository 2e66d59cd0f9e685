import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Projects whose files take longest, in their order: what is begun last leaves a worker alone with it. */
const FIRST = ['e2e', 'template-slow', 'shipped-policy-slow', 'elasticsearch-slow', 'cases'];

/** Its files wait for each other: those that begin together would hold both workers. */
const ONE_AT_A_TIME = 'secured';

const rank = ({ project }: TestSpecification): number => {
  const at = FIRST.indexOf(project.name);
  return at < 0 ? FIRST.length : at;
};

/** Spreads a few evenly among many. */
const spread = <T>(few: readonly T[], many: readonly T[]): T[] => {
  const apart = Math.ceil(many.length / (few.length + 1));
  return [
    ...few.flatMap((each, at) => [each, ...many.slice(at * apart, (at + 1) * apart)]),
    ...many.slice(few.length * apart),
  ];
};

/** Begins with the projects whose files take longest; of each the files that took longest last time, or are the largest. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isApart = ({ project }: TestSpecification): boolean => project.name === ONE_AT_A_TIME;
    const others = sorted.filter((file) => !isApart(file)).toSorted((a, b) => rank(a) - rank(b));
    const ranked = others.filter((file) => rank(file) < FIRST.length);
    const rest = spread(sorted.filter(isApart), others.slice(ranked.length));
    // Groups go one after the other, whatever their files take.
    return [...ranked, ...rest].toSorted((a, b) => groupOf(a) - groupOf(b));
  }
}

const groupOf = ({ project }: TestSpecification): number => project.config.sequence.groupOrder;
