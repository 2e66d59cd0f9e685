import { hasOurMark, markAgain } from './own-index-mark.ts';
import { type FoundIndex, settingsFix, unfitSettings } from './own-index-settings.ts';
import { holdsSource } from './own-index-shape.ts';

/** The fix for an index that does not keep `_source`: the loss with its documents, and how to restore the index. */
export const fixOfLostSource = (index: string): string =>
  `The documents of ${index} cannot be read or copied any more, and this cannot be set back. Where a snapshot from before has it, delete ${index} by hand and restore it. Else delete it by hand, run node bin/es-retention.mjs setup, then node bin/es-retention.mjs replay: open entries and events that the archive has come back by it. Receipts do not come back: their sealed copies stay in the archive (docs/keys.md says how to open one). Reports are lost.`;

/**
 * The fix for one of our own indices that was altered. One request resets the settings, and another the mark. The
 * settings are reset before documents are copied.
 * @param differences all of them, including settings.
 */
export const fixOfAltered = (index: string, differences: readonly string[], found?: FoundIndex): string => {
  const rebuild = `node bin/es-retention.mjs setup --rebuild ${index} makes it anew, with its documents. Stop the runs first.`;
  if (found === undefined) return rebuild;
  if (!holdsSource(found)) return fixOfLostSource(index);
  const unfit = unfitSettings(found);
  const isMarkLost = !hasOurMark(found);
  const requests = [
    ...(unfit.length === 0 ? [] : [settingsFix(index, unfit)]),
    ...(isMarkLost ? [markAgain(index, found)] : []),
  ];
  if (requests.length === 0) return rebuild;
  const fixed = unfit.length + (isMarkLost ? 1 : 0);
  return [...requests, ...(differences.length === fixed ? [] : [`Then ${rebuild}`])].join(' ');
};
