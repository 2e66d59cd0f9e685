import { STATUS_CODES } from 'node:http';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** The details of a problem beyond its status. */
interface Particulars {
  readonly detail: string;
  /** A code for programs. */
  readonly code: string;
  readonly field?: string;
}

/** An error answer in the format of RFC 9457. It has no type of its own; the status says the kind of problem. */
export const problemResponse = (
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
