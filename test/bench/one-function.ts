import type { Context } from 'aws-lambda';
import { SCHEDULER_EVENT } from '../support/deployment/schedule-events.ts';

// A purge function as Lambda keeps it: one process, called until nothing is due any more. node one-function.ts <bundle>
const FIFTEEN_MINUTES = 900_000;
const MAX_CALLS = 20;

/** What it needed at most until now, in megabytes. */
const peak = (): number => Math.round(process.resourceUsage().maxRSS / 1_024);

const call = async (handler: (event: unknown, context: Context) => Promise<unknown>) => {
  const startedAt = Date.now();
  const context = { getRemainingTimeInMillis: () => startedAt + FIFTEEN_MINUTES - Date.now() } as Context;
  const answer = (await handler(SCHEDULER_EVENT, context)) as { outcome: string; erasures?: { due: number } };
  const { outcome, erasures } = answer;
  return { outcome, seconds: (Date.now() - startedAt) / 1_000, peak: peak(), ...erasures };
};

const { handler } = await import(process.argv[2] ?? '');
console.log(JSON.stringify({ imported: peak() }));
for (let at = 0; at < MAX_CALLS; at++) {
  const called = await call(handler);
  console.log(JSON.stringify(called));
  if ((called.due ?? 0) === 0) break;
}
