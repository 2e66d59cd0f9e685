import { patternsOverlap } from '../../policy/index-pattern.ts';
import type { Category, RetentionPolicy } from '../../policy/retention-policy.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import { type AuditFinding, breach, notice } from '../audit-finding.ts';
import type {
  AuditedIndex,
  ClusterSurroundings,
  CopyingJob,
  FieldTemplate,
  Snapshot,
  Visible,
} from '../audit-reader.ts';
import type { RawEntry } from '../records/raw-records.ts';
import { belongsTo } from './reached-indices.ts';

/** A place in the cluster that keeps content of categories. */
interface Copy {
  readonly kind: string;
  readonly name: string;
  readonly categories: readonly string[];
  /** The instant by which the policy wants it gone. */
  readonly until?: string;
  /** Erasures that were carried out after the copy was made. */
  readonly erasedSince?: number;
}

/** The places that the key could not look at. */
export interface Unseen {
  readonly what: string;
  readonly why: string;
}

export interface CopiesElsewhere {
  readonly copies: readonly Copy[];
  readonly unseen: readonly Unseen[];
  readonly findings: readonly AuditFinding[];
}

/** The data with which copies are compared. */
export interface CopyContext {
  readonly policy: RetentionPolicy;
  readonly indices: readonly AuditedIndex[];
  /** The entries of each category. */
  readonly entries: ReadonlyMap<string, readonly RawEntry[]>;
  readonly now: Instant;
}

const categoriesOf = ({ categories }: RetentionPolicy, names: readonly string[]): readonly Category[] =>
  [...categories.values()].filter(({ indices }) =>
    indices.some((pattern) => names.some((name) => patternsOverlap(name, pattern))),
  );

const idsOf = (categories: readonly Category[]): readonly string[] => categories.map(({ id }) => id);

const BACKING = /^\.ds-(.+)-\d{4}\.\d{2}\.\d{2}-\d{6,}$/;
/** The name of the data stream of a backing index. */
const streamOf = (index: string): string => BACKING.exec(index)?.[1] ?? index;

const snapshotCopies = (snapshots: readonly Snapshot[], { policy, entries, now }: CopyContext) => {
  const copies: Copy[] = [];
  const findings: AuditFinding[] = [];
  for (const { repository, name, endedAt, indices } of snapshots) {
    const categories = idsOf(
      categoriesOf(
        policy,
        indices.flatMap((index) => [index, streamOf(index)]),
      ),
    );
    if (categories.length === 0) continue;
    const until = (endedAt ?? now) + policy.backups.milliseconds;
    const erasedSince = categories
      .flatMap((id) => entries.get(id) ?? [])
      .filter(({ closedAt }) => closedAt !== undefined && closedAt > (endedAt ?? now)).length;
    copies.push({ kind: 'snapshot', name: `${repository}/${name}`, categories, until: isoInstant(until), erasedSince });
    if (until < now)
      findings.push(
        breach('snapshot-too-old', {
          expected: `no snapshot older than backups in the policy (${policy.backups.iso}) with indices of a category`,
          found: `${repository}/${name} of ${isoInstant(endedAt ?? now)}, with ${categories.join(', ')}`,
          fix: 'Delete the snapshot, or give its repository a retention. If snapshots may be kept longer, set backups in the policy: the ledger then remembers erased accounts as long.',
        }),
      );
  }
  return { copies, findings };
};

const isCovered = (to: string, { policy }: CopyContext): boolean =>
  belongsTo({ name: to }, [
    ...[...policy.categories.values()].flatMap(({ indices }) => indices),
    ...policy.ignoredIndices,
  ]);

const jobCopies = (jobs: readonly CopyingJob[], context: CopyContext) => {
  const reading = jobs.flatMap((job) => {
    const categories = categoriesOf(context.policy, job.from);
    return categories.length === 0 ? [] : [{ ...job, categories: idsOf(categories) }];
  });
  return {
    copies: reading.map(({ kind, name, to, categories }): Copy => ({ kind, name: `${name} into ${to}`, categories })),
    findings: reading
      .filter(({ to }) => !isCovered(to, context))
      .map(({ kind, name, to, categories }) =>
        breach(
          'copied-elsewhere',
          {
            expected: 'no copy of the content of a category outside the indices of the policy',
            found: `the ${kind} ${name}, which copies from ${categories.join(', ')}`,
            fix: 'Nothing is erased in its destination. Let a category claim that index, stop the job and delete the index, or, if no personal data gets into it, add it to ignoredIndices.',
          },
          { index: to },
        ),
      ),
  };
};

