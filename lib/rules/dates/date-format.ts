import { type CoarseUnit, type Precision, type TextForms, UNITS, type Unit } from '../../criteria/date-precision.ts';
import { type TakenUnits, unitsOfBuiltIn } from './built-in-formats.ts';
import { expansionsOf, isReadInPart, withoutLiterals } from './date-pattern.ts';

/** The unit of each letter in a pattern. Seconds and their fractions are fine units. */
const LETTERS: Readonly<Record<string, Unit>> = {
  m: 'minute',
  H: 'hour',
  h: 'hour',
  K: 'hour',
  k: 'hour',
  d: 'day',
  D: 'day',
  F: 'day',
  E: 'day',
  e: 'day',
  c: 'day',
  g: 'day',
  w: 'week',
  W: 'week',
  M: 'month',
  L: 'month',
  Q: 'quarter',
  q: 'quarter',
  y: 'year',
  u: 'year',
  Y: 'weekyear',
};
const FINE_LETTERS = /[sSAnN]/;
const ZONE_LETTERS = /[XxZzVOv]/;

const finestOf = (letters: string): Unit | undefined => {
  if (FINE_LETTERS.test(letters)) return undefined;
  const named = [...letters].flatMap((letter) => LETTERS[letter] ?? []);
  return UNITS.find((unit) => named.includes(unit)) ?? 'weekyear';
};

/** One alternative of a format: a built-in format, or a pattern with all its expansions. */
type Alternative = TakenUnits & Pick<TextForms, 'patterns'> & { readonly name?: string };

const alternativeOf = (format: string): Alternative => {
  const builtIn = unitsOfBuiltIn(format);
  if (builtIn !== undefined) return { ...builtIn, patterns: [], name: format };
  const patterns = (expansionsOf(format) ?? []).map((pattern) => {
    const unit = finestOf(withoutLiterals(pattern));
    return { pattern, ...(unit !== undefined && { unit }) };
  });
  const units = patterns.flatMap(({ pattern, unit }) =>
    unit === undefined ? [] : [{ unit, zoned: ZONE_LETTERS.test(withoutLiterals(pattern)) }],
  );
  return { units, isFine: patterns.some(({ unit }) => unit === undefined), patterns };
};

const alternativesOf = (format: string): readonly string[] =>
  format.split('||').map((each) => each.trim().replace(/^8/, ''));

/**
 * Whether some alternative of a format accepts texts of which Elasticsearch reads only a part. Then it indexes a
 * different date.
 * @param format of a mapping: names of formats or patterns, joined by `||`.
 */
export const isFormatReadInPart = (format: string): boolean =>
  alternativesOf(format).some((each) => unitsOfBuiltIn(each) === undefined && isReadInPart(each));

/** Whether every alternative of a format is built in. Such formats read ISO texts and numbers in their usual sense. */
export const isPlainFormat = (format: string): boolean =>
  alternativesOf(format).every((each) => unitsOfBuiltIn(each) !== undefined);

const merged = (taken: readonly CoarseUnit[]): readonly CoarseUnit[] =>
  UNITS.flatMap((unit) => {
    const same = taken.filter((each) => each.unit === unit);
    const isOdd = same.some((each) => each.isOdd === true);
    const zoned = same.some((each) => each.zoned);
    return same.length === 0 ? [] : [{ unit, zoned, ...(isOdd && { isOdd: true as const }) }];
  });

const isOfNumbers = ({ name }: Alternative): boolean => name?.startsWith('epoch_') === true;

const textFormsOf = (alternatives: readonly Alternative[], locale: string): TextForms => {
  const builtIn = alternatives.filter((each) => each.name !== undefined && !isOfNumbers(each));
  return {
    patterns: alternatives.flatMap(({ patterns }) => patterns),
    ...(builtIn.length > 0 && { builtIn: merged(builtIn.flatMap(({ units }) => units)).map(({ unit }) => unit) }),
    takesNumbers: alternatives.some(isOfNumbers),
    locale,
  };
};

/** The maximum number of patterns that are tried on each document. */
const MAX_PATTERNS = 64;

/**
 * The precision of the dates in a field.
 * @param format of its mapping: names of formats or patterns, joined by `||`.
 * @param paths the paths under which `_source` shows the text of each document; undefined if it does not.
 * @param locale of its mapping.
 * @returns undefined if every date has a precision of a second or less.
 */
export const precisionOf = (
  format: string,
  paths: readonly string[] | undefined,
  locale = 'en',
): Precision | undefined => {
  const alternatives = alternativesOf(format).map(alternativeOf);
  const texts = textFormsOf(alternatives, locale);
  const isTold = paths !== undefined && texts.patterns.length <= MAX_PATTERNS;
  const taken = alternatives.flatMap(({ units }) => units).filter(({ isOdd }) => isTold || isOdd !== true);
  const units = merged(taken);
  const [first] = units;
  if (first === undefined) return undefined;
  const isOne = units.length === 1 && first.isOdd !== true && !alternatives.some(({ isFine }) => isFine);
  return isOne ? { kind: 'always', longest: first } : { kind: 'perhaps', units, ...(isTold && { paths }), texts };
};
