import { ago, DONE_OR_LEFT, index, LEFT, plan, purge, type SafeguardCase, verify } from './safeguard-case.ts';

const CATEGORY = 'backend-logs';
const A = 'trtc-backend-log-a';

const old = { '@timestamp': ago('20d') };
const live = { '@timestamp': ago('1d') };
const PLAIN = index({});

/** Messages about indices are true, and their advice works. */
export const INDEX_CASES: readonly SafeguardCase[] = [
  {
    name: 'verify does not call the promises kept if the cluster has none of the indices',
    steps: [
      { run: ['verify'], exit: LEFT, never: /Kept: 7 of 7/, says: /127\.0\.0\.1/ },
      { run: ['verify', '--allow-empty'], never: /Kept: 7 of 7/ },
    ],
  },
  {
    name: 'verify names an index that looks like one of a category but belongs to none',
    indices: {
      'trtc-backend_log-2026.09.01': index({ s: { '@timestamp': ago('80d'), uin: '42', sdkAppId: '1' } }),
      [A]: index({ live }),
    },
    steps: [{ run: ['verify'], exit: DONE_OR_LEFT, says: /trtc-backend_log-2026\.09\.01/ }],
  },
  {
    name: 'backfill-dates refuses an index whose documents would lose fields in an update',
    indices: { [A]: index({ u: { uin: '42', m: 1 } }, {}, { mappings: { _source: { excludes: ['uin'] } } }) },
    steps: [{ run: ['backfill-dates', '--category', CATEGORY, '--ingested-at', ago('2d'), '--execute'], exit: [1, 3] }],
    after: { [`/${A}/_count?q=uin:42`]: /"count":1/ },
  },
  {
    name: 'an upgraded index behind an alias of its old name is purged once its write block is lifted',
    policy: [['indices: [trtc-backend-log-*]', 'indices: [trtc-backend-log-*, reindexed-v9-*]']],
    indices: { 'reindexed-v9-trtc-backend-log-1': index({ o1: old, o2: old }) },
    setup: [
      [
        'POST',
        '/_aliases',
        { actions: [{ add: { index: 'reindexed-v9-trtc-backend-log-1', alias: 'trtc-backend-log-1' } }] },
      ],
    ],
    steps: [
      {
        run: plan(CATEGORY),
        exit: DONE_OR_LEFT,
        afterwards: [['PUT', '/reindexed-v9-trtc-backend-log-1/_settings', { 'index.blocks.write': true }]],
      },
      {
        run: purge(CATEGORY),
        exit: DONE_OR_LEFT,
        never: /until every document in it is expired/,
        afterwards: [['PUT', '/reindexed-v9-trtc-backend-log-1/_settings', { 'index.blocks.write': null }]],
      },
      { run: purge(CATEGORY) },
    ],
    left: { 'reindexed-v9-*': [] },
  },
  {
    name: 'a plan names an index that was emptied and that nobody writes to any more',
    indices: { 'trtc-backend-log-1': index({ o1: old }) },
    setup: [
      ['POST', '/_aliases', { actions: [{ add: { index: 'trtc-backend-log-1', alias: 'w', is_write_index: true } }] }],
    ],
    steps: [
      { run: purge(CATEGORY), exit: DONE_OR_LEFT },
      {
        run: verify(CATEGORY),
        exit: DONE_OR_LEFT,
        afterwards: [
          ['PUT', '/trtc-backend-log-2', { mappings: PLAIN.mappings, settings: { number_of_replicas: 0 } }],
          [
            'POST',
            '/_aliases',
            {
              actions: [
                { add: { index: 'trtc-backend-log-1', alias: 'w', is_write_index: false } },
                { add: { index: 'trtc-backend-log-2', alias: 'w', is_write_index: true } },
              ],
            },
          ],
          ['PUT', '/trtc-backend-log-2/_doc/l?refresh=true', live],
        ],
      },
      { run: plan(CATEGORY), exit: DONE_OR_LEFT, says: /emptied/ },
    ],
  },
  {
    name: 'a newline at the end of the API key is not blamed on the network',
    indices: { [A]: index({ live }) },
    steps: [
      {
        run: verify(CATEGORY),
        environment: { ELASTICSEARCH_API_KEY: 'YWJjOmRlZg==\n' },
        exit: [0, 1, 2],
        never: /Check ELASTICSEARCH_URL, the network/,
      },
    ],
  },
];
