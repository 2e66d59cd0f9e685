import { errors } from '@elastic/elasticsearch';
import pRetry, { type Options as PRetryOptions } from 'p-retry';
import { InputError, messageOf, type RetentionError, TransientError } from '../../../purge/errors.ts';
import { failureWords, shortened, wordsOf } from './error-words.ts';
import { fixOf, fixOfBusy } from './fixes.ts';

/** How one conversation with Elasticsearch is held: how long a request may take, and how often it is tried again. */
export interface RequestPolicy {
  /** Milliseconds that the next request may take; asked before each. */
  readonly timeout: () => number;
  /** Tries after the first, on 429, 502, 503, 504 and connection loss. Default: 4. */
  readonly retries?: number;
  /** First pause in milliseconds; doubled each time, with jitter. Default: 250. */
  readonly firstPause?: number;
}

/** The options that every client call takes. The client itself never retries: only we know what may be sent twice. */
export interface RequestOptions {
  readonly requestTimeout: number;
  readonly maxRetries: 0;
}

const BUSY = new Set([429, 502, 503, 504]);
/** What a proxy says when Elasticsearch did not answer it. */
const GATEWAY = new Set([502, 503, 504]);

/** What an answer says that is no success, as far as it may be told. */
const answered = ({ body, statusCode }: errors.ResponseError): string => {
  if (body?.error?.type !== undefined) return `HTTP ${statusCode} ${wordsOf(body.error)}`;
  return `HTTP ${statusCode}${Array.isArray(body?.failures) ? `, ${failureWords(body.failures)}` : ''}`;
};

/** What explains an answer that is no success. */
interface Refusal {
  readonly status: number;
  readonly cause: errors.ResponseError['body'];
  readonly type: string;
  readonly reason: string;
  /** The answer says for some documents or shards why they failed. */
  readonly namesFailures: boolean;
}

const refusalOf = (error: errors.ResponseError): Refusal => {
  const cause = error.body?.error;
  return {
    status: error.statusCode ?? 0,
    cause,
    type: cause?.type ?? 'no error type',
    reason: shortened(cause?.root_cause?.[0]?.reason ?? cause?.reason ?? answered(error)),
    namesFailures: Array.isArray(error.body?.failures),
  };
};

/** The answer to a HEAD request has no body that could name the exception. One that names failures says why: a block, as a rule. */
const isForbidden = ({ status, cause, type, namesFailures }: Refusal): boolean =>
  status === 403 && (type === 'security_exception' || (cause === undefined && !namesFailures));

/** Faults of the input: the same request would be refused again. */
const refusedInput = (refusal: Refusal, doing: string): InputError | undefined => {
  const { status, type, reason } = refusal;
  if (status === 401)
    return new InputError('wrong-key', {
      expected: 'an API key (ELASTICSEARCH_API_KEY), or a user and password, that the cluster knows',
      found: `401 while ${doing}`,
      fix: 'Check that the key is the encoded one, belongs to this cluster and has not expired or been revoked; or the password.',
    });
  if (isForbidden(refusal))
    return new InputError('missing-privilege', {
      expected: `a key that has the privilege for the request (${doing})`,
      found: reason,
      fix: "Give the key's role the privilege that the answer names.",
    });
  if (type === 'media_type_header_exception')
    return new InputError('unsupported-server', {
      expected: 'Elasticsearch 8.19 or 9',
      found: `a server that does not speak version 8: ${reason}`,
      fix: 'Point ELASTICSEARCH_URL at an Elasticsearch of these versions, or upgrade this one.',
    });
  return undefined;
};

const fromResponse = (error: errors.ResponseError, doing: string): RetentionError => {
  const refusal = refusalOf(error);
  const refused = refusedInput(refusal, doing);
  if (refused !== undefined) return refused;
  const { status, cause, type, reason } = refusal;
  if (GATEWAY.has(status) && cause === undefined)
    return new TransientError('no-server', {
      expected: `an Elasticsearch that answers while ${doing}`,
      found: `HTTP ${status} from something before it`,
      fix: 'If it stays, look at the proxy or load balancer.',
    });
  if (status === 429 && type === 'cluster_block_exception')
    return new TransientError('flood-stage', {
      expected: `an index that can be written to, for ${doing}`,
      found: reason,
      fix: 'Free disk space, or let whole expired indices be dropped: that still works.',
    });
  return new TransientError(status === 409 ? 'conflict' : BUSY.has(status) ? 'store-busy' : type, {
    expected: `Elasticsearch to carry out the request (${doing})`,
    found: answered(error),
    fix: BUSY.has(status) ? fixOfBusy(cause) : fixOf(cause),
  });
};

/**
 * Turns whatever the client throws into one of our three branches, with what we were doing when it happened. The client's own
 * error does not go along as a cause: it carries the whole request, with every subject that was asked about, and is logged.
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
  if (thrown instanceof errors.TimeoutError)
    return new TransientError('timeout', {
      expected: `an answer in time while ${doing}`,
      found: 'none',
      fix: 'The next run goes on; if it stays, look at the load of the cluster.',
    });
  return new TransientError('no-server', {
    expected: `an Elasticsearch that answers while ${doing}`,
    found: thrown instanceof errors.DeserializationError ? 'an answer that is not JSON' : messageOf(thrown),
    fix: 'Check ELASTICSEARCH_URL, the network, and the CA (ELASTICSEARCH_CA) if the certificate is a private one.',
  });
};

/** Whether somebody else has written the document before us. */
export const isConflict = (error: unknown): boolean => error instanceof TransientError && error.code === 'conflict';

const RETRIED = new Set(['store-busy', 'no-server', 'timeout']);

/** Tries again after a {@link TransientError} with one of these codes: with backoff and jitter, for no longer than one request may take. */
export const backoff = (requests: RequestPolicy, retried: ReadonlySet<string>): PRetryOptions => ({
  retries: requests.retries ?? 4,
  minTimeout: requests.firstPause ?? 250,
  randomize: true,
  maxRetryTime: Math.max(0, requests.timeout()),
  shouldRetry: ({ error }) => error instanceof TransientError && retried.has(error.code),
});

/**
 * Sends one request that may be sent twice: reads, and writes whose repetition changes nothing. Tries again with
 * backoff and jitter, for no longer than one request may take.
 * @throws InputError | TransientError in the words of {@link explainFailure}.
 */
export const request = async <T>(
  requests: RequestPolicy,
  doing: string,
  send: (options: RequestOptions) => Promise<T>,
): Promise<T> => pRetry(() => requestOnce(requests, doing, send), backoff(requests, RETRIED));

/** Sends a request that must not be sent twice by itself: a drop, a delete-by-query, a conditional write. */
export const requestOnce = async <T>(
  requests: RequestPolicy,
  doing: string,
  send: (options: RequestOptions) => Promise<T>,
): Promise<T> => {
  const requestTimeout = requests.timeout();
  if (requestTimeout <= 0)
    throw new TransientError('out-of-time', {
      expected: `time left while ${doing}`,
      found: 'none',
      fix: 'The next run goes on.',
    });
  try {
    return await send({ requestTimeout, maxRetries: 0 });
  } catch (thrown) {
    throw explainFailure(thrown, doing);
  }
};
