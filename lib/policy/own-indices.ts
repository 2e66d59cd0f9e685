/** With what the names of our own indices begin, where the policy does not say otherwise. */
export const OWN_PREFIX = 'retention-';

/** The names of the indices that es-retention keeps for itself; that of the reports the policy says. */
export interface OwnIndices {
  readonly leases: string;
  readonly ledger: string;
  readonly events: string;
  readonly receipts: string;
}

/** The own indices whose names begin with a prefix. */
export const ownIndices = (prefix: string = OWN_PREFIX): OwnIndices => ({
  leases: `${prefix}leases`,
  ledger: `${prefix}ledger`,
  events: `${prefix}ledger-events`,
  receipts: `${prefix}receipts`,
});
