import type { ClusterIdentity } from '../../purge/report/report.ts';

/** The `type` of every list, with its version. */
export const EVIDENCE_TYPE = 'es-retention/evidence/1';

/** The `typ` of the protected header. It distinguishes lists of evidence from anything else that we sign. */
export const EVIDENCE_TYP = 'es-retention-evidence+jws';

/** The name of the signed list in the zip. */
export const LIST_FILE = 'evidence.jws';

/** A version of the policy by which the audit or a run worked. Instants are ISO 8601 in UTC. */
export interface PolicyInForce {
  readonly version: string;
  /** The first and the last statement, report or receipt that names it. */
  readonly from: string;
  readonly to: string;
  /** Whether the text of this version is among the files. */
  readonly isHere: boolean;
}

/** Something that belongs in the evidence and is not in it. */
export interface LeftOut {
  /** The path that it would have. */
  readonly path: string;
  readonly why: 'no key of the ring opens it' | 'damaged' | 'not signed by a key of the ring' | 'not in the archive';
}

/** The content of the signed list: what the zip holds, and what it lacks. */
export interface EvidenceList {
  readonly type: typeof EVIDENCE_TYPE;
  readonly madeAt: string;
  /** The period, from its first instant to the first one after it. */
  readonly since: string;
  readonly until: string;
  readonly cluster: ClusterIdentity;
  readonly categories: readonly string[];
  /** SHA-256, in hex, of each file by its path, without the list itself. */
  readonly files: Readonly<Record<string, string>>;
  readonly policies: readonly PolicyInForce[];
  readonly leftOut: readonly LeftOut[];
}
