import type { Client } from '@elastic/elasticsearch';

/**
 * The JSON of a document in which one character is encoded with one byte too many: it reads the same, but other bytes
 * are indexed.
 * @param before the text before that character.
 */
export const overlong = (source: object, before: string): Buffer => {
  const text = JSON.stringify(source);
  const at = text.indexOf(before) + before.length;
  const code = text.charCodeAt(at);
  return Buffer.concat([
    Buffer.from(text.slice(0, at)),
    Buffer.from([0xc0 | (code >> 6), 0x80 | (code & 0x3f)]),
    Buffer.from(text.slice(at + 1)),
  ]);
};

/** Replaces a document with these bytes of JSON. */
export const putBytes = async (client: Client, index: string, id: string, body: Buffer): Promise<void> => {
  await client.transport.request(
    {
      method: 'PUT',
      path: `/${index}/_doc/${encodeURIComponent(id)}`,
      querystring: { refresh: true },
      body: body as never,
    },
    { headers: { 'content-type': 'application/json', accept: 'application/json' } },
  );
};

/** Writes a document while a keyword field indexes only short texts, and then resets the mapping. */
export const putUnindexed = async (
  client: Client,
  index: string,
  { id, source, field }: { readonly id: string; readonly source: object; readonly field: string },
): Promise<void> => {
  const map = (more: object) => {
    const names = field.split('.').toReversed();
    const [first = '', ...outer] = names;
    const inner = { [first]: { type: 'keyword', ...more } } as object;
    const properties = outer.reduce((nested, name) => ({ [name]: { properties: nested } }), inner);
    return client.transport.request({ method: 'PUT', path: `/${index}/_mapping`, body: { properties } });
  };
  await map({ ignore_above: 1 });
  await client.index({ index, id, document: source, refresh: true });
  await map({});
};
