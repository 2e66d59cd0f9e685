import type { estypes } from '@elastic/elasticsearch';
import { categoryIn, type OwnIndices, type OwnNames, sharedIndices } from '../../../policy/own-indices.ts';
import { EVENT_MAPPINGS } from '../ledger/event-query.ts';
import { LEDGER_MAPPINGS } from '../ledger/ledger-document.ts';
import type { OwnIndexShape } from '../own-index/own-index-shape.ts';
import { CONTROL_MAPPINGS } from '../records/elasticsearch-controls.ts';
import { RECEIPT_MAPPINGS } from '../records/elasticsearch-receipts.ts';
import { REPORT_MAPPINGS } from '../records/elasticsearch-reports.ts';
import { LEASE_MAPPINGS } from '../records/lease-document.ts';

/** The mapping of each kind of own index. */
export const OWN_MAPPINGS: Readonly<Record<keyof OwnIndices, estypes.MappingTypeMapping>> = {
  leases: LEASE_MAPPINGS,
  controls: CONTROL_MAPPINGS,
  reports: REPORT_MAPPINGS,
  ledger: LEDGER_MAPPINGS,
  events: EVENT_MAPPINGS,
  receipts: RECEIPT_MAPPINGS,
};

/** All kinds of own indices. */
export const OWN_INDEX_KINDS = Object.keys(OWN_MAPPINGS) as readonly (keyof OwnIndices)[];

/**
 * The form of an own index by its name, even of a category that is not in the policy any more, or of earlier versions.
 */
export const shapeNamed = (names: OwnNames, name: string): OwnIndexShape | undefined => {
  const shared: Partial<OwnIndices> = sharedIndices(names);
  const kind = OWN_INDEX_KINDS.find((each) => categoryIn(names, each, name) !== undefined || shared[each] === name);
  return kind && { name, mappings: OWN_MAPPINGS[kind] };
};
