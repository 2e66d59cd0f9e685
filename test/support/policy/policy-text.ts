/** A small policy without a fault. Every test adds a fault in one place. Line numbers in the tests count from here. */
export const POLICY = `mode: observe
earliest: 2015-01-01T00:00:00Z
reports:
  index: retention-reports
  maxAge: P1095D
categories:
  call-logs:
    title: Call logs
    fields: [room, volume]
    dataSubjects: participants
    purpose: Troubleshooting.
    legalBasis: Contract.
    promise:
      quote: Stored for 14 days.
      source: Privacy policy
      sourceDate: 2023-09-08
    indices: [call-log-*]
    records: dated
    rules:
      age:
        maxAge: P14D
        allowedLateness: PT1H
    schedule: rate(15 minutes)
  settings:
    title: Settings
    fields: [name]
    dataSubjects: customer
    purpose: Billing.
    legalBasis: Contract.
    promise: { quote: Kept while used., source: Privacy policy, sourceDate: 2023-09-08 }
    indices: [settings-*]
    records: current-state
    rules: {}
    schedule: rate(1 hour)
`;

/**
 * The policy with one text replaced. Fails if there is nothing to replace, because the test would then have no fault.
 */
export function policyWith(found: string, replacement: string): string {
  if (!POLICY.includes(found)) throw new Error(`the policy of the tests has no '${found}'`);
  return POLICY.replace(found, replacement);
}
