/** A piece of a text: as it is, emphasized, or a link to a heading of the document. */
export type Inline = string | { readonly strong: string } | { readonly text: string; readonly to: string };

/** What stands in a cell, an item or a paragraph. */
export type Content = Inline | readonly Inline[];

/** The parts of a document, for Markdown and HTML alike. Texts may come from elsewhere, so both forms escape them. */
export type Block =
  | { readonly kind: 'heading'; readonly level: 2 | 3; readonly text: string; readonly id: string }
  | { readonly kind: 'paragraph'; readonly content: Content }
  | { readonly kind: 'list'; readonly items: readonly Content[] }
  | {
      readonly kind: 'table';
      readonly about: string;
      readonly columns: readonly string[];
      readonly rows: readonly (readonly Content[])[];
    };

export const section = (id: string, text: string): Block => ({ kind: 'heading', level: 2, id, text });
export const paragraph = (...content: readonly Inline[]): Block => ({ kind: 'paragraph', content });
export const list = (items: readonly Content[]): Block => ({ kind: 'list', items });
export const table = (about: string, columns: readonly string[], rows: readonly (readonly Content[])[]): Block => ({
  kind: 'table',
  about,
  columns,
  rows,
});

export const inlinesOf = (content: Content): readonly Inline[] =>
  Array.isArray(content) ? content : [content as Inline];

/** The heading of a type of data. Its id is what Markdown makes of its text. */
export const categoryHeading = (category: string): Block => ({
  kind: 'heading',
  level: 3,
  id: `type-of-data-${category}`,
  text: `Type of data: ${category}`,
});

/** The heading of a piece of evidence, such as E1. Its id is what Markdown makes of its text. */
export const evidenceHeading = (id: string): Block => ({
  kind: 'heading',
  level: 3,
  id: `evidence-${id.toLowerCase()}`,
  text: `Evidence ${id}`,
});

export const toCategory = (category: string): Inline => ({ text: category, to: `type-of-data-${category}` });
export const toEvidence = (id: string): Inline => ({ text: id, to: `evidence-${id.toLowerCase()}` });

/** What the document lacks, and why. */
export const lacking = (why: string): readonly Inline[] => [{ strong: 'MISSING' }, ` (${why})`];
