import { inject } from 'vitest';
import type { createClient } from '../../../lib/adapters/elasticsearch/client/client.ts';

/** The server on which fixtures make their indices. */
export type FixtureServer = Parameters<typeof createClient>[0];

let other: FixtureServer | undefined;

/** Lets the fixtures of this file use another server. Call it outside of any test, in a file that is isolated. */
export const fixturesUse = (server: FixtureServer): void => {
  other = server;
};

/** The server that fixtures use: the only one of the test run, unless the file has chosen another. */
export const fixtureServer = (): FixtureServer => other ?? { url: inject('elasticsearchUrl') };
