import type { Client } from '@elastic/elasticsearch';
import type { Finding } from '../../../lib/criteria/finding.ts';
import type { PolicyChanges, PurgeFixture } from '../../support/purge/purge-fixture.ts';

/** How one blocking finding comes about, and what a person does who follows its advice. */
export interface Problem {
  /** Default: a category with an age rule of fourteen days. */
  readonly fixture?: () => PurgeFixture;
  readonly make: (fixture: PurgeFixture) => Promise<unknown>;
  /** Default: sends the requests that the advice names. What it returns is changed in the policy. */
  readonly follow?: (fixture: PurgeFixture, finding: Finding) => Promise<PolicyChanges | undefined>;
  /** What the first run has: too little time, say. */
  readonly run?: { readonly budget?: () => number; readonly dryRun?: boolean };
}

/** One request that an advice names. */
export interface AdvisedRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
}

const REQUEST = /\b(GET|PUT|POST|DELETE) (\/[^\s{}]+)( \{)?/g;

/** The text from an opening brace to the one that closes it. */
const balanced = (text: string): string => {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '{') depth += 1;
    if (text[at] === '}') depth -= 1;
    if (depth === 0) return text.slice(0, at + 1);
  }
  throw new Error(`no end of ${text}`);
};

/** The requests that an advice names, as a person would copy them. */
export const requestsIn = (advice: string): readonly AdvisedRequest[] =>
  [...advice.matchAll(REQUEST)].map(({ 0: whole, 1: method = '', 2: path = '', 3: brace, index }) => {
    const body = brace === undefined ? undefined : balanced(advice.slice(index + whole.length - 1));
    return { method, path: path.replace(/[.,:;)]+$/, ''), ...(body !== undefined && { body: JSON.parse(body) }) };
  });

/** Sends what an advice names; every request must succeed. */
export const sendAdvised = async (client: Client, advice: string): Promise<void> => {
  const requests = requestsIn(advice);
  if (requests.length === 0) throw new Error(`an advice that names no request: ${advice}`);
  for (const { method, path, body } of requests)
    await client.transport.request({ method, path, ...(body !== undefined && { body }) });
};
