import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { costOf, PRICE } from '../../bench/page/cost-section.ts';
import type { Circumstances, Comparison, Felt, Found, GrowthCurve, Measured } from '../../bench/page/found.ts';
import { readFound } from '../../bench/page/found.ts';
import { pageOf } from '../../bench/page/page.ts';

const circumstances: Circumstances = {
  isQuick: false,
  at: '2026-11-29T21:07:00.000Z',
  minutes: 3,
  commit: 'abc1234',
  machine: '2 × Some, 24 GB',
  load: [0.4, 2.1],
  elasticsearch: '9.4.3',
  heap: '1g',
  node: '24.21.0',
};

const took = (seconds: number, more: Partial<Measured> = {}): Measured => ({ seconds, serverProcessor: 1, ...more });

const boundary: Comparison = {
  title: 'Boundary: 300 of 600 documents',
  due: 300,
  ways: [
    { name: 'es-retention', rounds: [3, 2, 4].map((net) => took(net + 1, { net, peakMegabytes: 100 + net })) },
    { name: 'es-retention --no-throttle', rounds: [took(1.6, { net: 1 })] },
    { name: 'delete-by-query with default settings', rounds: [took(6), took(5)] },
    { name: 'delete-by-query with scroll_size 10,000', rounds: [took(1.5)] },
    { name: 'Curator', rounds: [took(0.1, { left: 300 })] },
  ],
  notes: ['Something else.'],
};

const window = (way: string, p50: number, p99: number, rate?: number): Felt => ({
  way,
  p50,
  p99,
  seconds: 60,
  searches: 3_000,
  ...(rate !== undefined && { rate }),
});

const felt = (windows: readonly Felt[]) => ({
  circumstances,
  found: { documents: 1_000, searchesPerSecond: 50, windows },
});

const curve: GrowthCurve = {
  of: 'documents',
  works: { plan: 'of a category', purge: 'half are due' },
  points: [10, 100, 1_000].map((size) => ({
    size,
    works: { plan: took(2, { net: 1, requests: 7, peakMegabytes: 90 }), purge: took(size, { net: size ** 0.5 }) },
  })),
  stopped: 'there was no time',
};

const linesOf = (found: Found): readonly string[] => pageOf(found).text.split('\n');

describe('the page about a comparison', () => {
  const lines = linesOf({ boundary: { circumstances, found: [boundary] } });

  test('shows medians with their spread, and the most memory', () => {
    expect(lines).toContain('| es-retention | 4.0 (3.0–5.0) | 3.0 (2.0–4.0) | – | 1.0 (1.0–1.0) | – | 104 |');
  });

  test('says which wanted speeds were reached and which were not', () => {
    expect(lines).toContain(
      '- Wanted, net: 1.5 × the speed of: delete-by-query with default settings. Measured: 1.8 × by es-retention, 5.5 × by es-retention --no-throttle.',
    );
    expect(lines).toContain(
      '- Wanted, net: 1 × the speed of: delete-by-query with scroll_size 10,000. Measured: 0.5 × (**not reached**) by es-retention, 1.5 × by es-retention --no-throttle.',
    );
  });

  test('says how many due documents a tool leaves, and shows the notes', () => {
    expect(lines).toContain('- Curator leaves 300 documents that are due.');
    expect(lines).toContain('- Something else.');
  });

  test('has a plot of our speed beside that of the fastest tool that leaves no due documents', () => {
    const [plot] = pageOf({ boundary: { circumstances, found: [boundary] } }).plots;
    expect(plot?.file).toBe('benchmarks-ratios.svg');
    expect(plot?.svg).toContain(
      'es-retention beside delete-by-query with scroll_size 10,000: <tspan font-weight="600">0.5 ×',
    );
    expect(plot?.svg).not.toContain('Curator');
  });
});

