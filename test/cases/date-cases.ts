import { clockAhead } from '../support/server/clock-ahead.ts';
import { ago, DONE_OR_LEFT, index, LEFT, plan, purge, type SafeguardCase, verify } from './safeguard-case.ts';

const CATEGORY = 'backend-logs';
const A = 'trtc-backend-log-a';
const B = 'trtc-backend-log-b';
const ALL = 'trtc-backend-log-*';

const old = { '@timestamp': ago('20d') };
const live = { '@timestamp': ago('1d') };

/** A document with an impossible date stays and is reported. Everything else that is expired is purged. */
const impossibleDate = (name: string, timestamp: unknown): SafeguardCase => ({
  name: `a timestamp of ${name} does not stop the purge of its own index or of another`,
  indices: { [A]: index({ odd: { '@timestamp': timestamp }, gone: old }), [B]: index({ old, live }) },
  steps: [
    { run: plan(CATEGORY), exit: DONE_OR_LEFT, never: /no-server|unexpected|Invalid time/ },
    { run: purge(CATEGORY), exit: LEFT, says: /undatable/, never: /no-server|unexpected|Invalid time/ },
    { run: verify(CATEGORY), exit: LEFT, says: /undatable/ },
  ],
  left: { [ALL]: ['odd', 'live'] },
});

/** Purges one index with this format of the timestamp, and checks which documents are left. */
const precision = (
  name: string,
  documents: Readonly<Record<string, unknown>>,
  left: readonly string[],
  format?: string,
): SafeguardCase => ({
  name,
  indices: {
    [A]: index(
      Object.fromEntries(Object.entries(documents).map(([id, timestamp]) => [id, { '@timestamp': timestamp }])),
      format === undefined ? {} : { '@timestamp': { type: 'date', format } },
    ),
    // Without a younger neighbour an index is emptied rather than dropped.
    [B]: index({ live }),
  },
  steps: [{ run: purge(CATEGORY), exit: DONE_OR_LEFT }],
  left: { [A]: left },
});

const day = (text: string): string => ago(text).slice(0, 10);
const month = (text: string): string => ago(text).slice(0, 7);

/** A date counts only if it is the document's own, only as precisely as it was written, and by two clocks. */
export const DATE_CASES: readonly SafeguardCase[] = [
  impossibleDate('Long.MAX', '9223372036854775807'),
  impossibleDate('nanoseconds in a millisecond field', '1795845865800802560'),
  impossibleDate('a long before any year', '-9000000000000000000'),
  {
    name: 'a null_value in the mapping dates no document',
    indices: {
      [A]: index(
        { n1: { '@timestamp': null, event: { ingested: ago('1m') } }, n2: { '@timestamp': null } },
        { '@timestamp': { type: 'date', null_value: '2016-01-01T00:00:00Z' } },
      ),
    },
    steps: [{ run: purge(CATEGORY), exit: DONE_OR_LEFT }],
    left: { [ALL]: ['n1', 'n2'] },
  },
  precision('a month counts to its end', { m: month('0d') }, ['m'], 'yyyy-MM'),
  precision('a document whose month ended long ago is deleted', { m: month('60d') }, [], 'yyyy-MM'),
  precision('a day format counts to the end of the day', { d: day('14d'), old: day('16d') }, ['d'], 'yyyy-MM-dd'),
  precision('a year counts to its end', { y: ago('0d').slice(0, 4) }, ['y'], 'yyyy'),
  precision(
    'a day without a time, in a field of the default format, counts to its end',
    { d: day('14d'), old: ago('20d') },
    ['d'],
  ),
  precision(
    'a month without a day, in a field of the default format, counts to its end',
    { m: month('14d'), old: ago('60d') },
    ['m'],
  ),
  {
    name: 'a document of a device with a clock years behind stays if it was stored a minute ago',
    indices: {
      [A]: index({
        d: { '@timestamp': '2020-01-01T00:03:10Z', event: { ingested: ago('1m') } },
        both: { '@timestamp': '2020-01-01T00:03:10Z', event: { ingested: ago('15d') } },
        live,
      }),
    },
    steps: [{ run: purge(CATEGORY), exit: DONE_OR_LEFT, says: /behind-ingestion/ }],
    left: { [ALL]: ['d', 'live'] },
  },
  {
    name: 'the output has the number of documents that were removed',
    indices: {
      [A]: index(
        { live },
        {},
        {
          many: [
            [12_000, old],
            [12_000, { '@timestamp': ago('16d') }],
            [20, { '@timestamp': [ago('20d'), ago('16d')] }],
          ],
        },
      ),
    },
    steps: [{ run: purge(CATEGORY), says: /24,020 documents/ }],
    left: { [ALL]: ['live'] },
  },
  {
    name: 'a clock 13.5 days ahead of the server deletes nothing',
    indices: {
      [A]: index({
        h20: { '@timestamp': ago('20h') },
        d3: { '@timestamp': ago('3d') },
        m1: { '@timestamp': ago('1m') },
      }),
    },
    steps: [{ run: purge(CATEGORY), exit: [1, 2, 3], says: /clock/, environment: clockAhead(13.5 * 86_400_000) }],
    left: { [ALL]: ['h20', 'd3', 'm1'] },
  },
];
