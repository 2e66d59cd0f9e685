import type { Parameters } from './parameters.ts';

/** The required form of a parameter, if it is given. */
interface ParameterForm {
  readonly pattern: RegExp;
  readonly expected: string;
}

const ACCOUNT = '\\d{12}';

const SHAPES: Readonly<Partial<Record<keyof Parameters, ParameterForm>>> = {
  enforceCluster: { pattern: /^[\w-]{20,24}$/, expected: 'the uuid of a cluster (22 letters, digits, - and _)' },
  // A wildcard in any of these would become part of a role's permissions.
  secrets: { pattern: /^[\w/+=.@-]+$/, expected: 'the beginning of the names of secrets: letters, digits and /_+=.@-' },
  secretsKeyArn: {
    pattern: new RegExp(`^arn:aws[\\w-]*:kms:[\\w-]+:${ACCOUNT}:key/[\\w-]+$`),
    expected: 'the ARN of one KMS key (arn:aws:kms:<region>:<account>:key/<id>), not of an alias and without wildcards',
  },
  accountSource: {
    pattern: /^(?!aws\.)(?!es-retention\b)[\w./-]{1,256}$/,
    expected: 'the source of one account system: letters, digits and ._/-, neither aws.… nor es-retention…',
  },
  accountSourcePrincipal: {
    pattern: new RegExp(`^arn:aws[\\w-]*:iam::${ACCOUNT}:(role|user)/[\\w+=,.@/-]+$`),
    expected:
      'the ARN of one role or user (arn:aws:iam::<account>:role/<name>), not of a session and without wildcards',
  },
  accountSourceAccount: { pattern: new RegExp(`^${ACCOUNT}$`), expected: 'an account number of twelve digits' },
  retain: { pattern: /^(on|off)$/, expected: '"on" or "off"' },
  tracing: { pattern: /^(on|off)$/, expected: '"on" or "off"' },
  reservedConcurrency: { pattern: /^[1-9]\d{0,4}$/, expected: 'a whole number from 1 on, or nothing to reserve none' },
};

const refuse = (name: string, expected: string, found: string, fix: string): never => {
  throw new Error(`The parameter ${name} was expected to be ${expected}; found ${found}. ${fix}`);
};

/** Checks a parameter that has no meaning without another. */
const together = (parameters: Parameters, name: keyof Parameters, other: keyof Parameters, why: string): void => {
  if (parameters[name] !== '' && parameters[other] === '')
    refuse(other, `given beside ${name}`, 'nothing', `${why} Add --param="${other}=…", or leave out ${name}.`);
};

const assertAccount = ({ accountSourceAccount, accountSourcePrincipal }: Parameters): void => {
  const account = accountSourcePrincipal.split(':')[4];
  if (accountSourceAccount === '' || accountSourcePrincipal === '' || account === accountSourceAccount) return;
  refuse(
    'accountSourcePrincipal',
    `of the account that accountSourceAccount names (${accountSourceAccount})`,
    `one of ${account}`,
    'Name the role by which the account system puts its events on our bus, and the account of that role.',
  );
};

/**
 * Refuses wrong parameters before they are used. The error repeats the value, since none is secret.
 * @throws Error with the parameter, what was expected, what was found, and how to correct it.
 */
export const assertParameters = (parameters: Parameters): void => {
  for (const [name, { pattern, expected }] of Object.entries(SHAPES)) {
    const given = parameters[name as keyof Parameters];
    if (given !== '' && !pattern.test(given))
      refuse(name, expected, `"${given}"`, `Give it as --param="${name}=…"; serverless.yml describes it.`);
  }
  together(
    parameters,
    'accountSource',
    'accountSourcePrincipal',
    'Anybody in the account could say that accounts have ended.',
  );
  together(parameters, 'accountSourcePrincipal', 'accountSource', 'Nothing else goes by it.');
  together(parameters, 'accountSourceAccount', 'accountSource', 'Nothing else goes by it.');
  together(parameters, 'vpcSubnetIds', 'vpcSecurityGroupIds', 'A VPC needs both.');
  together(parameters, 'vpcSecurityGroupIds', 'vpcSubnetIds', 'A VPC needs both.');
  assertAccount(parameters);
};