describe('the page', () => {
  const other = { ...circumstances, at: '2026-11-30T05:00:00.000Z', isQuick: true, machine: '4 × Other, 8 GB' };

  test('names the machine once if it is the same for all parts', () => {
    const text = pageOf({ plan: { circumstances, found: [] }, boundary: { circumstances, found: [boundary] } }).text;
    expect(text.match(/2 × Some, 24 GB/g)).toHaveLength(1);
    expect(text).toContain('- Machine: 2 × Some, 24 GB.');
  });

  test('says of each part when and where it was measured if they differ', () => {
    const plan = { circumstances: other, found: [{ ...boundary, title: 'Plan' }] };
    const { text } = pageOf({ plan, boundary: { circumstances, found: [boundary] } });
    expect(text).toContain('Measured 2026-11-29 at 21:07 UTC in 3 minutes, full sizes, commit abc1234,');
    expect(text).toContain('Measured 2026-11-30 at 05:00 UTC in 3 minutes, **small sizes**, commit abc1234,');
    expect(text).toContain('2 × Some, 24 GB, load 0.4 at the beginning and 2.1 at the end.');
    expect(text).toContain('4 × Other, 8 GB, load 0.4 at the beginning and 2.1 at the end.');
  });

  test('and its plots match the published numbers (if not: npm run bench:page)', () => {
    const { text, plots } = pageOf(readFound('docs'));
    expect(readFileSync('docs/benchmarks.md', 'utf8')).toBe(text);
    expect(plots.length).toBeGreaterThan(0);
    for (const { file, svg } of plots) expect(readFileSync(join('docs/images', file), 'utf8')).toBe(svg);
    const files = readdirSync('docs/images').filter((name) => name.startsWith('benchmarks-'));
    expect(files.sort()).toEqual(plots.map(({ file }) => file).sort());
  });
});

describe('the page about neighbours', () => {
  const windows = [
    window('no purge', 4, 10),
    window('no purge', 4, 12),
    window('es-retention', 4.4, 11, 6_000),
    window('fixed pace, 2000', 4, 20, 1_990),
    window('fixed pace, 4000', 5, 40, 3_900),
  ];

  test('compares searches during a purge with those without', () => {
    const lines = linesOf({ neighbours: felt(windows) });
    expect(lines).toContain('| no purge | 4.0 (4.0–4.0) | 11.0 (10.0–12.0) | – |');
    expect(lines).toContain(
      '- Wanted, with the throttle: p50 within 5 % of the one without a purge. Measured: +10 %, **not reached**.',
    );
    expect(lines).toContain(
      '- Wanted, with the throttle: p99 not above those without a purge (at most 12.0 ms). Measured: 11.0 ms.',
    );
    expect(lines).toContain('- Wanted, with the throttle: 5,000 documents/s. Measured: 6,000.');
  });

  test('draws ways of one kind as one series over the rate of deletion', () => {
    const [p99, p50] = pageOf({ neighbours: felt(windows) }).plots;
    expect([p99?.file, p50?.file]).toEqual(['benchmarks-p99.svg', 'benchmarks-p50.svg']);
    expect(p99?.svg.match(/<text [^>]*>fixed pace<\/text>/g)).toHaveLength(1);
    expect(p99?.svg.match(/<circle /g)).toHaveLength(4 + 3);
    expect(p99?.svg).toContain('deleted documents a second');
    expect(p99?.svg).toContain('p99 of searches, ms');
  });
});

