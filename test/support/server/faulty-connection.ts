import type {
  ConnectionRequestOptions,
  ConnectionRequestParams,
  ConnectionRequestResponse,
} from '@elastic/elasticsearch';
import { errors, UndiciConnection } from '@elastic/elasticsearch';

type Answer = ConnectionRequestResponse;

/** The fault of a request, instead of just sending it. `send` sends it to the real server. */
export type Fault = (send: () => Promise<Answer>, body: string) => Promise<Answer>;

/** The requests that a fault applies to: `times` of them (default: one), after the first `skip` (default: none). */
interface When {
  readonly times?: number;
  readonly skip?: number;
}

/** A connection between the client and the real server. It counts requests, and a test can define faults. */
export interface Wire {
  /** The option for the client: `newClient({ Connection: wire.Connection })`. */
  readonly Connection: typeof UndiciConnection;
  /**
   * Defines a fault for requests whose line matches, such as `DELETE /index?timeout=1s`. If several match, the first
   * one applies.
   */
  readonly on: (line: RegExp, fault: Fault, when?: When) => void;
  /** The lines of all requests that the client sent, whether or not they failed. */
  readonly sent: (line: RegExp) => readonly string[];
}

interface Rule {
  readonly line: RegExp;
  readonly fault: Fault;
  skip: number;
  times: number;
}

/** Makes a {@link Wire} without faults. */
export const openWire = (): Wire => {
  const lines: string[] = [];
  const rules: Rule[] = [];

  const ruleFor = (line: string): Rule | undefined => {
    for (const rule of rules) {
      if (rule.times === 0 || !rule.line.test(line)) continue;
      if (rule.skip === 0) {
        rule.times -= 1;
        return rule;
      }
      rule.skip -= 1;
    }
    return undefined;
  };

  class FaultyConnection extends UndiciConnection {
    // biome-ignore lint/suspicious/noExplicitAny: the base class has an overload for streams, which we never ask for
    override async request(params: ConnectionRequestParams, options: ConnectionRequestOptions): Promise<any> {
      const line = `${params.method} ${decodeURIComponent(params.path)}?${params.querystring ?? ''}`;
      lines.push(line);
      const send = () => super.request(params, options);
      const rule = ruleFor(line);
      return rule === undefined ? send() : rule.fault(send, String(params.body ?? ''));
    }
  }

  return {
    Connection: FaultyConnection,
    on: (line, fault, { times = 1, skip = 0 } = {}) => rules.push({ line, fault, times, skip }),
    sent: (line) => lines.filter((each) => line.test(each)),
  };
};

/** The headers by which the client recognizes Elasticsearch. */
const HEADERS = { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' };

/** Answers without sending the request. An error type is turned into Elasticsearch's usual body. */
export const answers =
  (status: number, body: object | string): Fault =>
  async () => {
    const error = { type: body, reason: 'scripted', root_cause: [{ type: body, reason: 'scripted' }] };
    return {
      statusCode: status,
      headers: HEADERS,
      body: JSON.stringify(typeof body === 'string' ? { status, error } : body),
    };
  };

/** The server is too busy, and has done nothing. */
export const busy: Fault = answers(429, 'es_rejected_execution_exception');

/** The connection ends before the request is sent. */
export const reset: Fault = async () => {
  throw new errors.ConnectionError('read ECONNRESET');
};

/** The request times out and never arrives. */
export const timesOut: Fault = async () => {
  throw new errors.TimeoutError('Request timed out');
};

/** The request is executed, but its answer is lost. */
export const losesAnswer: Fault = async (send) => {
  await send();
  throw new errors.ConnectionError('read ECONNRESET');
};

/** The client's request times out. It arrives later, when the test calls `deliver`. */
export const delayed = (): { fault: Fault; deliver: () => Promise<void> } => {
  const { promise: delivered, resolve: deliver } = Promise.withResolvers<void>();
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  const fault: Fault = (send) => {
    void delivered
      .then(send)
      .catch(() => undefined)
      .then(() => arrive());
    return Promise.reject(new errors.TimeoutError('Request timed out'));
  };
  return {
    fault,
    deliver: () => {
      deliver();
      return arrived;
    },
  };
};

/** Runs something before the request is sent. */
export const before =
  (act: () => unknown): Fault =>
  async (send) => {
    await act();
    return send();
  };

/** Runs something after the request is executed, before the client gets the answer. */
export const after =
  (act: () => unknown): Fault =>
  async (send) => {
    const answer = await send();
    await act();
    return answer;
  };

/** Executes the request, and changes its answer. */
export const rewrites =
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server answers
    (change: (body: any) => void): Fault =>
    async (send) => {
      const answer = await send();
      const body = JSON.parse(answer.body.toString());
      change(body);
      return { ...answer, headers: HEADERS, body: JSON.stringify(body) };
    };

/** In a `_msearch`, the first search that reads the accounts of documents times out; the others are answered. */
export const lookTimesOut: Fault = (send, body) => {
  const bodies = body.split('\n').filter((_, at) => at % 2 === 1);
  const slow = bodies.findIndex((each) => each.includes('"timeout":"20s"'));
  return slow < 0 ? send() : rewrites(({ responses }) => (responses[slow].timed_out = true))(send, body);
};
