import { html, type Markup } from './markup.ts';
import { STYLE } from './style.ts';

/** A part of a page, with the id by which the contents link to it. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly content: Markup;
}

export const sectionMarkup = ({ id, title, content }: Section): Markup => html`<section id="${id}"><h2>${title}</h2>
${content}</section>
`;

/** Links to the sections of a page. */
export const contents = (sections: readonly Section[]): Markup =>
  html`<nav aria-label="Contents"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>`;

/** A whole HTML file around a content, without scripts, and without anything from elsewhere. */
export const framedPage = (title: string, content: Markup): string => {
  const head = html`<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
`;
  const body = html`<body>${content}
</body></html>
`;
  return `<!doctype html>\n${head.text}<style>${STYLE}</style></head>\n${body.text}`;
};
