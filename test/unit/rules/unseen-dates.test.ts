import { expect, test } from 'vitest';
import type { IndexDescription } from '../../../lib/criteria/index-description.ts';
import { arrivingDates, unseenDates } from '../../../lib/rules/dates/unseen-dates.ts';
import { describedIndex } from '../../support/purge/described-index.ts';

const INGESTED = 'event.ingested';
const date = { type: 'date', searchable: true, aggregatable: true };
const disabled = { kept: 'disabled' } as const;
const always = new Map([[INGESTED, 'always']] as const);
const beyond = new Map([[INGESTED, 'beyond-limit']] as const);
const mapped = (more: object = {}): IndexDescription['fields'] => new Map([[INGESTED, { ...date, ...more }]]);
const unmapped: IndexDescription['fields'] = new Map();
const told = { in: 'lacking', path: INGESTED };

test.each<[string, Partial<IndexDescription>, object | undefined]>([
  ['in documents without a value of a mapped field', { fields: mapped() }, told],
  [
    'in all documents that lack the field where the mapping leaves it out',
    { fields: unmapped, leavesOut: always },
    told,
  ],
  ['where the index ignored it, beyond the limit', { fields: unmapped, leavesOut: beyond }, { ...told, in: 'ignored' }],
  [
    'where the index says that it ignored it, whatever its settings are now',
    { fields: unmapped },
    { ...told, in: 'ignored' },
  ],
  [
    'under the path of the field that it is a part of',
    { fields: mapped({ path: 'event' }) },
    { ...told, path: 'event' },
  ],
  [
    'nowhere certain where the format is another',
    { fields: mapped({ format: 'yyyy-dd-MM' }) },
    { ...told, isOwnFormat: true },
  ],
  ['as plain dates in built-in formats', { fields: mapped({ format: 'strict_date||epoch_second' }) }, told],
  [
    'beside an alias, in every document',
    { fields: mapped({ indirect: 'alias' }), leavesOut: always },
    { ...told, in: 'all' },
  ],
  ['not beside an alias that nothing was left out of', { fields: mapped({ indirect: 'alias' }) }, undefined],
  ['perhaps, where _source is lost', { fields: mapped(), leavesOut: always, source: disabled }, { in: 'lacking' }],
  [
    'perhaps, where scripts are refused',
    { fields: unmapped, leavesOut: always, refusesScripts: true },
    { in: 'lacking' },
  ],
  ['not where _source is lost and the mapping takes the field', { fields: mapped(), source: disabled }, undefined],
  ['in documents whose object no search reaches', { fields: unmapped, outOfSearch: new Map([[INGESTED, 'x']]) }, told],
])('an index may have unseen dates %s', (_, changes, expected) => {
  expect(unseenDates(describedIndex(changes), INGESTED)).toEqual(expected);
});

test.each<[string, Partial<IndexDescription>, object | undefined]>([
  ['wherever _source tells them, of a field that is not mapped', { fields: unmapped }, told],
  ['also beyond the limit', { fields: unmapped, leavesOut: beyond }, told],
  ['not of a field that is looked for in any case', { fields: unmapped, leavesOut: always }, undefined],
  ['not of a mapped field', { fields: mapped() }, undefined],
  ['not where _source is lost', { fields: unmapped, source: disabled }, undefined],
  ['not where scripts are refused', { fields: unmapped, refusesScripts: true }, undefined],
])('documents that arrive later may add unseen dates %s', (_, changes, expected) => {
  expect(arrivingDates(describedIndex(changes), INGESTED)).toEqual(expected);
});
