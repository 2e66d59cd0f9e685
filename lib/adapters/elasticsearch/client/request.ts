import { errors, type estypes } from '@elastic/elasticsearch';
import pRetry, { type Options as PRetryOptions } from 'p-retry';
import { InputError, messageOf, type RequestFate, type RetentionError, TransientError } from '../../../base/errors.ts';
import { CHECK_ADDRESS, connectionFailure, isConnectTimeout } from './connection-failure.ts';
import { errorText, failureText, shortened } from './error-text.ts';
import { fixOf, fixOfBusy } from './fixes.ts';

/** Limits for requests to Elasticsearch: how long each may take, and how often it is retried. */
export interface RequestPolicy {
  /** Milliseconds that the next request may take. Called before each. */
  readonly timeout: () => number;
  /** Tries after the first, on 429, 502, 503, 504 and connection loss. Default: 4. */
  readonly retries?: number;
  /** First wait in milliseconds; doubled each time, with jitter. Default: 250. */
  readonly firstWait?: number;
}

/**
 * The options of every client call. The client itself never retries: only the caller knows which requests may be sent
 * twice.
 */
export interface RequestOptions {
  readonly requestTimeout: number;
  readonly maxRetries: 0;
}

const BUSY = new Set([429, 502, 503, 504]);
/** Status codes of a proxy that got no answer from Elasticsearch. */
const GATEWAY = new Set([502, 503, 504]);

/** Describes an error answer, without secrets or personal data. */
const answered = ({ body, statusCode }: errors.ResponseError): string => {
  if (body?.error?.type !== undefined) return `HTTP ${statusCode} ${errorText(body.error)}`;
  return `HTTP ${statusCode}${Array.isArray(body?.failures) ? `, ${failureText(body.failures)}` : ''}`;
};

/** The parts of an error answer. */
interface FailedAnswer {
  readonly status: number;
  readonly cause: errors.ResponseError['body'];
  readonly type: string;
  readonly reason: string;
  /** Whether the answer gives reasons for single documents or shards. */
  readonly namesFailures: boolean;
}

const failedAnswerOf = (error: errors.ResponseError): FailedAnswer => {
  const named = error.body?.error;
  // A proxy may answer with JSON too: {"error":"Gateway Timeout"}.
  const cause = typeof named?.type === 'string' ? named : undefined;
  return {
    status: error.statusCode ?? 0,
    cause,
    type: cause?.type ?? 'no error type',
    reason: shortened(cause?.root_cause?.[0]?.reason ?? cause?.reason ?? answered(error)),
    namesFailures: Array.isArray(error.body?.failures),
  };
};

/**
 * The answer to a HEAD request has no body that names an exception. An answer with failures has its own reason, usually
 * a block.
 */
const isDenied = ({ status, cause, type, namesFailures }: FailedAnswer): boolean =>
  status === 403 && (type === 'security_exception' || (cause === undefined && !namesFailures));

/** The key lacks the privilege for a request, or for one item of it. */
export const missingPrivilege = (doing: string, reason: string): InputError =>
  new InputError('missing-privilege', {
    expected: `a key that has the privilege for the request (${doing})`,
    found: reason,
    fix: "Give the key's role the privilege that the answer names.",
  });

/** Errors of the input: the same request would be refused again. */
const refusedInput = (answer: FailedAnswer, doing: string): InputError | undefined => {
  const { status, type, reason } = answer;
  if (status === 401)
    return new InputError('wrong-key', {
      expected: 'an API key (ELASTICSEARCH_API_KEY), or a user and password, that the cluster knows',
      found: `401 while ${doing}`,
      fix: 'Check that the key is the encoded one, belongs to this cluster and has not expired or been revoked. With a user, check the password.',
    });
  if (isDenied(answer)) return missingPrivilege(doing, reason);
  if (type === 'media_type_header_exception')
    return new InputError('unsupported-server', {
      expected: 'Elasticsearch 8.19 or 9',
      found: `a server that does not speak version 8: ${reason}`,
      fix: 'Point ELASTICSEARCH_URL at an Elasticsearch of these versions, or upgrade this one.',
    });
  return undefined;
};

/**
 * Only a 4xx answer that names a cause proves that nothing was done. 429 does not prove it: the cluster was too busy
 * for a part of the work.
 */
const fateOfAnswer = ({ status, cause }: FailedAnswer): RequestFate => {
  if (cause === undefined) return 'unknown';
  return status >= 400 && status < 500 && status !== 408 && status !== 429 ? 'refused' : 'ended';
};

