import * as z from 'zod';
import type { KeyVersions } from '../../erasure/subjects/key-ring.ts';
import { SAVED_PLAN_TYPE, type SavedPlan } from '../../purge/saved/saved-plan.ts';
import { openSigned } from './open-signed.ts';
import { signCanonical } from './sign-canonical.ts';

/** The `typ` of a saved plan's protected header. It distinguishes plans from anything else that we sign. */
const PLAN_TYP = 'es-retention-plan+jws';

const text = z.string().min(1);
const instant = z.iso.datetime();
const refusal = z.strictObject({
  code: z.enum(['share', 'clock-skew', 'controls']),
  expected: z.string(),
  found: z.string(),
  fix: z.string(),
});
const index = z.strictObject({
  index: text,
  uuid: text,
  action: z.enum(['drop', 'delete']),
  mapping: text,
  atMost: z.int().min(0),
});
const category = z.strictObject({
  category: text,
  runId: text,
  plannedAt: instant,
  cutoff: instant.exactOptional(),
  subjects: z.array(text),
  refusals: z.array(refusal),
  indices: z.array(index),
});
const savedPlan: z.ZodType<SavedPlan> = z.strictObject({
  type: z.literal(SAVED_PLAN_TYPE),
  cluster: z.strictObject({ uuid: text, name: z.string(), version: z.string() }),
  policyVersion: text,
  plannedAt: instant,
  expiresAt: instant,
  categories: z.array(category),
});

/** Signs a plan with the current signing key: a compact JWS over its canonical JSON. */
export const signPlan = (plan: SavedPlan, signing: KeyVersions): string => signCanonical(plan, PLAN_TYP, signing);

/**
 * Opens a saved plan.
 * @param signing any version of these keys may have signed it.
 * @returns undefined if none has signed this text as a plan, or if it is a plan of another version.
 */
export const openPlan = async (jws: string, signing: KeyVersions): Promise<SavedPlan | undefined> =>
  savedPlan.safeParse(await openSigned(signing)(jws.trim(), PLAN_TYP)).data;
