import type { estypes } from '@elastic/elasticsearch';
import { type DateSpan, reachOf, startsAround } from '../../../criteria/date-precision.ts';
import type { AgeCriteria, DateField, UsableFields } from '../../../criteria/due-criteria.ts';
import type { Instant } from '../../../policy/time/instant.ts';
import { textParams, UNIT_END } from '../scripts/unit-end-script.ts';
import { all, any } from './bool-query.ts';
import { DATE_FIELDS, fieldName, range } from './date-ranges.ts';
import { unseenRuntime } from './unseen-dates-query.ts';

/**
 * The name of the run-time field with the end of a field's dates, for documents whose precision is coarser than a
 * second.
 */
const endField = (field: DateField): string => `es_retention_end_of_${field}`;

/** Cuts the spans at 1970, since a field with nanoseconds neither contains nor accepts earlier instants. */
const since1970 = (spans: readonly DateSpan[]): readonly DateSpan[] =>
  spans.filter(({ lt }) => lt > 0).map(({ gte, lt }) => ({ gte: Math.max(0, gte), lt }));

/**
 * Documents that a coarse date keeps at an instant: it begins before the instant, but ends after it.
 * @param field that has values in the index.
 */
export const keptAsCoarse = (
  criteria: AgeCriteria,
  usable: UsableFields,
  instant: Instant,
  field: DateField,
): readonly estypes.QueryDslQueryContainer[] => {
  const precision = usable.precision?.[field];
  if (precision === undefined) return [];
  const name = fieldName(criteria, field);
  const spans =
    precision.kind === 'always'
      ? [{ gte: reachOf(precision.longest, instant), lt: instant }]
      : precision.units.flatMap((unit) => startsAround(unit, instant, precision.paths !== undefined));
  const starts = usable.nanoseconds === true ? since1970(spans) : spans;
  if (starts.length === 0) return [];
  const isStart = any(...starts.map((span) => range(name, span)));
  return [
    precision.kind === 'always' || precision.paths === undefined
      ? isStart
      : all(isStart, range(endField(field), { gte: instant })),
  ];
};

/** The run-time fields that the queries of an age rule use. Every request with one of these queries needs them. */
export const dateRuntime = (
  criteria: AgeCriteria,
  usable: UsableFields,
): Record<string, estypes.MappingRuntimeField> => {
  const asked = DATE_FIELDS.flatMap((field) => {
    const precision = usable.precision?.[field];
    if (precision?.kind !== 'perhaps' || precision.paths === undefined) return [];
    const params = { field: fieldName(criteria, field), ...textParams(precision) };
    const script = { source: UNIT_END, params };
    return [[endField(field), { type: 'date' as const, script }] as const];
  });
  return Object.assign(Object.fromEntries(asked), ...DATE_FIELDS.map((field) => unseenRuntime(usable, field)));
};
