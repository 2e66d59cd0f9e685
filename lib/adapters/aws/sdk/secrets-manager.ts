// A file of ours, for the reason that sqs.ts gives.
export { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
