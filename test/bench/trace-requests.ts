import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import type { RequestTrace, TracedKind, TracedRequest } from './request-trace.ts';

// Notes every request that a process sends to Elasticsearch, and writes a summary when it ends:
// TRACE_FILE=<file> node --import ./test/bench/trace-requests.ts <program>

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly contentLength: number | null;
}

const began = new Map<object, number>();
const kinds = new Map<string, TracedKind>();
const state = { firstAt: Number.NaN, reportClosedAt: Number.NaN };
const deletions: number[] = [];
const timeline: TracedRequest[] = [];

/** The last part of the path that says what a request does, with the kind of index: `_search retention-ledger`. */
const kindOf = ({ method, path }: Sent): string => {
  const [line = ''] = path.split('?');
  const parts = line.split('/').filter((part) => part !== '');
  const action =
    parts.find((part) => part.startsWith('_') && part !== '_doc') ?? (parts[1] === '_doc' ? '_doc' : 'index');
  const index = parts.find((part) => !part.startsWith('_'))?.split('.')[0] ?? '';
  return `${method} ${action} ${index.startsWith('retention-') ? index : index === '' ? '' : 'data'}`;
};

subscribe('undici:request:create', (message) => {
  const { request } = message as { request: Sent };
  began.set(request, performance.now());
  if (Number.isNaN(state.firstAt)) state.firstAt = performance.now();
  if (request.path.includes('/_delete_by_query')) deletions.push(Date.now());
});
subscribe('undici:request:trailers', (message) => {
  const { request } = message as { request: Sent };
  const at = performance.now();
  if (request.path.includes('/_delete_by_query')) deletions.push(Date.now());
  const kind = kindOf(request);
  const from = began.get(request) ?? at;
  timeline.push({ from: from - state.firstAt, to: at - state.firstAt, kind, path: request.path });
  const { count, milliseconds, bytes } = kinds.get(kind) ?? { count: 0, milliseconds: 0, bytes: 0 };
  kinds.set(kind, {
    count: count + 1,
    milliseconds: milliseconds + at - from,
    bytes: bytes + (request.contentLength ?? 0),
  });
  // The last document that a run writes into its reports closes the report. Receipts come after it.
  if (kind.includes('retention-reports') && request.method !== 'GET' && !kind.includes('_search'))
    state.reportClosedAt = at;
});

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const trace: RequestTrace = {
    startMilliseconds: state.firstAt,
    netMilliseconds: performance.now() - state.firstAt,
    purgeMilliseconds: state.reportClosedAt - state.firstAt,
    processorMilliseconds: (userCPUTime + systemCPUTime) / 1_000,
    ...(deletions.length > 0 && { deletions: [Math.min(...deletions), Math.max(...deletions)] as const }),
    peakMegabytes: Math.round(maxRSS / 1_024),
    timeline: timeline.sort((a, b) => a.from - b.from),
    kinds: Object.fromEntries([...kinds].sort(([, a], [, b]) => b.milliseconds - a.milliseconds)),
  };
  if (process.env.TRACE_FILE !== undefined) writeFileSync(process.env.TRACE_FILE, JSON.stringify(trace));
});
