import { type Precision, rankOf, unitParams } from '../../../criteria/date-precision.ts';
import { COLLECT, SOURCE_OF, VALUES_AT } from './source-values-script.ts';

/** Ranks of texts that name no unit: they are precise to a second or less, or do not have this form. */
const SECOND = -1;
const UNKNOWN = -2;

/** The unit of a text in a built-in format, or UNKNOWN. A month with a time has no day. */
const RANK_OF_ISO = `
int afterDigits(String text, int from) {
  int at = from;
  while (at < text.length() && Character.isDigit(text.charAt(at))) at++;
  return at;
}
boolean isAt(String text, int at, String sign) { return at < text.length() && text.substring(at, at + 1).equals(sign); }
int rankOfTime(String text, int from) {
  int groups = 0;
  int digits = 0;
  int at = from;
  boolean goesOn = true;
  while (goesOn) {
    int end = afterDigits(text, at);
    if (end > at) groups++;
    digits += end - at;
    goesOn = end > at && isAt(text, end, ":");
    at = end + 1;
  }
  if (groups > 2 || (groups == 1 && digits > 5)) return ${SECOND};
  return groups == 2 || digits > 2 ? ${rankOf('minute')} : groups == 1 ? ${rankOf('hour')} : ${rankOf('day')};
}
int rankOfIso(String text) {
  int from = isAt(text, 0, "+") || isAt(text, 0, "-") ? 1 : 0;
  int at = afterDigits(text, from);
  if (at - from < 4 || at - from > 9) return ${UNKNOWN};
  int rank = at - from == 7 || at - from == 8 ? ${rankOf('day')} : ${rankOf('year')};
  boolean dashed = isAt(text, at, "-");
  int next = dashed ? at + 1 : at;
  if (isAt(text, next, "W")) {
    at = afterDigits(text, next + 1);
    rank = at - next == 4 || isAt(text, at, "-") ? ${rankOf('day')} : ${rankOf('week')};
    if (isAt(text, at, "-")) at = afterDigits(text, at + 1);
  } else if (dashed) {
    at = afterDigits(text, next);
    if (at == next) return ${UNKNOWN};
    rank = at - next == 3 || isAt(text, at, "-") ? ${rankOf('day')} : ${rankOf('month')};
    if (isAt(text, at, "-")) at = afterDigits(text, at + 1);
  }
  if (at == text.length()) return rank;
  if (!isAt(text, at, "T")) return ${UNKNOWN};
  return rank == ${rankOf('day')} ? rankOfTime(text, at + 1) : rank;
}`;

/**
 * The longest unit that a text may have under the formats of its field. In doubt, the longest unit that these formats
 * accept.
 */
const RANK_OF_TEXT = `
boolean isNumberOf(String text, List starts) {
  try {
    double number = Double.parseDouble(text);
    for (def start : starts) {
      double at = (double) (long) start;
      if (Math.abs(number - at) <= 1.0 || Math.abs(number * 1000.0 - at) <= 1.0) return true;
    }
  } catch (NumberFormatException e) {}
  return false;
}
boolean isReadBy(String pattern, String language, String text) {
  Locale locale = Locale.forLanguageTag(language.replace("_", "-"));
  ParsePosition position = new ParsePosition(0);
  return DateTimeFormatter.ofPattern(pattern, locale).parseUnresolved(text, position) != null && position.getIndex() == text.length();
}
int rankOfText(def value, List starts, Map texts, int longest) {
  String text = value.toString();
  try { if (value instanceof Number) text = new BigDecimal(text).toPlainString(); }
  catch (NumberFormatException e) { return longest; }
  int iso = texts.containsKey("builtIn") ? rankOfIso(text) : ${UNKNOWN};
  int rank = ${SECOND};
  boolean isKnown = iso != ${UNKNOWN} || (texts.takesNumbers && isNumberOf(text, starts));
  for (def each : texts.patterns) {
    int named = (int) each.rank;
    if ((isKnown && named <= rank) || !isReadBy(each.pattern, texts.locale, text)) continue;
    isKnown = true;
    rank = (int) Math.max(rank, named);
  }
  if (iso >= 0) {
    int taken = ${SECOND};
    for (def each : texts.builtIn) if (taken < iso) taken = (int) each;
    rank = (int) Math.max(rank, taken);
  }
  return isKnown ? rank : longest;
}`;

/**
 * `endOfUnit(at, unit)`: the exclusive end of a unit that begins at an instant. Exact if it begins like a unit in UTC.
 */
