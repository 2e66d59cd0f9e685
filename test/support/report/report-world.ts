import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReportData } from '../../../lib/cli/report/report-data.ts';
import { DAY, HOUR } from '../../../lib/policy/time/duration.ts';
import { type Instant, isoInstant } from '../../../lib/policy/time/instant.ts';
import type { Report } from '../../../lib/purge/report/report.ts';
import { type ServiceInMemory, serviceInMemory } from '../in-memory/service-in-memory.ts';
import { pastReport, storeRuns } from '../purge/past-run.ts';

export const REPORT_TIME: Instant = Date.parse('2026-04-10T12:00:00Z');

/** A name that would become part of the page, and text that would run, if anything forgot to escape it. */
export const HOSTILE =
  '<img src=x onerror="document.title=1"> & "Logs" \u202e</style><script>document.title=2</script>';

/** Account numbers and texts that no page may show. */
export const SECRETS = ['900719', '700700', '900720', 'a secret reason'] as const;

const logs = (title: string, at: number) => ({
  title,
  fields: ['room'],
  dataSubjects: 'participants',
  purpose: 'Troubleshooting.',
  legalBasis: 'Contract.',
  promise: { quote: 'Stored for 14 days.', source: 'Privacy policy', sourceDate: '2023-09-08' },
  indices: [`call-log-${at}-*`],
  records: 'dated',
  rules: { age: { maxAge: 'P14D', allowedLateness: 'P1D' } },
  schedule: 'rate(6 hours)',
});

const settings = {
  ...logs('Settings of the account', 0),
  indices: ['settings-*'],
  records: 'current-state',
  promise: { quote: 'Deleted within 7 days after the account.', source: 'Privacy policy', sourceDate: '2023-09-08' },
  rules: { termination: { triggers: ['feature-terminated', 'account-deleted'], deadline: 'P7D', cancelWindow: 'P3D' } },
  guard: { maxShare: 1, maxAccountShare: 1 },
};

const NAMES = ['Call logs', 'Quality of calls', 'Diagnostics', 'Chat', 'Recordings', 'Rooms', 'Devices', 'Networks'];

/**
 * A policy with a termination rule in its last category, and age rules in the others.
 * @param hostile is added to the first title.
 */
export const reportPolicy = (categories: number, hostile = '', processing: Readonly<Record<string, string>> = {}) =>
  JSON.stringify({
    ...(Object.keys(processing).length > 0 && { processing }),
    mode: 'enforce',
    earliest: '2015-01-01T00:00:00Z',
    reports: { index: 'retention-reports', maxAge: 'P1095D' },
    categories: {
      ...Object.fromEntries(
        Array.from({ length: categories - 1 }, (_, at) => {
          const title = `${NAMES[at % NAMES.length]}${at < NAMES.length ? '' : ` ${at}`}${at === 0 ? hostile : ''}`;
          return [`logs-${at}`, logs(title, at)];
        }),
      ),
      settings,
    },
  });

/** What a report is made of. */
export interface ReportWorld {
  /** At least two: one with a termination rule, the others with an age rule. */
  readonly categories: number;
  /** Days of runs; 0: no runs and no documents either. */
  readonly days: number;
  /** Where documents and an erasure are overdue: everywhere, or only documents of the first category. */
  readonly overdue?: 'all' | 'first';
  /** What is added to the first title. */
  readonly hostile?: string;
}

const RUNS_A_DAY = 4;

/** The runs of a category until now, one every six hours. */
const runsOf = (id: string, at: number, days: number): readonly Report[] =>
  Array.from({ length: days * RUNS_A_DAY }, (_, place) =>
    pastReport(id, REPORT_TIME - HOUR - place * 6 * HOUR, {
      retentionLagMilliseconds: Math.round((Math.sin(place / 9 + at) + 1.2) * 3 * HOUR),
      documentsRemoved: 200 + ((place * 37 + at * 11) % 90),
      indicesDropped: place % 8 === 0 ? 1 : 0,
    }),
  );

/** A refused plan, and a day without any run. */
const spoiled = (reports: readonly Report[]): readonly Report[] =>
  reports.flatMap((report, place) => {
    if (place >= 20 && place < 28) return [];
    return place === 12
      ? [
          {
            ...report,
            outcome: 'refused' as const,
            refusals: [{ code: 'too-much', found: '', expected: '', fix: '' }] as never,
          },
        ]
      : [report];
  });

const fillLogs = async ({ store, backend }: ServiceInMemory, at: number, { days, overdue }: ReportWorld) => {
  await storeRuns(backend.reportStore, spoiled(runsOf(`logs-${at}`, at, days)));
  for (const age of [1, 5, 9, 13.5])
    store.write(`call-log-${at}-a`, `${age}`, { timestamps: [REPORT_TIME - age * DAY], ingested: [] });
  if (overdue === 'all' || (overdue === 'first' && at === 0))
    store.write(`call-log-${at}-a`, 'late', { timestamps: [REPORT_TIME - (18 + at) * DAY], ingested: [] });
};

const ago = (days: number): string => isoInstant(REPORT_TIME - days * DAY);

/** An erasure that was closed too late, one that is owed or overdue, a hold, and a pause. */
const fillSettings = async (
  { store, backend, run }: ServiceInMemory,
  { overdue, days }: ReportWorld,
  at: (instant: Instant) => void,
) => {
  const done = async (...args: string[]) => {
    const { code, stderr } = await run(...args);
    // 3: something is left, as the promise that the pause breaks.
    if (code !== 0 && code !== 3) throw new Error(`${args.join(' ')}: ${stderr}`);
  };
  await storeRuns(backend.reportStore, runsOf('settings', 0, days));
  const document = { timestamps: [REPORT_TIME - 30 * DAY], ingested: [] };
  for (const uin of [900719, 900720, 700700, 5, 6, 7, 8])
    store.write('settings-a', `${uin}`, { ...document, uin: [`${uin}`] });
  await done('terminate', '--uin', '900720', '--account-deleted', '--at', ago(10));
  for (const hours of [3, 2]) {
    at(REPORT_TIME - hours * HOUR);
    await done('purge', '--execute', '--yes', '--category', 'settings');
  }
  at(REPORT_TIME);
  await done('terminate', '--uin', '900719', '--account-deleted', '--at', ago(overdue === 'all' ? 9 : 1));
  await done('hold', '--uin', '700700', '--reason', 'a secret reason', '--by', 'A', '--review-at', '2027-01-01');
  if (overdue === 'all')
    await done('pause', '--category', 'settings', '--reason', 'a secret reason', '--until', '2026-04-10T18:00:00Z');
};

/** Fills a service in memory with everything that a report shows. */
export const reportService = async (world: ReportWorld, folder?: string): Promise<ServiceInMemory> => {
  let now = REPORT_TIME;
  const service = serviceInMemory(folder, () => now, reportPolicy(world.categories, world.hostile));
  if (world.days === 0) return service;
  for (let at = 0; at < world.categories - 1; at += 1) await fillLogs(service, at, world);
  await fillSettings(service, world, (instant) => {
    now = instant;
  });
  return service;
};

/**
 * Writes the report of a service in memory.
 * @returns its page, and the data of the same report.
 */
export const reportOf = async (world: ReportWorld) => {
  const { run, folder } = await reportService(world);
  const file = join(folder, 'report.html');
  const { code, stderr } = await run('report', '--html', file);
  if (code === 1) throw new Error(stderr);
  const { stdout } = await run('report', '--json');
  const data: ReportData & { readonly exitCode: number } = JSON.parse(stdout);
  return { code, file, page: readFileSync(file, 'utf8'), data };
};
