// Writes retention-policy.schema.json from the policy's schema: run after every change of lib/policy/policy-schema.ts.
import { writeFileSync } from 'node:fs';
import { retentionPolicyJsonSchema } from '../lib/policy/policy-schema.ts';

const file = new URL('../retention-policy.schema.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(retentionPolicyJsonSchema(), null, 2)}\n`);
