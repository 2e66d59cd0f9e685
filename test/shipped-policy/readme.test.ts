import { readFileSync } from 'node:fs';
import { expect, inject, test } from 'vitest';
import { createClient } from '../../lib/adapters/elasticsearch/client/client.ts';
import { readmeOutput, shownIn, withOutput } from '../../scripts/readme-output.ts';
import { namesOfOthers } from '../support/server/names-of-others.ts';

const README = readFileSync('README.md', 'utf8');

test('the README shows what the command line prints (if not: npm run readme)', async () => {
  const url = inject('elasticsearchUrl');
  const client = createClient({ url });
  const prefix = 'readme-';
  const outputs = await readmeOutput({ client, url, prefix, ignoredIndices: namesOfOthers(prefix) });
  await client.close();
  const printed = withOutput(README, outputs).replaceAll(prefix, '');
  expect([...shownIn(README).keys()]).toEqual([...outputs.keys()]);
  expect(shownIn(README)).toEqual(shownIn(printed));
});
