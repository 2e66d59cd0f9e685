import type { estypes } from '@elastic/elasticsearch';
import type { Random } from './random.ts';

type Properties = Record<string, estypes.MappingProperty>;
type Fields = Readonly<Record<string, unknown>>;

/** The documents of one category, in the words of the privacy policy. */
export interface SeededCategory {
  readonly id: string;
  readonly documentsPerDay: number;
  /** Whether the collector sets `event.ingested`. */
  readonly ingested: boolean;
  readonly properties: Properties;
  /** Makes the fields of one document. */
  readonly fields: (random: Random) => Fields;
}

const keyword = { type: 'keyword' } as const;
const boolean = { type: 'boolean' } as const;
const float = { type: 'float' } as const;
const integer = { type: 'integer' } as const;

/** Fields of every document: its time, and the account and application it is about. */
export const COMMON_PROPERTIES: Properties = { '@timestamp': { type: 'date' }, uin: keyword, sdkAppId: keyword };
/** The mapping of `event.ingested`. */
export const INGESTED_PROPERTIES: Properties = { event: { properties: { ingested: { type: 'date' } } } };

const userId = (random: Random): string => `user_${random.between(10_000, 99_999)}`;
const room = (random: Random): string => String(random.between(1_000, 4_000_000_000));
const SDK_VERSIONS = ['11.3.14333', '11.4.14445', '12.0.15200', '12.1.15440'] as const;
const OS_TYPES = ['Android', 'iOS', 'Windows', 'macOS', 'Web'] as const;
const ACTIONS = [
  'enterRoom',
  'leaveRoom',
  'enableVideo',
  'disableVideo',
  'enableAudio',
  'disableAudio',
  'mute',
  'quality',
] as const;

const qualityProperties: Properties = {
  endUserAppId: keyword,
  action: keyword,
  roomId: keyword,
  cpuUsage: float,
  memoryUsage: float,
  networkLatency: integer,
  packetLoss: float,
  resolution: keyword,
  bitrate: integer,
  frameRate: integer,
  volume: integer,
};

const quality = (random: Random): Fields => ({
  endUserAppId: `app_${random.between(100_000, 999_999)}`,
  action: random.pick(ACTIONS),
  roomId: room(random),
  cpuUsage: random.between(30, 950) / 10,
  memoryUsage: random.between(100, 900) / 10,
  networkLatency: random.between(8, 420),
  packetLoss: random.between(0, 120) / 10,
  resolution: random.pick(['640x360', '960x540', '1280x720', '1920x1080']),
  bitrate: random.between(180, 2_500),
  frameRate: random.pick([15, 20, 24, 30]),
  volume: random.between(0, 100),
});

/** The six categories with the promise of fourteen days. */
export const SEEDED_CATEGORIES: readonly SeededCategory[] = [
  {
    id: 'backend-logs',
    documentsPerDay: 2_000,
    ingested: true,
    properties: {
      userId: keyword,
      roomNumber: keyword,
      clientIp: { type: 'ip' },
      sdkVersion: keyword,
      osType: keyword,
    },
    fields: (random) => ({
      userId: userId(random),
      roomNumber: room(random),
      clientIp: `203.0.113.${random.between(1, 254)}`,
      sdkVersion: random.pick(SDK_VERSIONS),
      osType: random.pick(OS_TYPES),
    }),
  },
  {
    id: 'dashboard-information',
    documentsPerDay: 1_600,
    ingested: false,
    properties: qualityProperties,
    fields: quality,
  },
  {
    id: 'sdk-logs',
    documentsPerDay: 1_200,
    ingested: true,
    properties: { userId: keyword, roomNumber: keyword, sdkVersion: keyword, osType: keyword },
    fields: (random) => ({
      userId: userId(random),
      roomNumber: room(random),
      sdkVersion: random.pick(SDK_VERSIONS),
      osType: random.pick(OS_TYPES),
    }),
  },
  { id: 'uins', documentsPerDay: 150, ingested: false, properties: {}, fields: () => ({}) },
  { id: 'sdk-appids', documentsPerDay: 250, ingested: false, properties: {}, fields: () => ({}) },
  {
    id: 'troubleshooting-data',
    documentsPerDay: 700,
    ingested: false,
    properties: qualityProperties,
    fields: quality,
  },
];

/**
 * The seventh category: one document for each application with its current configuration, kept while the service is in
 * use.
 */
export const CONFIGURATION: Pick<SeededCategory, 'id' | 'properties' | 'fields'> = {
  id: 'console-configuration',
  properties: { applicationName: keyword, recordingOpen: boolean, bypassEnabled: boolean, billingMethod: keyword },
  fields: (random) => ({
    recordingOpen: random.next() < 0.4,
    bypassEnabled: random.next() < 0.2,
    billingMethod: random.pick(['per-minute', 'monthly-package']),
  }),
};
