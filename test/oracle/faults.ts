import type { ConnectionRequestOptions, ConnectionRequestParams } from '@elastic/elasticsearch';
import {
  answers,
  busy,
  delayed,
  type Fault,
  losesAnswer,
  openWire,
  reset,
  timesOut,
  type Wire,
} from '../support/server/faulty-connection.ts';
import type { FaultKind, FaultStep, PlannedFault } from './plan.ts';

/** The requests of each step of the product. */
const lineOf = (step: FaultStep, id: string): RegExp => {
  const own = (kind: string): RegExp => new RegExp(`/retention-${id}-${kind}`);
  const on = (line: string): RegExp => new RegExp(line.replace('{}', `/${id}-`));
  switch (step) {
    case 'drop':
      return on('^DELETE {}');
    case 'delete':
      return on('^POST {}.*/_delete_by_query');
    case 'block':
      return on('^PUT {}.*/_block');
    case 'unblock':
      return on('^PUT {}.*/_settings');
    case 'count':
      return on('_msearch');
    case 'refresh':
      return on('{}.*/_refresh');
    case 'state':
      return on('^GET {}');
    case 'any':
      return /./;
    default:
      return own(step);
  }
};

const BUSY_OR_AWAY = new Set([429, 502, 503, 504]);

const SIMPLE: Readonly<Record<Exclude<FaultKind, 'arrives-later' | 'dies'>, Fault>> = {
  busy,
  unavailable: answers(503, 'unavailable_shards_exception'),
  cut: reset,
  'times-out': timesOut,
  'answer-lost': losesAnswer,
};

/** A connection on which planned faults happen. */
export interface DisturbedWire extends Wire {
  /** How often each kind of fault met a request. */
  readonly met: ReadonlyMap<FaultKind, number>;
  /** Requests that failed, planned or not: the server may be busy by itself. */
  readonly failed: () => number;
  /** Lets late requests arrive. */
  readonly deliver: () => Promise<void>;
}

/**
 * Opens a connection with the planned faults.
 * @param first defines what happens before them: of all that fits a request, only the first happens.
 */
export const disturbedWire = (
  id: string,
  faults: readonly PlannedFault[],
  first: (wire: Wire) => void = () => undefined,
): DisturbedWire => {
  const wire = openWire();
  first(wire);
  const met = new Map<FaultKind, number>();
  const late: (() => Promise<void>)[] = [];
  const counted =
    (kind: FaultKind, fault: Fault): Fault =>
    (send, body) => {
      met.set(kind, (met.get(kind) ?? 0) + 1);
      return fault(send, body);
    };
  const add = ({ step, fault, skip, times }: PlannedFault): void => {
    const line = lineOf(step, id);
    if (fault === 'dies') {
      // From that request on, nothing comes through: the process has died.
      let isDead = false;
      const dies: Fault = (send, body) => {
        isDead = true;
        return reset(send, body);
      };
      const follows: Fault = (send, body) => (isDead ? reset(send, body) : send());
      wire.on(line, counted(fault, dies), { skip });
      wire.on(/./, follows, { times: Number.POSITIVE_INFINITY });
    } else if (fault === 'arrives-later') {
      for (let n = 0; n < Math.min(times, 2); n++) {
        const one = delayed();
        const arrives: Fault = (send, body) => {
          late.push(() => one.deliver());
          return one.fault(send, body);
        };
        wire.on(line, counted(fault, arrives), { skip });
      }
    } else wire.on(line, counted(fault, SIMPLE[fault]), { skip, times });
  };
  // A death fits every request after it.
  for (const fault of faults.toSorted((a, b) => Number(a.fault === 'dies') - Number(b.fault === 'dies'))) add(fault);
  let failed = 0;
  class CountingConnection extends wire.Connection {
    // biome-ignore lint/suspicious/noExplicitAny: the base class has an overload for streams, which we never ask for
    override async request(params: ConnectionRequestParams, options: ConnectionRequestOptions): Promise<any> {
      try {
        const answer = await super.request(params, options);
        if (BUSY_OR_AWAY.has(answer.statusCode)) failed += 1;
        return answer;
      } catch (error) {
        failed += 1;
        throw error;
      }
    }
  }
  return {
    ...wire,
    Connection: CountingConnection,
    met,
    failed: () => failed,
    deliver: async () => {
      for (const each of late.splice(0)) await each();
    },
  };
};
