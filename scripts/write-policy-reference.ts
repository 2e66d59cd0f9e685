// Writes the reference in docs/policy.md from retention-policy.schema.json: `npm run policy-reference`, after
// `npm run policy-schema`.
import { readFileSync, writeFileSync } from 'node:fs';
import { policyReference, withReference } from './policy-reference.ts';

const page = new URL('../docs/policy.md', import.meta.url);
const schema = JSON.parse(readFileSync(new URL('../retention-policy.schema.json', import.meta.url), 'utf8'));
writeFileSync(page, withReference(readFileSync(page, 'utf8'), policyReference(schema)));