const END_OF_UNIT = `
boolean mayBegin(long at, Map coarse) {
  if (coarse.unit == 'minute' || coarse.zoned) return at % 60000L == 0;
  if (coarse.unit == 'hour') return at % 3600000L == 0;
  if (at % 86400000L != 0) return false;
  ZonedDateTime start = ZonedDateTime.ofInstant(Instant.ofEpochMilli(at), ZoneId.of('Z'));
  if (coarse.unit == 'year') return start.getDayOfYear() == 1;
  if (coarse.unit == 'quarter') return start.getDayOfMonth() == 1 && start.getMonthValue() % 3 == 1;
  return coarse.unit == 'month' ? start.getDayOfMonth() == 1 : true;
}
long endOfUnit(long at, Map coarse) {
  long slack = (long) coarse.slack;
  ZonedDateTime start = ZonedDateTime.ofInstant(Instant.ofEpochMilli(at), ZoneId.of('Z'));
  if (at % 86400000L == 0 && start.getDayOfMonth() == 1) {
    int month = start.getMonthValue();
    if (coarse.unit == 'month') return start.plusMonths(1).toInstant().toEpochMilli() + slack;
    if (coarse.unit == 'quarter' && month % 3 == 1) return start.plusMonths(3).toInstant().toEpochMilli() + slack;
    if (coarse.unit == 'year' && month == 1) return start.plusYears(1).toInstant().toEpochMilli() + slack;
  }
  return at + (long) coarse.longest + slack;
}`;

/**
 * Functions that find the end of a date by the texts of its document. `textsOf(source, field)`: the texts under every
 * name that may have filled the field. `lastOfTexts(at, starts, texts, field)`: the last instant. If there are fewer
 * texts than dates, another source has filled the field (for example a `copy_to` that is not in the mapping any more).
 * Such a date counts to the end of the longest unit that may begin there. Time zones are whole seconds ahead, so a date
 * that begins within a second has a smaller unit.
 */
export const END_OF_TEXTS = `${RANK_OF_ISO}${RANK_OF_TEXT}${END_OF_UNIT}
List textsOf(def source, Map field) {
  List texts = new ArrayList();
  if (source != null && field.paths != null) for (def path : field.paths) texts.addAll(valuesAt(source, path));
  return texts;
}
long lastOfTexts(long at, List starts, List texts, Map field) {
  if (texts.size() < starts.size()) {
    long last = at;
    for (def unit : field.units) if (field.always == true || mayBegin(at, unit)) last = (long) Math.max(last, endOfUnit(at, unit) - 1);
    return last;
  }
  if (at % 1000L != 0) return at;
  List units = field.units;
  int longest = (int) units[units.size() - 1].rank;
  int rank = ${SECOND};
  for (def each : texts) rank = (int) Math.max(rank, rankOfText(each, starts, field.texts, longest));
  if (rank == ${SECOND}) return at;
  for (def unit : units) if ((int) unit.rank >= rank) return endOfUnit(at, unit) - 1;
  return at;
}`;

/** The parameter `field` of {@link END_OF_TEXTS}. */
export const textParams = ({ units, texts, paths }: Extract<Precision, { kind: 'perhaps' }>) => {
  const { builtIn, takesNumbers, locale } = texts;
  const patterns = texts.patterns.map(({ pattern, unit }) => ({
    pattern,
    rank: unit === undefined ? SECOND : rankOf(unit),
  }));
  const forms = { patterns, takesNumbers, locale, ...(builtIn !== undefined && { builtIn: builtIn.map(rankOf) }) };
  const documentPaths = paths !== undefined && { paths: paths.map((path) => path.split('.')) };
  return { units: units.map(unitParams), texts: forms, ...documentPaths };
};

/**
 * Emits the last millisecond covered by a document's dates, if they are coarser than a second. It uses the texts in
 * `_source`, since the index has only the start of each date. Of several texts, the text counts that reaches furthest
 * from the newest value. For a document that cannot be read, or lacks some dates, the longest possible unit counts.
 */
export const UNIT_END = `${SOURCE_OF}${COLLECT}${VALUES_AT}${END_OF_TEXTS}
if (!doc.containsKey(params.field) || doc[params.field].size() == 0) return;
List starts = new ArrayList();
boolean mayBeCoarse = false;
for (def value : doc[params.field]) {
  long at = value.toInstant().toEpochMilli();
  starts.add(at);
  if (at % 1000L == 0) mayBeCoarse = true;
}
if (!mayBeCoarse) return;
List texts = textsOf(sourceOf(params), params);
long last = Long.MIN_VALUE;
for (def start : starts) {
  long at = (long) start;
  long end = lastOfTexts(at, starts, texts, params);
  if (end > at) last = (long) Math.max(last, end);
}
if (last > Long.MIN_VALUE) emit(last);
`;