describe('the page about the equivalence', () => {
  const pairs = (busy: (at: number) => readonly [p50: number, p99: number]): readonly Felt[] =>
    Array.from({ length: 10 }, (_, at) => [
      window('no purge', 4, at % 2 === 0 ? 10 : 12),
      window('es-retention', ...busy(at), 6_000),
    ]).flat();

  test('says that both are the same if all windows are alike', () => {
    const lines = linesOf({ equivalence: felt(pairs((at) => [4.1, at % 2 === 0 ? 11 : 12])) });
    expect(lines).toContain('| p50 | 1.025 | 1.025 to 1.025 (97.9 %) | 0.950 to 1.050 | the same |');
    expect(lines).toContain('| p99 | 1.050 | 1.000 to 1.100 (97.9 %) | 0.833 to 1.200 | the same |');
  });

  test('says that they differ if most windows are slower than the band', () => {
    const lines = linesOf({ equivalence: felt(pairs((at) => [at === 0 ? 4 : 5, 30])) });
    expect(lines).toContain('| p50 | 1.250 | 1.250 to 1.250 (97.9 %) | 0.950 to 1.050 | **different** |');
    expect(lines).toContain('| p99 | 2.750 | 2.500 to 3.000 (97.9 %) | 0.833 to 1.200 | **different** |');
  });

  test('says neither if the windows scatter over the edge of the band', () => {
    const lines = linesOf({ equivalence: felt(pairs((at) => [at % 2 === 0 ? 4 : 5, 11])) });
    expect(lines).toContain(
      '| p50 | 1.125 | 1.000 to 1.250 (97.9 %) | 0.950 to 1.050 | **not shown to be the same** |',
    );
  });

  test('does not show equivalence from only two pairs, however alike they are', () => {
    const lines = linesOf({ equivalence: felt(pairs(() => [4, 11]).slice(0, 4)) });
    expect(lines).toContain(
      '| p50 | 1.000 | 1.000 to 1.000 (50.0 %) | 0.950 to 1.050 | **not shown to be the same** |',
    );
  });
});

describe('the page about growth', () => {
  const { text, plots } = pageOf({ growth: { circumstances, found: [curve] } });

  test('has the exponent of each measure, and says why measuring stopped', () => {
    expect(text).toContain('| purge | 0.50 (last step 0.50; R² 1.00) | – | – |');
    expect(text).toContain('| plan | 0.00 (last step 0.00; R² 1.00) | 0.00 (last step 0.00; R² 1.00) |');
    expect(text).toContain('| 1,000 | purge | 31.6 | – | – |');
    expect(text).toContain('Larger sizes were not measured: there was no time.');
  });

  test('has a plot with the points and the fitted laws', () => {
    expect(plots.map(({ file }) => file)).toEqual(['benchmarks-growth-documents.svg']);
    expect(plots[0]?.svg).toContain('purge: exponent 0.50');
    expect(plots[0]?.svg.match(/stroke-dasharray/g)).toHaveLength(2);
    expect(plots[0]?.svg).not.toContain('NaN');
  });
});

describe('the cost of a million documents', () => {
  test('is seconds times gigabytes times the price', () => {
    const { seconds, dollars } = costOf('a path', 5_000, 512);
    expect(seconds).toBe(200);
    expect(dollars).toBeCloseTo(100 * PRICE.dollars, 12);
  });

  test('is computed from the medians of the measured ways', () => {
    // 300 documents in 3 s net, so that a million needs 10,000 s.
    const { text } = pageOf({ boundary: { circumstances, found: [boundary] } });
    expect(text).toContain('| deleted in the index (boundary), with the throttle | 100 | 10,000 | $0.13 |');
    expect(text).not.toContain('whole indices are dropped');
  });
});

test('every plot has a title, a role, a light background and units', () => {
  const { plots } = pageOf({
    boundary: { circumstances, found: [boundary] },
    neighbours: felt([window('no purge', 4, 10), window('es-retention', 4, 11, 6_000)]),
    growth: { circumstances, found: [curve] },
  });
  expect(plots).toHaveLength(4);
  for (const { svg, title } of plots) {
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" role="img" aria-labelledby="title"/);
    expect(svg).toContain(`<title id="title">${title}</title>`);
    expect(svg).toContain('fill="#ffffff"');
    expect(svg).toMatch(/seconds|ms|a second/);
    expect(svg).not.toContain('NaN');
  }
});
