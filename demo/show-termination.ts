import { styleText } from 'node:util';
import { describeDuration } from '../lib/policy/time/duration.ts';
import { countSubjects } from './account-count.ts';
import { ENDED } from './account-messages.ts';
import { openWires } from './account-wires.ts';
import { invoke } from './invoke.ts';
import type { Premises } from './premises.ts';
import { heading, say } from './say.ts';
import { CONFIGURATION } from './seed-catalogue.ts';
import { showAccountProof } from './show-account-proof.ts';
import { showReceipts } from './show-receipts.ts';
import { showWebhooks } from './show-webhooks.ts';

const RUNS = 2;

const showPromise = ({ policy }: Premises): void => {
  const { title = '', rules } = policy.categories.get(CONFIGURATION.id) ?? {};
  const { deadline, cancelWindow } = rules?.termination ?? {};
  heading('When an account ends');
  say(
    `${title}, ${CONFIGURATION.id}: promised to be deleted within ${describeDuration(deadline?.milliseconds ?? 0)} after`,
  );
  say(
    `an account or its use of the service ends. For ${describeDuration(cancelWindow?.milliseconds ?? 0)} it can be taken back, then it is erased, with a receipt.`,
  );
};

/** @returns whether nothing is left open after the last run. */
const showRuns = async ({ client, policy }: Premises, signal: AbortSignal): Promise<boolean> => {
  heading(`The scheduled run of purge-${CONFIGURATION.id}, ${RUNS} times`);
  let isLeft = true;
  for (let run = 1; run <= RUNS; run += 1) {
    const { report } = await invoke(CONFIGURATION.id, client, policy, signal);
    const { due = 0, erased = 0, open = 0 } = report.erasures ?? {};
    say(
      `Run ${run}: ${report.outcome}, ${report.documentsRemoved} documents erased. Subjects due: ${due}, closed as erased: ${erased}, still open: ${open}.`,
    );
    isLeft = report.outcome !== 'complete' || open > 0;
  }
  say('What an account’s deletion left is watched for one more run, in case something is still written late.');
  return !isLeft;
};

/**
 * The demo's second part: webhooks, erasures, receipts, and what Elasticsearch says of every account.
 * @returns whether everything went as it should.
 */
export const showTermination = async (premises: Premises, signal: AbortSignal): Promise<boolean> => {
  showPromise(premises);
  const before = await countSubjects(premises.client, ENDED.sdkAppId);
  const wires = await openWires(premises.policy, signal);
  try {
    const heard = await showWebhooks(premises, wires, signal);
    const erased = await showRuns(premises, signal);
    const proven = await showReceipts(premises, wires.bus);
    signal.throwIfAborted();
    const agreed = await showAccountProof(premises, before);
    if (heard && erased && proven && agreed) return true;
    say(styleText('red', 'Not everything is as it should be: please report this, with all of the above.'));
    return false;
  } finally {
    await wires.close();
  }
};
