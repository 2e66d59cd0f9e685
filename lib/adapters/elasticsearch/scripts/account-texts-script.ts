// Reads identifiers from a document. Written in Painless, run by the server. A number counts by its value, whatever its
// type in the document (JSON has integers and doubles; CBOR and SMILE have floats and decimals of any size). A text
// counts unchanged: "007" is not 7.

/** The text for an identifier that nobody can read. No identifier begins with a space. */
export const UNREADABLE = ' unreadable';

/** More digits than an identifier has characters. */
const MAX_DIGITS = 200;

/**
 * `textOf(value)`: an identifier as text. If the value is no identifier or is not exactly known, the result begins with
 * a space. No identifier begins with a space. `isVague(value)`: whether this number may stand for several identifiers.
 * A double is exact up to 53 bits or 15 digits, a float up to 24 bits or 6 digits.
 */
export const TEXT = `
boolean isWhole(def value) { double number = ((Number) value).doubleValue(); return number == Math.rint(number); }
boolean isVague(def value) {
  if (!(value instanceof Double || value instanceof Float)) return false;
  boolean isDouble = value instanceof Double;
  double size = Math.abs(((Number) value).doubleValue());
  if (!(size < (isDouble ? 9007199254740992.0 : 16777216.0))) return true;
  return !isWhole(value) && new BigDecimal(value.toString()).precision() > (isDouble ? 15 : 6);
}
String textOf(def value) {
  if (value instanceof String || value instanceof Integer || value instanceof Long) return value.toString();
  if (value instanceof Boolean || value instanceof BigInteger) return value.toString();
  if (value instanceof Map) return ' ' + value.toString();
  // A byte string, of CBOR say.
  if (!(value instanceof Number)) return '${UNREADABLE}';
  if (isVague(value)) return ' ' + value.toString();
  BigDecimal number = new BigDecimal(value.toString());
  if (number.signum() == 0) return '0';
  if (number.scale() > ${MAX_DIGITS} || number.scale() < -${MAX_DIGITS}) return ' ' + value.toString();
  return number.stripTrailingZeros().toPlainString();
}`;

/**
 * Other forms in which a keyword field may index a number: in the spelling of the document (`7.0`, `7e0`, `-0`; in YAML
 * also `+7`, `7_000`, `0x7`, `0b111`, `.5`, `7.`, and `07`, which is octal), or as Java prints it (`1.0E10`).
 */
export const OTHER_SPELLINGS = [
  '-0',
  '\\+[0-9]+',
  '[-+]?0[0-7_]+',
  '[-+]?[0-9]+_[0-9_]*',
  '[-+]?0x[0-9a-fA-F_]+',
  '[-+]?0b[01_]+',
  '[-+]?([0-9][0-9_]*)?\\.[0-9_]*([eE][-+]?[0-9]+)?',
  '[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+',
].join('|');

/**
 * `numberOf(value)` and `spelledBy(term)`: the same for indexed values; null if the value is no number of a reasonable
 * size.
 */
export const NUMBERS = `
BigDecimal numberOf(def value) {
  try {
    BigDecimal number = new BigDecimal(value.toString());
    // With 1e2147483647 the difference of both would overflow, and the integer cannot be made.
    if (number.scale() < -40 || number.scale() > 400) return null;
    return number.precision() - number.scale() > 40 ? null : number;
  } catch (NumberFormatException e) { return null; }
}
boolean isOctal(String digits) {
  if (digits.length() < 2 || !digits.startsWith('0')) return false;
  for (int at = 0; at < digits.length(); at++) if (digits.charAt(at) < (char) '0' || digits.charAt(at) > (char) '7') return false;
  return true;
}
BigDecimal spelledBy(String term) {
  String text = term.replace('_', '');
  boolean isNegative = text.startsWith('-');
  String digits = isNegative || text.startsWith('+') ? text.substring(1) : text;
  int radix = digits.startsWith('0x') ? 16 : digits.startsWith('0b') ? 2 : isOctal(digits) ? 8 : 10;
  if (radix == 10 || digits.length() > 100) return numberOf(text);
  try {
    BigInteger number = new BigInteger(radix == 8 ? digits : digits.substring(2), radix);
    return new BigDecimal((isNegative ? number.negate() : number).toString());
  } catch (NumberFormatException e) { return null; }
}`;

/** `keyOf(value)`: the key of a vague number, by which the possible subjects are looked up; see {@link keysOf}. */
export const KEY_OF_INEXACT = `
String keyOf(def value) {
  float rounded = (float) ((Number) value).doubleValue();
  return Math.abs(rounded) < 9223372036854775808.0 ? ((long) rounded).toString() : 'huge';
}`;

/** Whether an identifier may be a number in a document: `7`, `-7`, `7.5`, as {@link TEXT} prints it. */
export const isNumeral = (identifier: string): boolean => /^-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/.test(identifier);

/** The float nearest to a number. If the number was rounded to a double before, also the neighbouring floats. */
const floatsOf = (numeral: string): readonly number[] => [
  ...new Set([1, 1 + Number.EPSILON, 1 - Number.EPSILON].map((factor) => Math.fround(Number(numeral) * factor))),
];

/** The keys of all vague numbers that may stand for this identifier. */
export const keysOf = (identifier: string): readonly string[] =>
  identifier.length > 6 && isNumeral(identifier)
    ? floatsOf(identifier).map((float) => (Math.abs(float) < 2 ** 63 ? `${BigInt(Math.trunc(float))}` : 'huge'))
    : [];

/** The values in an integer field if this identifier was sent as a float or double that cannot hold it exactly. */
export const roundedTo = (identifier: string): readonly string[] =>
  identifier.length > 6 && /^-?[1-9]\d*$/.test(identifier)
    ? [Number(identifier), ...floatsOf(identifier)]
        .filter(Number.isFinite)
        .map((number) => `${BigInt(number)}`)
        .filter((text) => text !== identifier)
    : [];
