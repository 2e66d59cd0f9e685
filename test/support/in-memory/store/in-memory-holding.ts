import type { Criteria, UsableFields } from '../../../../lib/criteria/due-criteria.ts';
import { isKeptWhole } from '../../../../lib/purge/controls/held-index.ts';
import type { InMemoryDocument } from '../in-memory-cluster.ts';
import { accountsOf, indexedTexts, said } from './in-memory-erasing.ts';

/** Whether a hold keeps a document, by the semantics of `HeldBy`. */
export const isHeld = (document: InMemoryDocument, usable: UsableFields, { held }: Criteria): boolean => {
  if (held === undefined || usable.held === undefined) return false;
  if (isKeptWhole(usable)) return true;
  const { account, application } = usable;
  if (account === undefined) return (document.uin ?? []).length > 0;
  const isPartial =
    (document.unindexed ?? []).length > 0 ||
    indexedTexts(document.uin, account).size === 0 ||
    (document.uin ?? []).some((value) => indexedTexts([value], account).size === 0);
  if (account.path === undefined)
    return isPartial || held.accounts.some(({ uin }) => indexedTexts(document.uin, account).has(uin));
  const accounts = accountsOf(document);
  return held.accounts.some(({ uin, sdkAppId }) => {
    if (!accounts.has(uin)) return false;
    if (sdkAppId === undefined || application?.path === undefined) return true;
    const applications = said(document.sdkAppId, application);
    return applications.size === 0 || applications.has(sdkAppId);
  });
};
