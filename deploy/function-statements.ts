import type { Deployment } from './deployment.ts';
import { arnHere, type Statement } from './template.ts';

/**
 * What every function may do: write its own log, and read the secrets it needs and no others.
 * @param secrets their names in Secrets Manager.
 */
export const functionStatements = (
  { name, parameters }: Deployment,
  functionName: string,
  secrets: readonly string[],
): readonly Statement[] => [
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
    // Secrets Manager adds a hyphen and six characters to a secret's name.
    Resource: secrets.map((secret) => arnHere('secretsmanager', `secret:${secret}-??????`)),
  },
  ...decryption(parameters.secretsKeyArn),
  ...(parameters.tracing === 'on' ? [TRACING] : []),
];

/** AWS's own key for Secrets Manager asks for no permission; one of yours does. */
const decryption = (key: string): readonly Statement[] =>
  key === '' ? [] : [{ Sid: 'DecryptItsSecrets', Effect: 'Allow', Action: 'kms:Decrypt', Resource: key }];

/** X-Ray knows no resources: "*" is all one can say. */
const TRACING: Statement = {
  Sid: 'SendTraces',
  Effect: 'Allow',
  Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
  Resource: '*',
};
