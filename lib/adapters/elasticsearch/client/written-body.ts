/** A small body of a request as people write it, with blanks after colons and commas. Values hold no quotes. */
export const writtenBody = (body: object): string =>
  JSON.stringify(body).replaceAll('":', '": ').replaceAll(',"', ', "');
