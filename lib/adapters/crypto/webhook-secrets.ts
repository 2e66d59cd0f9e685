import { InputError } from '../../base/errors.ts';
import { isPlaceholder, readSecretFile } from '../files/secret-file.ts';
import type { WebhookSecrets } from './webhook-signature.ts';

/** Neither secret nor path is repeated: a secret without its prefix looks like a path. */
const badSecrets = (found: string): never => {
  throw new InputError('bad-webhook-secrets', {
    expected:
      'WEBHOOK_SECRETS to hold secrets such as whsec_… (24 to 64 bytes in base64), or the path of a file that holds this',
    found,
    fix: 'Write one or several random secrets, separated by spaces or line ends, as the sender shows them.',
  });
};

const secretsFrom = (path: string): string => {
  try {
    return readSecretFile(path, 'webhook secrets');
  } catch (error) {
    if (error instanceof InputError) throw error;
    return badSecrets(`neither: ${(error as NodeJS.ErrnoException).code ?? 'a file that cannot be read'}`);
  }
};

const QUOTED = /^["'`\u2018\u201c]/;
const SECRET = /^whsec_(?<key>(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/;

const readSecret = (secret: string, at: number): Uint8Array => {
  if (QUOTED.test(secret)) return badSecrets(`quotation marks around the one in place ${at + 1}`);
  const key = Buffer.from(SECRET.exec(secret)?.groups?.key ?? '', 'base64');
  if (key.length < 24 || key.length > 64) return badSecrets(`something else in place ${at + 1}`);
  return isPlaceholder(key) ? badSecrets(`the same byte again and again in place ${at + 1}`) : key;
};

/**
 * Reads secrets in the format of Standard Webhooks.
 * @param value the secrets, separated by white space, or the path of a file with them.
 * @throws InputError `bad-webhook-secrets`
 */
export const readSecrets = (value: string): WebhookSecrets => {
  if (value === '') return badSecrets('nothing');
  if (QUOTED.test(value)) return badSecrets('quotation marks around them');
  const text = value.startsWith('whsec_') ? value : secretsFrom(value);
  const secrets = text.split(/\s+/).filter((each) => each !== '');
  return secrets.length > 0 ? secrets.map(readSecret) : badSecrets('an empty file');
};
