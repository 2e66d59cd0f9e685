import type { FieldFacts } from '../../criteria/index-description.ts';

const INDIRECT = {
  alias: 'an alias of another field',
  runtime: 'a run-time field',
  passthrough: 'a field of a passthrough object, under a name that is not its own',
  nested: 'inside a nested object',
} as const satisfies Record<NonNullable<FieldFacts['indirect']>, string>;

/** Why a field of the right type cannot be believed; empty if it can be believed. */
export const flawsOf = ({ indirect, searchable, aggregatable }: FieldFacts): readonly string[] => [
  ...(indirect === undefined ? [] : [INDIRECT[indirect]]),
  ...(searchable ? [] : ['not searchable']),
  ...(aggregatable ? [] : ['without doc values']),
];
