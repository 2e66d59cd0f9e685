import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { ownFolder } from '../adapters/files/own-folder.ts';
import type { CommandProcess, Terminal } from './consent/terminal.ts';
import { refuseDoubtfulSubjects } from './erasures/subject-values.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { exitCodeOf, failureOf, withoutValues } from './failure.ts';
import { failureReasons } from './output/findings-page.ts';
import { renderPage } from './output/page.ts';
import { printable, printableJson } from './output/printable.ts';
import type { Result } from './output/result.ts';
import { screenOf } from './output/text.ts';
import { writeAnswer } from './output/write-answer.ts';
import { pageCsv } from './past/page-csv.ts';
import { type Invocation, program } from './program/program.ts';
import type { OpenCluster } from './session.ts';

const version = (): string => JSON.parse(readFileSync(join(ownFolder(), 'package.json'), 'utf8')).version;

const showResult = ({ page, json, csv, text: ready }: Result, terminal: Terminal): Promise<boolean> => {
  const { stdout, color, quiet } = terminal;
  const table = csv ?? (terminal.csv ? pageCsv(page) : undefined);
  const shown = quiet ? [{ text: `${json.summary}`, style: 'bold' as const }] : page;
  const written = quiet ? undefined : ready;
  const forPeople = table === undefined ? (written ?? renderPage(shown, screenOf(stdout, color))) : `${table}\r\n`;
  const text = terminal.json ? `${printableJson(json)}\n` : forPeople;
  return writeAnswer(terminal, text, `${json.summary}`);
};

const showFailure = async (
  thrown: unknown,
  command: string | null,
  exitCode: ExitCode,
  terminal: Terminal,
): Promise<boolean> => {
  const { stderr, json, color } = terminal;
  const error = failureOf(thrown);
  const summary = `Failed: ${error.code}`;
  if (json) {
    const text = `${printableJson({ command, summary, exitCode, error })}\n`;
    return writeAnswer(terminal, text, `${summary}: ${error.message}`);
  }
  stderr.write(renderPage([{ text: summary, style: 'bold' }, ...failureReasons(error)], screenOf(stderr, color)));
  return true;
};

const linewise = (text: string): string => text.split('\n').map(printable).join('\n');

/** Requests for help or version are not errors. */
const isHelp = (error: CommanderError): boolean => error.exitCode === 0;

/**
 * Runs the command line and returns its exit code. All output for people and programs is written here.
 * @param argv arguments after the script's name.
 * @param open opens a cluster. Absent: the one that the environment names.
 */
export const run = async (argv: readonly string[], process: CommandProcess, open?: OpenCluster): Promise<ExitCode> => {
  const { stdin, stdout, stderr } = process;
  // Read before the arguments are parsed, so that errors about them are JSON too.
  const isGiven = (option: string): boolean => argv.includes(option);
  const terminal: Terminal = {
    stdin,
    stdout,
    stderr,
    json: isGiven('--json'),
    quiet: isGiven('--quiet'),
    color: !isGiven('--no-color'),
    csv: isGiven('--csv'),
  };
  let exitCode: ExitCode = EXIT.done;
  let command: string | null = null;
  const invoke = async (invocation: Invocation): Promise<void> => {
    command = invocation.command;
    // Loaded only now: help, version and mistakes in the arguments need neither the commands nor the cluster's client.
    const { carryOut } = await import('./carry-out.ts');
    const result = await carryOut(invocation, terminal, process, open);
    exitCode = result.exitCode;
    if (!(await showResult(result, terminal))) exitCode = EXIT.failed;
  };
  let help = '';
  const write = {
    out: (text: string) => {
      help += text;
    },
    err: (text: string) => (terminal.json ? undefined : stderr.write(linewise(withoutValues(text)))),
  };
  try {
    refuseDoubtfulSubjects(argv);
    await program(version(), write, invoke).parseAsync(argv, { from: 'user' });
  } catch (thrown) {
    if (thrown instanceof CommanderError && isHelp(thrown))
      return (await writeAnswer(terminal, help, 'how to use es-retention; nothing was done')) ? EXIT.done : EXIT.failed;
    exitCode = exitCodeOf(thrown);
    // Commander has already written the mistake and a suggestion to stderr.
    const isCommander = thrown instanceof CommanderError && !terminal.json;
    if (!isCommander && !(await showFailure(thrown, command, exitCode, terminal))) exitCode = EXIT.failed;
  }
  return exitCode;
};