const isSet = (value: unknown): boolean => value === true || value === 'true';

const AUDIT_LOG = 'xpack.security.audit.enabled';
const WITH_BODIES = 'xpack.security.audit.logfile.events.emit_request_body';

const auditLog = (settings: Readonly<Record<string, unknown>>) =>
  isSet(settings[AUDIT_LOG]) && isSet(settings[WITH_BODIES])
    ? {
        copies: [{ kind: 'audit log', name: 'with request bodies', categories: [] }],
        findings: [
          breach('content-in-audit-log', {
            expected: `no content in the audit log of the cluster`,
            found: `${WITH_BODIES}: true: each document that is written is in the log as well`,
            fix: `Set ${WITH_BODIES} to false, and delete the logs that hold more than promised.`,
          }),
        ],
      }
    : { copies: [], findings: [] };

const SLOW = /^index\.(search|indexing)\.slowlog\.threshold\./;

const slowLogsOf = ({ settings }: AuditedIndex): readonly string[] => [
  ...new Set(
    Object.entries(settings).flatMap(([name, value]) => {
      const [, kind] = SLOW.exec(name) ?? [];
      return kind !== undefined && !value.startsWith('-1') ? [kind] : [];
    }),
  ),
];

const logsSource = ({ settings }: AuditedIndex): boolean =>
  !['false', '0'].includes(settings['index.indexing.slowlog.source'] ?? '1000');

/**
 * Slow logs of the indices of categories. The log of slow writes quotes documents. The log of slow searches quotes
 * queries.
 */
const slowLogs = ({ policy, indices }: CopyContext) => {
  const logging = indices.flatMap((index) => {
    const categories = [...policy.categories.values()].filter((each) => belongsTo(index, each.indices));
    const kinds = categories.length === 0 ? [] : slowLogsOf(index);
    return kinds.map((kind) => ({ index, kind, categories: idsOf(categories) }));
  });
  return {
    copies: logging.map(
      ({ index, kind, categories }): Copy => ({ kind: `slow log (${kind})`, name: index.name, categories }),
    ),
    findings: logging
      .filter(({ kind, index }) => kind === 'indexing' && logsSource(index))
      .map(({ index }) =>
        breach(
          'content-in-slow-log',
          {
            expected: 'no content of a category in the slow log',
            found: 'a slow log of writes that quotes the documents',
            fix: 'Set index.indexing.slowlog.source to false, and delete the logs that hold more than promised.',
          },
          { index: index.name },
        ),
      ),
  };
};

/** The original of an index that was mounted from a snapshot, follows another index, or was downsampled. */
const originOf = ({ settings }: AuditedIndex): readonly [kind: string, from: string] | undefined => {
  const mounted = settings['index.store.snapshot.index_name'];
  if (mounted !== undefined)
    return [settings['index.store.snapshot.partial'] === 'true' ? 'frozen copy' : 'mounted copy', mounted];
  const downsampled = settings['index.downsample.origin.name'] ?? settings['index.downsample.source.name'];
  return downsampled === undefined ? undefined : ['downsampled copy', downsampled];
};

const madeCopies = (context: CopyContext) => {
  const made = context.indices.flatMap((index) => {
    const [kind = '', from = ''] = originOf(index) ?? [];
    const categories = from === '' ? [] : categoriesOf(context.policy, [from, streamOf(from)]);
    return categories.length === 0 ? [] : [{ index, kind, from, categories: idsOf(categories) }];
  });
  return {
    copies: made.map(({ index, kind, categories }): Copy => ({ kind, name: index.name, categories })),
    findings: made
      .filter(({ index }) => !isCovered(index.dataStream ?? index.name, context))
      .map(({ index, kind, from }) =>
        breach(
          'copied-elsewhere',
          {
            expected: 'no copy of the content of a category outside the indices of the policy',
            found: `a ${kind} of ${from}`,
            fix: 'Nothing is erased in it. Delete the index, or let a category claim it.',
          },
          { index: index.name },
        ),
      ),
  };
};

