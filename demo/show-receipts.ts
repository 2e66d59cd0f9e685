import { readKeyRing } from '../lib/adapters/crypto/key-ring.ts';
import { publicKeyOf } from '../lib/adapters/files/key-ring-file.ts';
import type { Subject } from '../lib/erasure/events/termination-type.ts';
import { ownIndices } from '../lib/policy/own-indices.ts';
import { DELETED, ENDED } from './account-messages.ts';
import { type CheckedReceipt, checkReceipts } from './check-receipts.ts';
import { SUBJECTS } from './customers.ts';
import type { EventBus } from './event-bus.ts';
import type { Premises } from './premises.ts';
import { heading, say } from './say.ts';
import { CONFIGURATION } from './seed-catalogue.ts';

const nameOf = ({ uin, sdkAppId }: Subject): string =>
  sdkAppId === undefined ? `account ${uin}` : `application ${sdkAppId} of account ${uin}`;

const sayReceipt = ({ kid, receipt, subjects }: CheckedReceipt): void => {
  const { id, trigger, scope, terminatedAt, eraseBy } = receipt.request;
  const fits = subjects.length === 0 ? 'nobody' : subjects.map(nameOf).join(', ');
  say(`${id}: ${trigger}, one ${scope}`);
  say(`  promised   ended ${terminatedAt}, to be erased by ${eraseBy}`);
  for (const { category, documentsErased, documentsLeft, verifiedAt } of receipt.categories)
    say(`  done       ${category}: ${documentsErased} erased, ${documentsLeft} left at ${verifiedAt}`);
  say(`  kept       ${receipt.keptInTime ? 'in time' : 'too late'}`);
  say(`  signature  valid, by key ${kid}`);
  say(`  about      ${fits}: of ${SUBJECTS.length} subjects its opening fits ${subjects.length}`);
};

const isAbout = ({ subjects: [first, ...others] }: CheckedReceipt, { uin, sdkAppId }: Subject): boolean =>
  others.length === 0 && first?.uin === uin && first.sdkAppId === sdkAppId;

/** One for each, and no more, whatever came how often; and none passes with a word changed. */
const areAsExpected = (receipts: readonly CheckedReceipt[]): boolean =>
  receipts.length === 2 &&
  [DELETED, ENDED].every((subject) => receipts.some((receipt) => isAbout(receipt, subject))) &&
  receipts.every(({ receipt, tampered }) => receipt.keptInTime && tampered === 'bad-signature');

/** @returns whether there is one valid receipt for everything that was erased, and the bus heard of it. */
export const showReceipts = async (
  { client, policy, keysFile }: Premises,
  { events }: EventBus<unknown>,
): Promise<boolean> => {
  const names = ownIndices(policy, CONFIGURATION.id);
  heading(`The receipts in ${names.receipts}, checked with the public key`);
  const publicKey = publicKeyOf(keysFile).key.export({ type: 'spki', format: 'pem' }).toString();
  const receipts = await checkReceipts(client, names, publicKey, readKeyRing({ RETENTION_KEYS: keysFile }));
  receipts.forEach(sayReceipt);
  const fates = new Set(receipts.map(({ tampered }) => tampered));
  const completed = events.filter(({ 'detail-type': type }) => type === 'Erasure Completed').length;
  say('Without its opening, which the ledger keeps sealed for whoever asked, nobody can tell whose a receipt is.');
  say(`With one document more written into it each is refused: ${[...fates].join(', ')}.`);
  say(`The message that came three times has one receipt. The bus was told of ${completed} erasures completed.`);
  return areAsExpected(receipts) && completed === receipts.length;
};
