/** How often something happened, by name. */
export class Coverage {
  readonly counts = new Map<string, number>();

  hit(name: string, times = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + times);
  }

  of(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  add(more: Iterable<readonly [name: string, times: number]>): void {
    for (const [name, times] of more) this.hit(name, times);
  }
}
