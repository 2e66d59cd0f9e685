import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import type { LeftOut, PolicyInForce } from './evidence-list.ts';

/** What was met while the files of the evidence were read. */
export class Gathered {
  readonly #versions = new Map<string, { from: Instant; to: Instant }>();
  /** Versions of the policy whose text is among the files. */
  readonly texts = new Set<string>();
  readonly leftOut: LeftOut[] = [];
  /** Numbers of files or lines, by category. */
  readonly statements = new Map<string, number>();
  readonly reports = new Map<string, number>();
  readonly receipts = new Set<string>();

  /** Notes that a version was in force at an instant. Anything that is no version or no instant is passed over. */
  noteVersion(version: unknown, at: unknown): void {
    const instant = Date.parse(`${at}`);
    if (typeof version !== 'string' || Number.isNaN(instant)) return;
    const { from, to } = this.#versions.get(version) ?? { from: instant, to: instant };
    this.#versions.set(version, { from: Math.min(from, instant), to: Math.max(to, instant) });
  }

  /** The versions in force, the earliest first. */
  get policies(): readonly PolicyInForce[] {
    return [...this.#versions]
      .sort(([, a], [, b]) => a.from - b.from)
      .map(([version, { from, to }]) => ({
        version,
        from: isoInstant(from),
        to: isoInstant(to),
        isHere: this.texts.has(version),
      }));
  }
}
