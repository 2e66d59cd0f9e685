import { keyThumbprint } from '../../../adapters/crypto/public-key.ts';
import {
  createKeyRingFile,
  publicKeyOf,
  rotateKeyRingFile,
  splitKeyRingFile,
} from '../../../adapters/files/key-ring-file.ts';
import type { KeyKind } from '../../../erasure/subjects/key-ring.ts';
import { EXIT } from '../../exit-code.ts';
import type { Result } from '../../output/result.ts';

/** `keys generate`: creates a key ring. Shows the names of its keys, but no key. */
export const generateKeysCommand = async (file: string): Promise<Result> => {
  const keyIds = await createKeyRingFile(file, Date.now());
  const summary = `Made: ${file} · subject ${keyIds.subject} · signing ${keyIds.signing} · archive ${keyIds.archive}`;
  return {
    page: [
      { text: summary, style: 'bold' },
      'Only you can read it (mode 0600). Keep it apart from what it protects, and a copy in a safe place: without it the archive does not open, no event finds what the ledger holds of its account, and reconcile cannot tell who was erased before.',
      `Hand round the public key, so that receipts can be checked: node bin/es-retention.mjs keys public ${file}`,
    ],
    json: { command: 'keys generate', summary, exitCode: EXIT.done, file, current: keyIds },
    exitCode: EXIT.done,
  };
};

/** `keys public`: prints only the PEM on stdout, so that it can be redirected into a file. */
export const publicKeyCommand = async (file: string, kid?: string): Promise<Result> => {
  const found = publicKeyOf(file, kid);
  const pem = String(found.key.export({ type: 'spki', format: 'pem' }));
  const thumbprint = await keyThumbprint(found.key);
  return {
    page: pem.trimEnd().split('\n'),
    json: {
      command: 'keys public',
      summary: `Public key: ${found.kid}`,
      exitCode: EXIT.done,
      kid: found.kid,
      thumbprint,
      pem,
      jwk: { ...found.key.export({ format: 'jwk' }), kid: found.kid },
    },
    exitCode: EXIT.done,
  };
};

const AFTER_ROTATION: Readonly<Record<KeyKind, string>> = {
  subject: 'What was hashed under the older versions is still recognised, as long as they stay in the ring.',
  signing:
    'Hand round the new public key, and keep the old ones: receipts that were signed with them are checked with them.',
  archive: 'What was sealed under the older versions still opens, as long as they stay in the ring.',
};

/** `keys rotate`: adds a new version of one kind of key. */
export const rotateKeyCommand = async (file: string, kind: KeyKind): Promise<Result> => {
  const { kid, kept } = await rotateKeyRingFile(file, kind, Date.now());
  const summary = `Rotated: the ${kind} key is now ${kid} · kept: ${kept.join(', ')}`;
  return {
    page: [
      { text: summary, style: 'bold' },
      AFTER_ROTATION[kind],
      'Give this ring to everybody who works with one. Where somebody may work with the old one meanwhile, do it in two steps: docs/keys.md.',
    ],
    json: { command: 'keys rotate', summary, exitCode: EXIT.done, file, kind, current: kid, kept },
    exitCode: EXIT.done,
  };
};

/** `keys split`: writes one file for each kind of key, to be stored as separate secrets. Shows no key. */
export const splitKeysCommand = async (file: string): Promise<Result> => {
  const files = await splitKeyRingFile(file);
  const summary = `Split: ${files.join(' · ')}`;
  return {
    page: [
      { text: summary, style: 'bold' },
      'Only you can read them (mode 0600). Put each into its secret (keys/subject, keys/signing, keys/archive), then remove these files. The ring itself is unchanged.',
    ],
    json: { command: 'keys split', summary, exitCode: EXIT.done, file, files },
    exitCode: EXIT.done,
  };
};
