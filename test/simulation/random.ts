/** Mixes 32 bits (the finalizer of MurmurHash3). */
const mix = (value: number): number => {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
};

/** A number for a text and a salt: always the same one. */
export const hashOf = (text: string, salt = 0): number => {
  let hash = 0x811c9dc5 ^ salt;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mix(hash);
};

/** A number in [0, 1) for a salt and a counter: always the same one. */
export const fractionOf = (salt: number, counter: number): number =>
  mix(salt ^ Math.imul(counter + 1, 0x9e3779b1)) / 0x1_0000_0000;

/** Random choices from one seed. The same seed gives the same choices on every machine. */
export class Random {
  readonly #salt: number;
  #count = 0;

  constructor(seed: string) {
    this.#salt = hashOf(seed);
  }

  /** In [0, 1). */
  fraction(): number {
    return fractionOf(this.#salt, this.#count++);
  }

  /** A whole number in [from, to]. */
  int(from: number, to: number): number {
    return from + Math.floor(this.fraction() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[Math.floor(this.fraction() * from.length)];
    if (from.length === 0) throw new Error('nothing to pick from');
    return picked as T;
  }
}
