// Writes the function of a category of retention-policy.yml, and its entry in serverless.yml:
// `npm run add-category -- <category id>`.
import { readFileSync, writeFileSync } from 'node:fs';
import { functionOf } from '../deploy/naming.ts';
import { additionOf, categoryNamed } from '../deploy/service/add-category.ts';
import { functionFileOf } from '../deploy/service/category-function.ts';
import { readServiceFiles } from '../deploy/service/service-files.ts';
import { parseRetentionPolicy } from '../lib/policy/parsing/parse-retention-policy.ts';

const POLICY = 'retention-policy.yml';

const addCategory = (given: readonly string[]): readonly string[] => {
  const policy = parseRetentionPolicy(readFileSync(POLICY, 'utf8'), POLICY);
  const files = readServiceFiles();
  const category = categoryNamed(given, policy, files);
  const { file, serverless } = additionOf(category, files);
  // wx: does not overwrite a file that was created meanwhile.
  if (file !== undefined) writeFileSync(file.path, file.text, { flag: 'wx' });
  if (serverless !== undefined) writeFileSync('serverless.yml', serverless);
  return [
    `${functionFileOf(category)}: ${file === undefined ? 'there already' : 'written'}`,
    `${functionOf(category)} in serverless.yml: ${serverless === undefined ? 'there already' : 'written'}`,
    'Next: "node bin/es-retention.mjs setup" makes its indices, and with --keys its key.',
  ];
};

try {
  for (const line of addCategory(process.argv.slice(2))) console.log(line);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
