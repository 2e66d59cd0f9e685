import { DAY } from '../../lib/policy/time/duration.ts';
import { type Instant, isoInstant } from '../../lib/policy/time/instant.ts';
import { CONFIGURATION, SEEDED_CATEGORIES, type SeededCategory } from './catalogue.ts';
import { APPLICATIONS, type Application } from './customers.ts';
import type { Random } from './random.ts';

const HOUR = DAY / 24;

/** The amount of data. */
export interface Size {
  /** The days that have an index, as numbers of days before today. */
  readonly days: readonly number[];
  /** Share of a day's ordinary documents that is written. */
  readonly share: number;
}

/** Today and the twenty days before it. */
export const THREE_WEEKS: Size = { days: Array.from({ length: 21 }, (_, daysAgo) => daysAgo), share: 1 };
/**
 * The days of the special cases, and a few more. With less data, the guard would refuse the runs, because they
 * would remove too large a share.
 */
export const A_FEW_DAYS: Size = { days: [0, 1, 12, 13, 14, 16, 17], share: 0.06 };
/** Documents of yesterday in an index of sixteen days ago, from a collector that never rolled over. */
export const NOT_ROLLED_OVER = { category: 'backend-logs', documents: 12, indexDaysAgo: 16 } as const;
/**
 * Lines from sixteen days ago that were stored twelve days ago, because the phones were offline. They are kept two more
 * days.
 */
export const OFFLINE_PHONES = { category: 'sdk-logs', documents: 40, indexDaysAgo: 12, daysAgo: 16 } as const;
/** Lines from phones with wrong clocks. Only their ingestion date is believable. */
export const WRONG_CLOCKS = {
  category: 'sdk-logs',
  timestamps: ['1970-01-01T00:04:11.000Z', '2099-12-31T23:10:05.000Z', '2099-12-31T23:10:09.000Z'],
  indexDaysAgo: 17,
} as const;

/** A document and its index: that of its category, `daysAgo` days back. */
export interface SeededDocument {
  readonly category: string;
  readonly indexDaysAgo: number;
  readonly source: Readonly<Record<string, unknown>>;
}

/** The start of the UTC day that was this many days ago. */
export const dayStart = (now: Instant, daysAgo: number): Instant => Math.floor(now / DAY) * DAY - daysAgo * DAY;

const pickApplication = (random: Random): Application =>
  random.pick(APPLICATIONS as readonly [Application, ...Application[]]);

const source = (
  category: SeededCategory,
  random: Random,
  timestamp: string,
  ingestedAt: Instant,
): SeededDocument['source'] => {
  const { uin, sdkAppId } = pickApplication(random);
  return {
    '@timestamp': timestamp,
    ...(category.ingested && { event: { ingested: isoInstant(ingestedAt) } }),
    uin,
    sdkAppId,
    ...category.fields(random),
  };
};

const at = (category: SeededCategory, random: Random, instant: Instant, late = random.between(200, 4_000)) =>
  source(category, random, isoInstant(instant), instant + late);

function* ordinaryDays(
  category: SeededCategory,
  random: Random,
  now: Instant,
  { days, share }: Size,
): Generator<SeededDocument> {
  for (const daysAgo of days) {
    const from = dayStart(now, daysAgo);
    const to = Math.min(from + DAY, now - 5_000);
    const documents = Math.floor((share * category.documentsPerDay * (to - from)) / DAY);
    for (let made = 0; made < documents; made += 1)
      yield {
        category: category.id,
        indexDaysAgo: daysAgo,
        source: at(category, random, from + random.next() * (to - from)),
      };
  }
}

function* oddities(category: SeededCategory, random: Random, now: Instant): Generator<SeededDocument> {
  if (category.id === NOT_ROLLED_OVER.category)
    for (let made = 0; made < NOT_ROLLED_OVER.documents; made += 1)
      yield { ...NOT_ROLLED_OVER, source: at(category, random, dayStart(now, 1) + random.between(0, DAY - HOUR)) };
  if (category.id !== OFFLINE_PHONES.category) return;
  const uploadedAfter = (OFFLINE_PHONES.daysAgo - OFFLINE_PHONES.indexDaysAgo) * DAY;
  for (let made = 0; made < OFFLINE_PHONES.documents; made += 1)
    yield {
      ...OFFLINE_PHONES,
      source: at(category, random, dayStart(now, OFFLINE_PHONES.daysAgo) + random.between(0, DAY - 1), uploadedAfter),
    };
  const ingestedAt = dayStart(now, WRONG_CLOCKS.indexDaysAgo) + 9 * HOUR;
  for (const timestamp of WRONG_CLOCKS.timestamps)
    yield { ...WRONG_CLOCKS, source: source(category, random, timestamp, ingestedAt) };
}

function* configurations(random: Random, now: Instant): Generator<SeededDocument> {
  for (const application of APPLICATIONS)
    yield {
      category: CONFIGURATION.id,
      indexDaysAgo: 0,
      source: {
        '@timestamp': isoInstant(now - random.between(5, 900) * DAY),
        ...application,
        ...CONFIGURATION.fields(random),
      },
    };
}

/** Every document of the demo. They are the same in every run, except for the dates. */
export function* seedDocuments(random: Random, now: Instant, size: Size): Generator<SeededDocument> {
  yield* configurations(random, now);
  for (const category of SEEDED_CATEGORIES) {
    yield* ordinaryDays(category, random, now, size);
    yield* oddities(category, random, now);
  }
}
