import { readFileSync } from 'node:fs';
import { isAbsolute, normalize } from 'node:path';
import type { Deployment } from './deployment.ts';

const refuse = (found: string): never => {
  throw new Error(
    `elasticsearchCa was expected to be the path of a PEM file in the folder of serverless.yml, which is packaged into the functions; found ${found}. Copy the certificate there, and name the file.`,
  );
};

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return refuse('no such file');
  }
};

/**
 * The file with the certificate authority of the cluster, relative to the folder of serverless.yml and to a function.
 * Empty if no private authority is named.
 * @throws Error if the file does not exist, or must not be packaged.
 */
export const certificateOf = ({ parameters: { elasticsearchCa } }: Pick<Deployment, 'parameters'>): string => {
  if (elasticsearchCa === '') return '';
  const file = normalize(elasticsearchCa);
  if (isAbsolute(file) || file.startsWith('..')) refuse('a path that leads out of it');
  const text = textOf(file);
  if (!text.includes('-----BEGIN CERTIFICATE-----')) refuse('a file without a certificate');
  if (text.includes('PRIVATE KEY-----')) refuse('a file with a private key in it');
  return file;
};
