/** Index blocks as Elasticsearch names them under `index.blocks`. */
export const BLOCKS = ['write', 'read_only', 'read_only_allow_delete', 'metadata', 'read'] as const;

export type Block = (typeof BLOCKS)[number];

const DELETE_BLOCKS = ['write', 'read_only', 'read_only_allow_delete'] as const;

/** The block that prevents deletions in an index. A delete request would wait and then fail. */
export const deleteObstacle = (blocks: readonly Block[]): Block | undefined =>
  DELETE_BLOCKS.find((block) => blocks.includes(block));

/** The request that lifts blocks from an index, as a person can send it. */
export const liftRequest = (index: string, ...blocks: readonly string[]): string =>
  `PUT /${index}/_settings {${blocks.map((block) => `"index.blocks.${block}": null`).join(', ')}}`;

/** The request that lifts all blocks of an index that prevent deletions. */
export const allowDeletionsRequest = (index: string, blocks: readonly Block[]): string =>
  liftRequest(index, ...DELETE_BLOCKS.filter((block) => blocks.includes(block)));
