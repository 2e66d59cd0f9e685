/** A small request body as people write it, with spaces after colons and commas. Values contain no quotes. */
export const writtenBody = (body: object): string =>
  JSON.stringify(body).replaceAll('":', '": ').replaceAll(',"', ', "');
