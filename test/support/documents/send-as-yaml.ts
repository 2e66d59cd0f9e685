import type { Client } from '@elastic/elasticsearch';

/** Sends a document as YAML without the first line `---`: Elasticsearch indexes it, but cannot read what it stored. */
export const sendAsYaml = async (
  client: Client,
  index: string,
  id: string,
  fields: Readonly<Record<string, string>>,
): Promise<void> => {
  const body = Object.entries(fields).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}\n`);
  await client.transport.request(
    { method: 'PUT', path: `/${index}/_doc/${id}`, querystring: { refresh: true }, body: body.join('') },
    { headers: { 'content-type': 'application/yaml', accept: 'application/json' } },
  );
};
