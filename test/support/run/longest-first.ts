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

/** The project without isolation that has the shortest files. At the end, they keep all workers busy. */
const LAST = 'unit';

const nameOf = ({ project }: TestSpecification): string => project.name;

/** Distributes a few items evenly among many others, and starts with one of the others. */
const spread = <T>(few: readonly T[], many: readonly T[]): T[] => {
  const apart = Math.ceil(many.length / (few.length + 1));
  return [
    ...few.flatMap((each, at) => [...many.slice(at * apart, (at + 1) * apart), each]),
    ...many.slice(few.length * apart),
  ];
};

/**
 * Starts with the longest of the files that wait for each other, and with the projects that have the longest files. A
 * project without isolation is in one piece, because Vitest ends the process of a worker when the next file belongs to
 * another project. Within a project, the files come first that took longest last time, or are largest.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const [longest, ...apart] = sorted.filter((file) => ONE_AT_A_TIME.includes(nameOf(file)));
    const others = sorted.filter((file) => !ONE_AT_A_TIME.includes(nameOf(file)));
    const ranked = FIRST.flatMap((name) => others.filter((file) => nameOf(file) === name));
    const rest = others.filter((file) => !FIRST.includes(nameOf(file)));
    const isolated = rest.filter(({ project }) => project.config.isolate);
    const sharing = rest.filter(({ project }) => !project.config.isolate);
    const last = sharing.filter((file) => nameOf(file) === LAST);
    const before = sharing.filter((file) => nameOf(file) !== LAST);
    return [...(longest ? [longest] : []), ...ranked, ...before, ...spread(apart, isolated), ...last];
  }
}
