import { readFileSync } from 'node:fs';
import { nearestWord } from '../../lib/policy/nearest-word.ts';

/** The parts of osls that are used here. */
export interface Serverless {
  readonly service: {
    readonly service: string;
    readonly provider: {
      readonly stage: string;
      readonly compiledCloudFormationTemplate?: { readonly Resources: Readonly<Record<string, unknown>> };
    };
    readonly functions: Readonly<
      Record<
        string,
        {
          readonly environment?: Readonly<Record<string, unknown>>;
          readonly events?: readonly unknown[];
          readonly package?: { readonly artifact?: string };
        }
      >
    >;
  };
  readonly processedInput: { readonly options: { readonly param?: string | readonly string[] } };
  readonly configurationInput: { readonly params?: { readonly default?: Readonly<Record<string, unknown>> } };
}

const refuse = (expected: string, found: string, fix: string): never => {
  throw new Error(`Not packaged: expected ${expected}; found ${found}. ${fix}`);
};

/** An unknown parameter is probably misspelt, such as enforceClustr, and would be silently ignored. */
const assertKnownParameters = ({ processedInput, configurationInput }: Serverless): void => {
  const known = Object.keys(configurationInput.params?.default ?? {});
  for (const given of [processedInput.options.param ?? []].flat()) {
    const [name = ''] = given.split('=');
    if (known.includes(name)) continue;
    const meant = nearestWord(name, known);
    const found = meant === undefined ? `"${name}"` : `"${name}" (did you mean ${meant}?)`;
    refuse(`parameters that serverless.yml describes: ${known.join(', ')}`, found, 'Correct --param.');
  }
};

const purgeFunctions = ({ service }: Serverless) =>
  Object.entries(service.functions).filter(([name]) => name.startsWith('purge-'));

const assertCluster = (serverless: Serverless): void => {
  if (purgeFunctions(serverless).every(([, { environment }]) => environment?.ELASTICSEARCH_URL)) return;
  refuse(
    'the address of the cluster in the parameter elasticsearchUrl',
    'nothing',
    'Add --param="elasticsearchUrl=https://…", or set ELASTICSEARCH_URL.',
  );
};

/**
 * The maximum length of the names of functions, rules and schedules in AWS. osls shortens the names of rules, but
 * alarms need the full names.
 */
const LONGEST_NAME = 64;
const STAGE = /^[A-Za-z0-9][A-Za-z0-9-]*$/;

const assertNames = ({ service: { service, provider, functions } }: Serverless): void => {
  const { stage } = provider;
  if (!STAGE.test(stage))
    refuse('a stage of letters, digits and hyphens', `"${stage}"`, 'Choose another with --stage.');
  for (const [name, { events = [] }] of Object.entries(functions)) {
    const longest = `${service}-${stage}-${name}${events.length > 0 ? `-rule-${events.length}` : ''}`;
    if (longest.length <= LONGEST_NAME) continue;
    const room = LONGEST_NAME - (longest.length - stage.length);
    refuse(
      `names of at most ${LONGEST_NAME} characters`,
      `${longest}, which has ${longest.length}`,
      room > 0
        ? `Choose a stage of at most ${room} characters, or a shorter name for the category.`
        : 'Choose a shorter name for the category.',
    );
  }
};

/**
 * Checks the input before anything is compiled.
 * @throws Error that says what to correct.
 */
export const checkInput = (serverless: Serverless): void => {
  assertKnownParameters(serverless);
  assertCluster(serverless);
  assertNames(serverless);
};

/**
 * CloudFormation's own limits:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 */
const MAX_RESOURCES = 500;
const LARGEST_TEMPLATE = 1_000_000;

/**
 * Checks the complete template.
 * @throws Error that says what to correct.
 */
export const checkTemplate = (serverless: Serverless): void => {
  const template = serverless.service.provider.compiledCloudFormationTemplate;
  const resources = Object.keys(template?.Resources ?? {}).length;
  const categories = purgeFunctions(serverless).length;
  const fit = Math.floor((MAX_RESOURCES * categories) / resources);
  const fix = `About ${fit} categories of this kind fit: deploy the others as a service of their own, with a policy and an indexPrefix of their own.`;
  if (resources > MAX_RESOURCES)
    refuse(`a template of at most ${MAX_RESOURCES} resources`, `${resources}, for ${categories} categories`, fix);
  const bytes = Buffer.byteLength(JSON.stringify(template ?? {}));
  if (bytes > LARGEST_TEMPLATE)
    refuse(`a template of at most ${LARGEST_TEMPLATE} bytes`, `${bytes}, for ${categories} categories`, fix);
};

/** A zip contains the names of its files uncompressed. */
const holds = (zip: Buffer, file: string): boolean => zip.includes(Buffer.from(file));

/**
 * Checks the zips: a pattern that matches nothing silently leaves out a file.
 * @throws Error that says what to correct.
 */
export const checkZips = (serverless: Serverless): void => {
  for (const [name, { environment, package: packaged }] of purgeFunctions(serverless)) {
    const zip = readFileSync(packaged?.artifact ?? '');
    const certificate = String(environment?.ELASTICSEARCH_CA ?? '');
    const missing = ['retention-policy.yml', certificate].find((file) => file !== '' && !holds(zip, file));
    if (missing === undefined) continue;
    refuse(
      `the file ${missing} in the zip of ${name}`,
      'none: the packager leaves it out',
      'Give it a plain name (letters, digits, - and _), in a folder that is neither hidden nor node_modules.',
    );
  }
};