const fromResponse = (error: errors.ResponseError, doing: string): RetentionError => {
  const answer = failedAnswerOf(error);
  const refused = refusedInput(answer, doing);
  if (refused !== undefined) return refused;
  const { status, cause, type, reason } = answer;
  if (GATEWAY.has(status) && cause === undefined)
    return new TransientError('no-server', {
      expected: `an Elasticsearch that answers while ${doing}`,
      found: `HTTP ${status} from something in front of it`,
      fix: 'If this persists, look at the proxy or load balancer.',
    });
  if (status === 429 && type === 'cluster_block_exception')
    return new TransientError(
      'flood-stage',
      {
        expected: `an index that can be written to, for ${doing}`,
        found: reason,
        fix: 'Free disk space, or let a run drop whole expired indices: that still works.',
      },
      { requestFate: 'ended' },
    );
  return new TransientError(
    status === 409 ? 'conflict' : BUSY.has(status) ? 'store-busy' : type,
    {
      expected: `Elasticsearch to carry out the request (${doing})`,
      found: answered(error),
      fix: BUSY.has(status) ? fixOfBusy(cause) : fixOf(cause),
    },
    { requestFate: fateOfAnswer(answer) },
  );
};

/**
 * Turns any error of the client into one of our three classes, and adds which work failed. The client's error is not
 * kept as the cause: it contains the whole request, including every subject, and would be logged.
 */
const explainFailure = (thrown: unknown, doing: string): RetentionError => {
  if (thrown instanceof InputError || thrown instanceof TransientError) return thrown;
  if (thrown instanceof errors.ProductNotSupportedError)
    return new InputError('unsupported-server', {
      expected: 'Elasticsearch 8.19 or 9',
      found: 'a server that does not say it is Elasticsearch (OpenSearch does not)',
      fix: 'OpenSearch and other forks are not supported: point ELASTICSEARCH_URL at an Elasticsearch.',
    });
  if (thrown instanceof errors.ResponseError) return fromResponse(thrown, doing);
  if (thrown instanceof errors.ConnectionError && isConnectTimeout(thrown.message))
    return new TransientError('timeout', {
      expected: `a connection in time while ${doing}`,
      found: 'none',
      fix: CHECK_ADDRESS,
    });
  if (thrown instanceof errors.TimeoutError)
    return new TransientError('timeout', {
      expected: `an answer in time while ${doing}`,
      found: 'none',
      fix: 'The next run continues; if this persists, look at the load of the cluster.',
    });
  const { found, fix } = connectionFailure(messageOf(thrown));
  return new TransientError('no-server', {
    expected: `an Elasticsearch that answers while ${doing}`,
    found: thrown instanceof errors.DeserializationError ? 'an answer that is not JSON' : found,
    fix,
  });
};

/**
 * The error for an item of a bulk request for which the cluster was too busy; undefined for any other failed item. The
 * whole answer has the status 200, so nothing else notices it.
 */
export const busyItem = (
  { status, error }: Pick<estypes.BulkResponseItem, 'status' | 'error'>,
  doing: string,
): TransientError | undefined =>
  error === undefined || !BUSY.has(status) || error.type === 'cluster_block_exception'
    ? undefined
    : new TransientError('store-busy', {
        expected: `Elasticsearch to carry out the request (${doing})`,
        found: `HTTP ${status} ${errorText(error)}`,
        fix: fixOfBusy(error),
      });

/** Whether somebody else has written the document first. */
export const isConflict = (error: unknown): boolean => error instanceof TransientError && error.code === 'conflict';

const RETRIED = new Set(['store-busy', 'no-server', 'timeout']);

/**
 * Retries after a {@link TransientError} with one of these codes, with backoff and jitter, for at most the time of one
 * request.
 */
export const backoff = (requests: RequestPolicy, retried: ReadonlySet<string>): PRetryOptions => ({
  retries: requests.retries ?? 4,
  minTimeout: requests.firstWait ?? 250,
  randomize: true,
  maxRetryTime: Math.max(0, requests.timeout()),
  shouldRetry: ({ error }) => error instanceof TransientError && retried.has(error.code),
});

/**
 * Sends one request that may be sent twice: a read, or a write whose repetition changes nothing. Retries with backoff
 * and jitter, for at most the time of one request.
 * @throws InputError | TransientError as {@link explainFailure} makes them.
 */
export const request = async <T>(
  requests: RequestPolicy,
  doing: string,
  send: (options: RequestOptions) => Promise<T>,
): Promise<T> => pRetry(() => requestOnce(requests, doing, send), backoff(requests, RETRIED));

/**
 * Sends a request that must not be repeated automatically: a drop, a delete-by-query, a conditional write.
 * @throws TransientError `out-of-time`; InputError | TransientError as {@link explainFailure} makes them.
 */
export const requestOnce = async <T>(
  requests: RequestPolicy,
  doing: string,
  send: (options: RequestOptions) => Promise<T>,
): Promise<T> => {
  const requestTimeout = requests.timeout();
  if (requestTimeout <= 0)
    throw new TransientError(
      'out-of-time',
      {
        expected: `time left while ${doing}`,
        found: 'none',
        fix: 'The next run continues.',
      },
      { requestFate: 'unsent' },
    );
  try {
    return await send({ requestTimeout, maxRetries: 0 });
  } catch (thrown) {
    throw explainFailure(thrown, doing);
  }
};
