import type { Page } from '../output/page.ts';
import type { Text } from '../output/text.ts';

/** The answer to a question about one category. */
export interface Answer {
  /** One line. */
  readonly summary: string;
  /** Whether something is left that should be gone, or that nobody removes. */
  readonly isLeft: boolean;
  readonly page: Page;
  readonly json: Readonly<Record<string, unknown>>;
}

const WIDTH = 12;

/** A line of an answer: its topic and its text. */
export const fact = (name: string, text: Text): Text => [
  { text: `  ${name.padEnd(WIDTH)}`, style: 'dim' },
  ...(Array.isArray(text) ? text : [text as string]),
];
