import { execFile } from 'node:child_process';
import { ACCOUNT, LAUNCHER, type ShownService, type Stage, withShownService } from './shown-service.ts';

/** One command line of the run. */
interface Step {
  readonly command: string;
  /** The block of the README that shows the output, below earlier outputs; absent: it is not shown. */
  readonly block?: string;
  /** Which lines of its output are shown, counted from 0; absent: all. */
  readonly lines?: readonly number[];
  /** Which columns of its table are shown, so that it is not wider than a page; absent: all. */
  readonly columns?: readonly string[];
}

const ERASE: Step = { command: 'purge --execute --category console-configuration', block: 'after', lines: [0] };

/** The commands in their order. */
const STEPS: readonly Step[] = [
  // All but the line about the cluster.
  {
    command: 'verify',
    block: 'verify',
    lines: [0, 3, 4, 5, 6, 7, 8, 9, 10],
    columns: ['CATEGORY', 'STATE', 'DUE', 'OVERDUE', 'WHY'],
  },
  {
    command: 'plan --category sdk-logs',
    block: 'plan',
    lines: [0, 3, 5, 6, 7],
    columns: ['INDEX', 'ACTION', 'DOCUMENTS', 'DUE', 'WHY'],
  },
  { command: 'purge --execute --category sdk-logs', block: 'after', lines: [0] },
  { command: `terminate --uin ${ACCOUNT} --account-deleted --immediate`, block: 'after', lines: [0] },
  ERASE,
  // This run counts once more, and issues the receipt.
  ERASE,
  // What was erased.
  { command: `receipt --uin ${ACCOUNT}`, block: 'after', lines: [6] },
];

const run = (command: string, { folder, env }: ShownService): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(process.execPath, [LAUNCHER, ...command.split(' ')], { cwd: folder, env }, (error, stdout, stderr) => {
      if (stderr !== '' || stdout === '') reject(error ?? new Error(stderr));
      else resolve(stdout);
    });
  });

/** Where the columns of a table begin and end: at two or more characters that are blank in all its lines. */
const spansOf = (table: readonly string[]): readonly (readonly [from: number, to: number])[] => {
  const width = Math.max(...table.map((line) => line.length));
  const isBlank = (at: number): boolean => table.every((line) => (line[at] ?? ' ') === ' ');
  const blanks = Array.from({ length: width + 2 }, (_, at) => (isBlank(at) ? ' ' : 'x')).join('');
  return [...blanks.matchAll(/x(?: ?x)*/g)].map(({ index, 0: span }) => [index, index + span.length]);
};

/** A page with only some columns of its table. The table begins with a line of upper-case titles. */
const withColumns = (page: readonly string[], columns: readonly string[]): readonly string[] => {
  const at = page.findIndex((line) => /^ +[A-Z –()]+$/.test(line));
  const table = page.slice(at);
  const spans = spansOf(table).filter(([from, to]) => columns.includes((table[0] ?? '').slice(from, to).trim()));
  const cells = table.map((line) => spans.map(([from, to]) => line.slice(from, to).padEnd(to - from)).join('  '));
  return [...page.slice(0, at), ...cells.map((line) => `  ${line}`.trimEnd())];
};

/** The text on a terminal: the prompt with the command, and its output, or some of its lines and columns. */
const shownOf = ({ command, lines, columns }: Step, output: string): string => {
  const all = output.trimEnd().split('\n');
  const some = lines === undefined ? all : lines.map((at) => all[at] ?? '');
  const shown = columns === undefined ? some : withColumns(some, columns);
  return [`$ node bin/es-retention.mjs ${command}`, ...shown, ''].join('\n');
};

/**
 * Runs the command line on a filled server: before and after a purge, and for an account that was deleted.
 * @returns what each block of the README shows, by its name.
 */
export const readmeOutput = (stage: Stage): Promise<ReadonlyMap<string, string>> =>
  withShownService(stage, async (service) => {
    const outputs = new Map<string, string>();
    for (const step of STEPS) {
      const output = await run(step.command, service);
      if (step.block !== undefined) outputs.set(step.block, (outputs.get(step.block) ?? '') + shownOf(step, output));
    }
    return outputs;
  });

/** Matches a block of the README: its beginning with its name, the output, and its end. */
const BLOCK = /(<!-- npm run readme: (.+?) -->\n```console\n).*?(```\n<!-- end -->)/gs;

/** The page with these outputs in its blocks. */
export const withOutput = (page: string, outputs: ReadonlyMap<string, string>): string =>
  page.replace(BLOCK, (_, begin: string, name: string, end: string) => {
    const output = outputs.get(name);
    if (output === undefined) throw new Error(`The README has a block "${name}", for which no command was run.`);
    return `${begin}${output}${end}`;
  });

/** The blocks of a page by name, without the parts that differ between runs: instants, minutes, widths. */
export const shownIn = (page: string): ReadonlyMap<string, string> =>
  new Map(
    [...page.matchAll(BLOCK)].map(([block, , name = '']) => [
      name,
      block
        .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'INSTANT')
        .replace(/(?:\d{4}-\d\d-\d\d )?\d\d:\d\d(?: UTC)?/g, 'MINUTE')
        .replace(/ +/g, ' '),
    ]),
  );
