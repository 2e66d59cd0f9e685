/** What is to be done with documents of ours that need not be kept any more: `count` only tells how many there are. */
export type Housework = 'remove' | 'count';
