import type { Comparison } from './found.ts';
import { netOf } from './found.ts';
import { median } from './statistics.ts';

export const OURS = 'es-retention';

/** What we want of a comparison: so many times the speed of another way, or something else in words. */
export interface Wanted {
  readonly than?: string;
  readonly times?: number;
  readonly text: string;
}

const than = (way: string, times: number): Wanted => ({ than: way, times, text: `${times} × the speed of: ${way}` });

export const WANTED: Readonly<Record<'backlog' | 'boundary' | 'accounts' | 'archive' | 'plan', readonly Wanted[]>> = {
  backlog: [than('one delete-by-query for each category', 5)],
  boundary: [than('delete-by-query with default settings', 1.5), than('delete-by-query with scroll_size 10,000', 1)],
  accounts: [than('eight requests at once, one for each account', 4)],
  archive: [{ text: '100,000 copies opened in 20 s, and 1,000 events a second replayed' }],
  plan: [],
};

/** The median of the net seconds of a way; undefined if it was not measured. */
export const secondsOf = ({ ways }: Comparison, name: string): number | undefined => {
  const way = ways.find((each) => each.name === name);
  return way === undefined ? undefined : median(way.rounds.map(netOf));
};

export const isOurs = (name: string): boolean => name.startsWith(OURS);

/** The fastest way that is not ours and leaves nothing; undefined if there is none. */
export const bestOther = (compared: Comparison): { readonly name: string; readonly seconds: number } | undefined =>
  compared.ways
    .filter(({ name, rounds }) => !isOurs(name) && rounds.every(({ left = 0 }) => left === 0))
    .map(({ name, rounds }) => ({ name, seconds: median(rounds.map(netOf)) }))
    .sort((one, other) => one.seconds - other.seconds)[0];
