const ESCAPE = '\u001b';

/** An escape sequence, the end of a line, a return to its beginning, or text. */
const PIECES = new RegExp(
  String.raw`${ESCAPE}\[(?<first>\d*)(?:;\d*)*(?<what>[A-Za-z])|(?<end>\r?\n)|(?<back>\r)|(?<text>[^${ESCAPE}\r\n]+)`,
  'g',
);

type Piece = Readonly<Partial<Record<'first' | 'what' | 'back' | 'text', string>>>;

/** A line, and the place of the cursor in it. */
interface Line {
  readonly text: string;
  readonly at: number;
}

const EMPTY: Line = { text: '', at: 0 };

/** A line after a piece was written to it. Styles change nothing in its text. */
const written = (line: Line, { first, what, back, text }: Piece): Line => {
  const { at } = line;
  if (back !== undefined) return { ...line, at: 0 };
  if (what === 'G') return { ...line, at: Number(first || 1) - 1 };
  if (what === 'K') return { text: first === '2' ? '' : line.text.slice(0, at), at };
  if (text === undefined) return line;
  return { text: line.text.padEnd(at).slice(0, at) + text + line.text.slice(at + text.length), at: at + text.length };
};

/**
 * What stands on a terminal at the end, if the cursor never leaves its line.
 * @param output everything that was written to the terminal, with its escape sequences.
 * @returns its lines, without spaces at the ends.
 */
export const terminalText = (output: string): readonly string[] => {
  const lines: string[] = [];
  let line = EMPTY;
  for (const { groups = {} } of output.matchAll(PIECES)) {
    if (groups.end === undefined) line = written(line, groups);
    else {
      lines.push(line.text.trimEnd());
      line = EMPTY;
    }
  }
  return line.text === '' ? lines : [...lines, line.text.trimEnd()];
};
