import { STATUS_CODES } from 'node:http';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** What a problem says beyond its status. */
interface Particulars {
  readonly detail: string;
  /** For programs. */
  readonly code: string;
  readonly field?: string;
}

/** An answer that says what is wrong as RFC 9457 has it; without a type of its own, a problem is its status. */
export const problem = (
  statusCode: number,
  particulars: Particulars,
  headers: Readonly<Record<string, string>> = {},
): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': 'application/problem+json', ...headers },
  body: JSON.stringify({
    type: 'about:blank',
    title: STATUS_CODES[statusCode],
    status: statusCode,
    ...particulars,
  }),
});
