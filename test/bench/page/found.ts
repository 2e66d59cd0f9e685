import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// What the bench has measured, as docs/benchmarks.json keeps it: page and plots are made from it alone.

/** What one way of doing some work took, once. Seconds, and megabytes. */
export interface Measured {
  /** From the start of the process, or from the first request if there is no process. */
  readonly seconds: number;
  /** From the first request of the command. */
  readonly net?: number;
  /** The same without the receipts. */
  readonly netWithoutReceipts?: number;
  readonly serverProcessor: number;
  readonly commandProcessor?: number;
  readonly peakMegabytes?: number;
  /** The instants between which the command deleted documents. */
  readonly deletions?: readonly [from: number, to: number];
  /** The requests that the command sent. */
  readonly requests?: number;
  /** Due documents that the way left, because it cannot delete them. */
  readonly left?: number;
}

/** Net of the start of Node, where a process was started. */
export const netOf = ({ net, seconds }: Measured): number => net ?? seconds;

/** All rounds of one way. */
export interface Way {
  readonly name: string;
  readonly rounds: readonly Measured[];
}

/** Ways of doing the same work, measured in turn in one run. */
export interface Comparison {
  readonly title: string;
  readonly ways: readonly Way[];
  /** The documents that each way had to delete. */
  readonly due?: number;
  /** What else a reader of the figures should know. */
  readonly notes?: readonly string[];
}

/** The searches of others in one window. */
export interface Felt {
  readonly way: string;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly seconds: number;
  readonly searches: number;
  /** Documents deleted in a second; absent without deletions. */
  readonly rate?: number;
}

/** Windows with and without deletions, in turn. */
export interface FeltWindows {
  /** The documents of the index that is purged. */
  readonly documents: number;
  readonly searchesPerSecond: number;
  readonly windows: readonly Felt[];
}

/** What commands took at one size. */
export interface GrowthPoint {
  readonly size: number;
  readonly works: Readonly<Record<string, Measured>>;
}

/** How commands grow with one thing. */
export interface GrowthCurve {
  /** The thing that grows, such as `documents`. */
  readonly of: string;
  /** What was measured, as a sentence for each work. */
  readonly works: Readonly<Record<string, string>>;
  /** Ascending sizes. */
  readonly points: readonly GrowthPoint[];
  /** Why larger sizes were not measured; absent if all were. */
  readonly stopped?: string;
}

/** When, where and of what a part was measured. */
export interface Circumstances {
  /** Whether its sizes were the small ones of `npm run bench:quick`. */
  readonly isQuick: boolean;
  /** Instant of its begin, in ISO 8601. */
  readonly at: string;
  readonly minutes: number;
  readonly commit: string;
  /** Processors and memory. */
  readonly machine: string;
  /** The load of the machine at the beginning and at the end. */
  readonly load: readonly [begin: number, end: number];
  readonly elasticsearch: string;
  /** Of the server, such as `1g`. Unknown of a server that was there before. */
  readonly heap: string;
  readonly node: string;
}

interface Part<T> {
  readonly circumstances: Circumstances;
  readonly found: T;
}

/** The latest measurement of each part. */
export interface Found {
  readonly backlog?: Part<readonly Comparison[]>;
  readonly boundary?: Part<readonly Comparison[]>;
  readonly accounts?: Part<readonly Comparison[]>;
  readonly archive?: Part<readonly Comparison[]>;
  readonly plan?: Part<readonly Comparison[]>;
  readonly neighbours?: Part<FeltWindows>;
  readonly equivalence?: Part<FeltWindows>;
  readonly growth?: Part<readonly GrowthCurve[]>;
}

export type PartName = keyof Found;

const FILE = 'benchmarks.json';

/** What was measured earlier. Nothing if the folder has no such file. */
export const readFound = (folder: string): Found => {
  try {
    return JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as Found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
};

/** Four digits tell enough; more only make the file larger. */
const short = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;

export const writeFound = (folder: string, found: Found): void =>
  writeFileSync(join(folder, FILE), `${JSON.stringify(found, short, 1)}\n`);
