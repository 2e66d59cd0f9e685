/** The cluster that the functions use. */
export interface ServedCluster {
  readonly url: string;
  readonly apiKey?: string;
}

/** Paths of the files that the functions read: the policy, the key ring and the archive's folder. */
export interface Files {
  readonly policy: string;
  readonly keys: string;
  readonly archive: string;
}

/** Prefixes of the environment variables that functions and command line read. */
export const OURS = [
  'ELASTICSEARCH_',
  'RETENTION_',
  'ENFORCE_CLUSTER_UUID',
  'EVENT_BUS_NAME',
  'FAILURE_QUEUE_URL',
  'DEAD_LETTER_QUEUE_URL',
  'WEBHOOK_SECRETS',
  'AWS_',
  'POWERTOOLS_',
];

/** The functions do not log: the demo shows what happened. */
const SILENT = { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' };

/**
 * Removes our variables from the environment of this process. They belong to another cluster, bus and account. With the
 * keys of another service, the demo would use the archive of that service.
 */
export const forgetEnvironment = (): void => {
  for (const name of Object.keys(process.env)) if (OURS.some((ours) => name.startsWith(ours))) delete process.env[name];
  Object.assign(process.env, SILENT);
};

/** Sets the variables that the functions read, replacing earlier values. */
export const pointFunctionsAt = ({ url, apiKey }: ServedCluster, { policy, keys, archive }: Files): void => {
  forgetEnvironment();
  Object.assign(process.env, {
    ELASTICSEARCH_URL: url,
    ...(apiKey !== undefined && { ELASTICSEARCH_API_KEY: apiKey }),
    RETENTION_POLICY: policy,
    RETENTION_KEYS: keys,
    RETENTION_ARCHIVE: archive,
  });
};

/**
 * Connects a bus on this machine and a sender's secret. Region and credentials are invented, and no credentials file is
 * read.
 */
export const connectWebhook = (bus: string, secret: string): void => {
  Object.assign(process.env, {
    EVENT_BUS_NAME: 'es-retention-demo',
    WEBHOOK_SECRETS: secret,
    AWS_ENDPOINT_URL: bus,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'nobody',
    AWS_SECRET_ACCESS_KEY: 'nothing',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  });
};
