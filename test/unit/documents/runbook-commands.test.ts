import { readdirSync, readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { isLimited } from '../../../lib/cli/erasures/braked-selection.ts';
import { type Invocation, program } from '../../../lib/cli/program/program.ts';

const PAGE = readFileSync('docs/operations.md', 'utf8');

/** What stands for something on the page, and a value that the command line takes for it. */
const VALUES: Readonly<Record<string, string>> = {
  $CATEGORY: 'uins',
  CATEGORY: 'uins',
  INSTANT: '2026-11-01T00:00:00Z',
};

/** Commands in code: whole spans, whatever line they end in, and the lines of blocks. */
const inCode = [...PAGE.matchAll(/```sh\n(.*?)```|`([^`]+)`/gs)].flatMap(([, block, span = '']) =>
  (block ?? span.replaceAll(/\s+/g, ' ')).replaceAll('\\\n', ' ').split('\n'),
);

/** Commands in the quotations, which are plain text: each ends where the sentence goes on. */
const inQuotations = PAGE.split('\n').flatMap((line) =>
  line.startsWith('> ') ? (line.match(/es-retention [a-z].*?(?=[.,;:](?:\s|$)| and | or | then )/g) ?? []) : [],
);

const commands = new Set(
  [...inCode, ...inQuotations].flatMap(
    (text) => /^(?:[A-Z_]+=\S+ )?es-retention ([a-z][a-z-]*(?: .*)?)$/.exec(text)?.[1] ?? [],
  ),
);

/** What the commands about braked erasures refuse themselves: to decide about nothing in particular. */
const assertDecides = (invocation: Invocation): void => {
  if (invocation.command !== 'confirm' && invocation.command !== 'cancel') return;
  if (!isLimited(invocation) && !invocation.all) throw new CommanderError(2, 'choice', 'says not which erasures');
};

const refusalOf = async (command: string): Promise<string | undefined> => {
  const words = command.split(/\s+/).map((word) => word.replaceAll('"', ''));
  const silent = { out: () => undefined, err: () => undefined };
  try {
    const root = program('', silent, async (invocation) => assertDecides(invocation));
    await root.parseAsync(
      words.map((word) => VALUES[word] ?? word),
      { from: 'user' },
    );
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError) return error.message;
    throw error;
  }
};

/** What a person types in a block that shows a terminal. The rest is output. */
const typedIn = (terminal: string): string => terminal.match(/^\$ .*$/gm)?.join('\n') ?? '';

/** Commands in the blocks of other pages, as a person in the folder of es-retention types them. */
const typed = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)]
  .filter((name) => name.endsWith('.md') && name !== 'docs/operations.md')
  .flatMap((name) =>
    [...readFileSync(name, 'utf8').matchAll(/```(\w*)\n(.*?)```/gs)].flatMap(([, language, block = '']) =>
      [...(language === 'console' ? typedIn(block) : block).matchAll(/node bin\/es-retention\.mjs ([^#|>&\n]+)/g)].map(
        ([, words = '']) => [name, words.trim()] as const,
      ),
    ),
  );

test('the pages except the runbook contain commands in code blocks', () => {
  expect(new Set(typed.map(([name]) => name)).size).toBeGreaterThan(4);
});

test.each(typed)('%s shows a command that the program accepts: %s', async (_, command) => {
  expect(await refusalOf(command)).toBeUndefined();
});

test('the runbook contains commands in its text and quotations', () => {
  expect(commands.size).toBeGreaterThan(15);
  expect(inQuotations.length).toBeGreaterThan(10);
});

test.each([...commands])('the program accepts: es-retention %s', async (command) => {
  expect(await refusalOf(command)).toBeUndefined();
});