const followers = (names: readonly string[], { policy, indices }: CopyContext) => {
  const followed = indices
    .filter(({ name }) => names.includes(name))
    .map((index) => ({
      index,
      categories: idsOf([...policy.categories.values()].filter((each) => belongsTo(index, each.indices))),
    }))
    .filter(({ categories }) => categories.length > 0);
  return {
    copies: followed.map(
      ({ index, categories }): Copy => ({ kind: 'follower in another cluster', name: index.name, categories }),
    ),
    findings: followed.map(({ index }) =>
      notice(
        'followed-elsewhere',
        {
          expected: 'copies in other clusters to be known',
          found: 'that another cluster follows this index',
          fix: 'If a run drops this index, the copy in the other cluster stays. Run es-retention for that cluster too.',
        },
        { index: index.name },
      ),
    ),
  };
};

const DATE_TYPES = new Set(['date', 'date_nanos']);

/** The effect of a template on future documents: it hides their dates, or keeps no source of them. */
const faultOf = (
  { types, keepsSource }: FieldTemplate,
  { timestampField, ingestedField }: Category,
): string | undefined => {
  const hidden = [timestampField, ingestedField].find(
    (field) => types.has(field) && !DATE_TYPES.has(types.get(field) ?? ''),
  );
  if (hidden !== undefined) return `${hidden} is mapped as ${types.get(hidden)}`;
  return keepsSource ? undefined : '_source is off';
};

const badTemplates = (templates: readonly FieldTemplate[], { policy }: CopyContext): readonly AuditFinding[] =>
  [...policy.categories.values()]
    .filter(({ rules }) => rules.age !== undefined)
    .flatMap((category) =>
      templates
        .filter(({ patterns }) =>
          patterns.some((pattern) => category.indices.some((own) => patternsOverlap(pattern, own))),
        )
        .flatMap((template) => {
          const fault = faultOf(template, category);
          return fault === undefined
            ? []
            : [
                breach(
                  'template-hides-dates',
                  {
                    expected: 'templates for the indices of the category that let everybody read the dates',
                    found: `the template ${template.name}: ${fault}`,
                    fix: 'Correct the template before the next index is made. Documents in such an index can never expire.',
                  },
                  { category: category.id },
                ),
              ];
        }),
    );

type Part = Pick<CopiesElsewhere, 'copies' | 'findings'>;

const part = <T>(what: string, seen: Visible<T>, judge: (seen: T) => Part): CopiesElsewhere =>
  'seen' in seen
    ? { ...judge(seen.seen), unseen: [] }
    : { copies: [], findings: [], unseen: [{ what, why: seen.unseen }] };

const notSeen = (unseen: readonly Unseen[]): readonly AuditFinding[] =>
  unseen.map(({ what, why }) =>
    notice('not-seen', {
      expected: `a key that may look at ${what}`,
      found: why,
      fix: 'Nothing is known about them. Make a new key for the audit with node bin/es-retention.mjs setup --keys, or look there by hand.',
    }),
  );

/** Lists the places in the cluster that keep content of categories elsewhere, and finds those that break the policy. */
export const findCopies = (surroundings: ClusterSurroundings, context: CopyContext): CopiesElsewhere => {
  const parts = [
    part('snapshots', surroundings.snapshots, (seen) => snapshotCopies(seen, context)),
    part('transforms and rollups', surroundings.jobs, (seen) => jobCopies(seen, context)),
    part('followers', surroundings.followed, (seen) => followers(seen, context)),
    part('settings of the cluster', surroundings.clusterSettings, auditLog),
    part('templates', surroundings.templates, (seen) => ({ copies: [], findings: badTemplates(seen, context) })),
    part('indices that the key does not see', surroundings.everyIndex, () => ({ copies: [], findings: [] })),
    part('sizes of indices', surroundings.counts, () => ({ copies: [], findings: [] })),
    { ...slowLogs(context), unseen: [] },
    { ...madeCopies(context), unseen: [] },
  ];
  const unseen = parts.flatMap((each) => each.unseen);
  return {
    copies: parts.flatMap(({ copies }) => copies),
    unseen,
    findings: [...parts.flatMap(({ findings }) => findings), ...notSeen(unseen)],
  };
};
