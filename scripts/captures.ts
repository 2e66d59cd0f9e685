import { execFile, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { ACCOUNT, LAUNCHER, type ShownService, type Stage, withShownService } from './shown-service.ts';
import { terminalText } from './terminal-text.ts';

/** The widths of the terminals, in columns. */
export const WIDTHS = [80, 120] as const;

/** A command of the captures. */
interface Step {
  readonly command: string;
  /** What the reader sees in it; absent: it is run once, and not shown. */
  readonly about?: string;
}

const ERASE: Step = { command: 'purge --execute --yes --category console-configuration' };

/** The commands in their order. Those that are shown change nothing, so that each width shows the same. */
const stepsIn = ({ prefix }: Stage): readonly Step[] => [
  { command: 'verify', about: 'One category is overdue.' },
  { command: 'plan', about: 'What the next run would do. Indices that stay as they are have no line.' },
  { command: `explain --index ${prefix}trtc-sdk-log-2`, about: 'Why an index is still there.' },
  { command: 'doctor', about: 'What the other commands rely on.' },
  { command: 'verify --category sdk-log', about: 'A mistake, and the fix.' },
  { command: 'purge', about: 'A dry run: it destroys nothing, and writes a report.' },
  { command: 'purge --execute --yes --category sdk-logs backend-logs' },
  { command: `terminate --uin ${ACCOUNT} --account-deleted --immediate` },
  ERASE,
  ERASE,
  { command: `terminate --uin ${BigInt(ACCOUNT) + 1n} --account-deleted` },
  { command: `hold --uin ${BigInt(ACCOUNT) + 2n} --reason lawsuit --by legal --review-at 2099-01-01` },
  { command: 'status', about: 'What is owed, and until when.' },
  { command: 'status --closed', about: 'Which erasures were closed, in time or not.' },
  { command: `receipt --uin ${ACCOUNT}`, about: 'The receipt of an erasure.' },
  { command: 'holds', about: 'Legal holds, and pauses.' },
  { command: 'history', about: 'What the runs found and did.' },
  { command: 'audit', about: 'An independent check of promises and records.' },
  { command: 'concept --html concept.html', about: 'The deletion concept, and what it lacks evidence for.' },
];

/** Of util-linux: it gives a program a terminal of its own. */
const SCRIPT = 'script';

/** Runs a command on a terminal of its own. */
const onTerminal = async (
  command: string,
  columns: number,
  { folder, env }: ShownService,
): Promise<readonly string[]> => {
  const words = [process.execPath, LAUNCHER, ...command.split(' ')].map((word) => `'${word}'`).join(' ');
  const child = spawn(SCRIPT, ['-q', '-e', '-c', `stty cols ${columns} rows 40 && exec ${words}`, '/dev/null'], {
    cwd: folder,
    env: { ...env, TERM: 'xterm', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return terminalText(await text(child.stdout));
};

/** Runs a command without a terminal, so that it asks nothing. */
const unseen = async (command: string, { folder, env }: ShownService): Promise<void> => {
  await promisify(execFile)(process.execPath, [LAUNCHER, ...command.split(' ')], { cwd: folder, env });
};

const captureOf = (command: string, columns: number, lines: readonly string[]): string =>
  [`### ${columns} columns`, '', '```console', `$ node bin/es-retention.mjs ${command}`, ...lines, '```', ''].join(
    '\n',
  );

const HEAD = `# Captures of a terminal

<!-- npm run captures -->
What the main commands show on a terminal of 80 and of 120 columns, on a small service with made-up data. \`npm run captures\` writes this
page. The [report page](command-line.md#a-page-to-look-at) has screenshots.
`;

/**
 * Runs the main commands on a filled server, each on a terminal of each width.
 * @returns the page that shows them.
 */
export const capturesPage = (stage: Stage): Promise<string> =>
  withShownService(stage, async (service) => {
    const parts: string[] = [];
    for (const { command, about } of stepsIn(stage)) {
      if (about === undefined) {
        await unseen(command, service);
        continue;
      }
      parts.push(`## \`${command}\`\n\n${about}\n`);
      for (const columns of WIDTHS)
        parts.push(captureOf(command, columns, await onTerminal(command, columns, service)));
    }
    return [HEAD, ...parts].join('\n');
  });
