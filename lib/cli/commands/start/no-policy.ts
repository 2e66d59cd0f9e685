import { once } from '../../../base/once.ts';
import { parseRetentionPolicy } from '../../../policy/parsing/parse-retention-policy.ts';
import type { RetentionPolicy } from '../../../policy/retention-policy.ts';

const TEXT = `mode: observe
earliest: 2000-01-01T00:00:00Z
reports: { index: retention-reports, maxAge: P1D }
categories:
  none:
    promise: { quote: None., source: None, sourceDate: 2000-01-01 }
    indices: [none]
    records: dated
    rules: {}
    schedule: rate(1 hour)
`;

/** Stands in for a policy that cannot be read, or is not written yet: it claims no index, and destroys nothing. */
export const noPolicy = once((): RetentionPolicy => ({ ...parseRetentionPolicy(TEXT, 'none'), categories: new Map() }));
