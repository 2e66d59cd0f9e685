import type { estypes } from '@elastic/elasticsearch';

/** An index as the server describes it, with flat settings. */
export interface FoundIndex {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly mappings: estypes.MappingTypeMapping;
}

/** Maximum number of our own documents in one request, and of values in one query. */
export const OWN_AT_ONCE = 5_000;

/** Limits of an index that our requests may reach. Their defaults are higher. */
const LIMITS = ['index.max_result_window', 'index.max_terms_count'] as const;

/** The limits of an own index that are too low for our requests, with one clause for each. */
export const lowLimits = ({ settings }: FoundIndex): readonly { readonly name: string; readonly clause: string }[] =>
  LIMITS.filter((name) => settings[name] !== undefined && Number(settings[name]) < OWN_AT_ONCE).map((name) => ({
    name,
    clause: `${name} is ${settings[name]}, and ${OWN_AT_ONCE} are needed`,
  }));

/** A setting that one of our own indices must not have, and its correct value; null for the default. */
interface Unfit {
  readonly clause: string;
  readonly fix: Readonly<Record<string, string | null>>;
}

/** Such small documents need no more copies, and each uses up one of the shards that a cluster allows. */
const MAX_REPLICAS = 4;
/** Seconds. A longer interval was set by somebody else. It is reported, although our own searches refresh first. */
const LONGEST_REFRESH = 300;

const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400 };

const isHarmlessRefresh = (value: string): boolean => {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(value) ?? [];
  const seconds = Number(amount) * (SECONDS[unit] ?? Number.NaN);
  return seconds > 0 && seconds <= LONGEST_REFRESH;
};

const isHarmlessExpansion = (value: string): boolean => {
  const [, least = '', most = ''] = /^(\d+)-(\d+|all)$/.exec(value) ?? [];
  return value === 'false' || (least !== '' && Number(least) <= MAX_REPLICAS && isFew(most));
};
const isFew = (most: string): boolean => most === 'all' || Number(most) <= MAX_REPLICAS;

const REPLICAS = 'index.number_of_replicas';
const EXPANSION = 'index.auto_expand_replicas';
const OUR_REPLICAS = { [EXPANSION]: '0-1' };

/** The harmless values of each setting. For settings that are not listed, all values are harmless. */
const HONEST: readonly (readonly [
  name: RegExp,
  isHonest: (value: string, found: FoundIndex['settings']) => boolean,
])[] = [
  [
    /^index\.number_of_replicas$/,
    (value, settings) => Number(value) <= MAX_REPLICAS || String(settings[EXPANSION]).endsWith('-all'),
  ],
  [/^index\.auto_expand_replicas$/, isHarmlessExpansion],
  [/^index\.refresh_interval$/, isHarmlessRefresh],
  [/^index\.translog\.durability$/, (value) => value.toLowerCase() === 'request'],
  [/^index\.translog\./, () => false],
  // An administrator may raise this limit for all indices; additional fields are reported separately.
  [/^index\.mapping\.total_fields\.limit$/, (value) => Number(value) >= 1_000 && Number(value) <= 10_000],
  [/^index\.mapping\.(?:.*\.limit|total_fields\.ignore_dynamic_beyond_limit)$/, () => false],
  [/^index\.hidden$/, (value) => value === 'false'],
  // Slow logs would write account numbers into the log of the cluster.
  [/^index\.(?:search|indexing)\.slowlog\./, (value) => value === '-1'],
];

const isUnfit = (name: string, value: string, settings: FoundIndex['settings']): boolean => {
  const [, isHonest] = HONEST.find(([pattern]) => pattern.test(name)) ?? [];
  return isHonest !== undefined && !isHonest(value, settings);
};

/** Whether one request can reset a setting of a mapping. Other settings are fixed when the index is created. */
export const isChangeable = (name: string): boolean => HONEST.some(([pattern]) => pattern.test(name));

/** The settings of an own index that one request can reset, including limits that are too low. */
export const unfitSettings = (found: FoundIndex): readonly Unfit[] => [
  ...lowLimits(found).map(({ name, clause }) => ({ clause, fix: { [name]: null } })),
  ...Object.entries(found.settings).flatMap(([name, value]) =>
    isUnfit(name, String(value), found.settings)
      ? [
          {
            clause: `${name} is ${value}`,
            fix: name === REPLICAS || name === EXPANSION ? OUR_REPLICAS : { [name]: null },
          },
        ]
      : [],
  ),
];

/** The request that resets these settings; it works while the index is open. */
export const settingsFix = (index: string, unfit: readonly Unfit[]): string =>
  `Set it back: PUT /${index}/_settings ${writtenBody(Object.assign({}, ...unfit.map(({ fix }) => fix)))}.`;

/** A small request body as people write it, with spaces after colons and commas. Values contain no quotes. */
export const writtenBody = (body: object): string =>
  JSON.stringify(body).replaceAll('":', '": ').replaceAll(',"', ', "');
