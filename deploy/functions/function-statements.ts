import type { Deployment } from '../deployment.ts';
import { arnHere, type IamStatement } from '../template.ts';

/**
 * The permissions of every function: to write its own log, and to read the secrets it needs and no others.
 * @param secrets their names in Secrets Manager.
 */
export const functionStatements = (
  { name, parameters }: Deployment,
  functionName: string,
  secrets: readonly string[],
): readonly IamStatement[] => [
  {
    Sid: 'WriteItsLog',
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: arnHere('logs', `log-group:/aws/lambda/${name}-${functionName}:*`),
  },
  {
    Sid: 'ReadItsSecrets',
    Effect: 'Allow',
    Action: 'secretsmanager:GetSecretValue',
    // Secrets Manager appends a hyphen and six characters to a secret's name.
    Resource: secrets.map((secret) => arnHere('secretsmanager', `secret:${secret}-??????`)),
  },
  ...decryption(parameters.secretsKeyArn),
  ...(parameters.tracing === 'on' ? [TRACING] : []),
];

/** AWS's own key for Secrets Manager needs no permission; a customer's key does. */
const decryption = (key: string): readonly IamStatement[] =>
  key === '' ? [] : [{ Sid: 'DecryptItsSecrets', Effect: 'Allow', Action: 'kms:Decrypt', Resource: key }];

/** X-Ray has no resources, so only "*" is possible. */
const TRACING: IamStatement = {
  Sid: 'SendTraces',
  Effect: 'Allow',
  Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
  Resource: '*',
};
