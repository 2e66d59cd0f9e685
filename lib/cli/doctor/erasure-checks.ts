import { access, constants, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { hasKeys, keyVariable, readKeys } from '../../adapters/crypto/read-key-ring.ts';
import { hasArchive, readArchiveLocation } from '../../adapters/environment/configuration.ts';
import { readDeploymentSettings } from '../../adapters/environment/deployment.ts';
import type { Cluster } from '../../app/cluster.ts';
import { checkBus, queueSize } from '../../app/queues.ts';
import type { Environment } from '../../base/environment.ts';
import { InputError, messageOf } from '../../base/errors.ts';
import { CategoryVisit } from '../../erasure/recording/category-visit.ts';
import { KEY_KINDS } from '../../erasure/subjects/key-ring.ts';
import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import { keyIdsNotInRing } from '../erasures/subject-entries.ts';
import { count } from '../output/format.ts';
import { allFound, type Found, type Looked } from './examination.ts';

/** Whether anything of what erasures need has a use. An unreadable policy may have such rules. */
const erases = (policy: RetentionPolicy | undefined): boolean =>
  policy === undefined || [...policy.categories.values()].some(({ rules }) => rules.termination !== undefined);

const NO_RULE: Looked = { state: 'not needed', note: 'no category has a termination rule' };

/** A notice that something which erasures need is not set here. The functions may have it. */
const notSet = (code: string, variable: string, without: string, fix: string): Looked => ({
  note: `${variable} is not set`,
  findings: [
    {
      code,
      severity: 'notice',
      expected: `${variable}, because a category has a termination rule`,
      found: without,
      fix,
    },
  ],
});

const unmatched = async (opened: Cluster, policy: RetentionPolicy): Promise<readonly Found[]> =>
  (await keyIdsNotInRing({ policy, erasure: opened.erasure }, new CategoryVisit())).map(({ category, keyIds }) => ({
    code: 'no-such-key',
    severity: 'blocking',
    expected: `every version of the subject key under which ${category} owes erasures`,
    found: `a ring without ${keyIds.join(', ')}`,
    fix: 'Use the ring of the newest rotation, which keeps the older versions (docs/keys.md).',
  }));

/** Whether the key ring can be read, and has the keys that the ledger needs. */
export const keysCheck = async (
  environment: Environment,
  policy: RetentionPolicy | undefined,
  opened: () => Promise<Cluster | undefined>,
): Promise<Looked> => {
  const set = KEY_KINDS.filter((kind) => hasKeys(kind, environment));
  if (set.length === 0)
    return erases(policy)
      ? notSet(
          'no-keys',
          'RETENTION_KEYS',
          'nothing: commands about an account, and runs that erase, do not work from here',
          'Make a ring with node bin/es-retention.mjs keys generate FILE, or name the one of the functions.',
        )
      : NO_RULE;
  // A key that is a secret of AWS is read by the function that has it.
  const here = set.filter((kind) => !environment[`${keyVariable(kind)}_SECRET`]);
  const broken = await allFound(here.map((kind) => () => readKeys(kind, environment)));
  // A broken ring gives the same error for each kind.
  const findings = [...new Map(broken.map((found) => [JSON.stringify(found), found])).values()];
  if (findings.length > 0 || policy === undefined || !here.includes('subject'))
    return { note: `${here.length} of ${KEY_KINDS.length} kinds of keys here`, findings };
  const cluster = await opened();
  const lost = cluster === undefined ? [] : await unmatched(cluster, policy);
  return { note: `${here.join(', ')}`, findings: lost };
};

/** The nearest folder that is there. */
const existing = async (folder: string): Promise<string> => {
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined && dirname(folder) !== folder) return existing(dirname(folder));
  if (found?.isDirectory() === true) return folder;
  throw new Error(`${folder} is no folder`);
};

const assertWritable = async (folder: string): Promise<void> => {
  try {
    await access(await existing(resolve(folder)), constants.W_OK);
  } catch (thrown) {
    throw new InputError('archive-refused', {
      expected: 'a folder in RETENTION_ARCHIVE that can be written to',
      found: messageOf(thrown),
      fix: 'Name another folder, or let this user write there.',
    });
  }
};

/** Whether the archive opens and lists its copies. Writes nothing. */
export const archiveCheck = async (
  environment: Environment,
  policy: RetentionPolicy | undefined,
  opened: Cluster | undefined,
): Promise<Looked> => {
  if (!hasArchive(environment))
    return erases(policy)
      ? notSet(
          'no-archive',
          'RETENTION_ARCHIVE',
          'nothing: terminations cannot be recorded from here, and receipts are not issued',
          'Name a folder, or s3://bucket/prefix, outside the cluster.',
        )
      : NO_RULE;
  const location = readArchiveLocation(environment);
  if (location.kind === 'folder') await assertWritable(location.folder);
  if (opened === undefined || !hasKeys('archive', environment)) return { note: 'not opened: its key is not set' };
  const [id = ''] = policy?.categories.keys() ?? [];
  const archive = await opened.erasure.archiveOf(id);
  for await (const _ of archive.ids('events', opened.ports.clock())) break;
  return { note: location.kind === 'folder' ? location.folder : `s3://${location.bucket}/${location.prefix}` };
};

/** Whether the event bus is there. */
export const busCheck = async (environment: Environment, policy: RetentionPolicy | undefined): Promise<Looked> => {
  const bus = environment.EVENT_BUS_NAME?.trim();
  if (!bus)
    return erases(policy)
      ? { state: 'not needed', note: 'EVENT_BUS_NAME is not set: nobody is told of erasures from here' }
      : NO_RULE;
  await checkBus(bus);
  return { note: bus };
};

const sizeOf = async (variable: string, url: string): Promise<readonly Found[]> => {
  if (!URL.canParse(url))
    return [
      {
        code: 'no-queue-named',
        severity: 'blocking',
        expected: `${variable} to hold the address of a queue`,
        found: 'something else',
        fix: 'Take it from the outputs of the stack: npx serverless info --stage <stage> --verbose.',
      },
    ];
  const letters = await queueSize(url);
  if (letters === 0 || variable !== 'DEAD_LETTER_QUEUE_URL') return [];
  return [
    {
      code: 'dead-letters',
      severity: 'notice',
      expected: 'no dead letter',
      found: count(letters, 'message that functions gave up', 'messages that functions gave up'),
      fix: 'Read them: node bin/es-retention.mjs redrive.',
    },
  ];
};

/** Whether the queues answer, and whether dead letters wait. */
export const queuesCheck = async (environment: Environment): Promise<Looked> => {
  const { deadLetterQueueUrl, failureQueueUrl } = readDeploymentSettings(environment);
  const queues = [
    ['DEAD_LETTER_QUEUE_URL', deadLetterQueueUrl] as const,
    ['FAILURE_QUEUE_URL', failureQueueUrl] as const,
  ].flatMap(([variable, url]) => (url === undefined ? [] : [[variable, url] as const]));
  if (queues.length === 0) return { state: 'not needed', note: 'DEAD_LETTER_QUEUE_URL is not set' };
  const found: Found[] = [];
  const broken = await allFound(
    queues.map(
      ([variable, url]) =>
        async () =>
          void found.push(...(await sizeOf(variable, url))),
    ),
  );
  return { note: count(queues.length, 'queue', 'queues'), findings: [...broken, ...found] };
};
