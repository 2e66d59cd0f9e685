/** What to do with our own documents that need not be kept any more: remove them, or only `count` them. */
export type RemovalMode = 'remove' | 'count';
