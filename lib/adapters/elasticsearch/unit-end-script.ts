import { COLLECT, VALUES_AT } from './source-values-script.ts';

/** The text without its zone: an hour of an offset is no hour of the date. */
const WITHOUT_ZONE = `
String withoutZone(String text) {
  int plus = text.indexOf("+", 1);
  if (plus > 0) return text.substring(0, plus);
  int colon = text.indexOf(":");
  int dash = text.lastIndexOf("-");
  int time = text.indexOf("T");
  if (dash > 0 && ((colon > 0 && colon < dash) || (time > 0 && time < dash))) return text.substring(0, dash);
  if (time < 0 && colon > 2 && text.charAt(colon - 3) == (char)"-") return text.substring(0, colon - 3);
  return text;
}`;

/** How many parts of a date a text names: 1 a year, 2 a month, 3 a day, 4 an hour, 5 a minute, 6 a second. In doubt fewer. */
const PARTS = `
int partsOf(String text) {
  String months = "jan feb mar apr may jun jul aug sep oct nov dec";
  int parts = 0;
  int at = 0;
  while (at < text.length()) {
    int start = at;
    if (Character.isDigit(text.charAt(at))) {
      while (at < text.length() && Character.isDigit(text.charAt(at))) at++;
      int digits = at - start;
      boolean isTime = start > 0 && (text.charAt(start - 1) == (char)"T");
      if (start == 0) parts += digits >= 14 ? 6 : digits >= 12 ? 5 : digits >= 10 ? 4 : digits >= 7 ? 3 : digits == 6 ? 2 : 1;
      else if (isTime) parts += digits >= 6 ? 3 : digits >= 4 ? 2 : 1;
      else parts += digits == 3 && parts == 1 ? 2 : 1;
    } else if (Character.isLetter(text.charAt(at))) {
      while (at < text.length() && Character.isLetter(text.charAt(at))) at++;
      if (at - start >= 3 && months.contains(text.substring(start, start + 3).toLowerCase())) parts++;
    } else at++;
  }
  return parts;
}`;

/** The exclusive end of what a text names that is dated at an instant; the instant itself where it names a second. */
const END = `
long endOf(String text, long at) {
  int parts = partsOf(withoutZone(text));
  if (parts >= 6) return at;
  if (parts == 5) return at + 60000L;
  if (parts == 4) return at + 3600000L;
  long day = 86400000L;
  if (parts == 3) return at + day;
  if (parts == 2 && text.contains("W")) return at + 7 * day;
  if (parts == 2 && text.contains("Q")) return at + 92 * day;
  ZonedDateTime start = ZonedDateTime.ofInstant(Instant.ofEpochMilli(at), ZoneId.of("Z"));
  boolean isMidnight = at % day == 0;
  if (parts == 2) return isMidnight && start.getDayOfMonth() == 1 ? start.plusMonths(1).toInstant().toEpochMilli() : at + 31 * day;
  return isMidnight && start.getDayOfYear() == 1 ? start.plusYears(1).toInstant().toEpochMilli() : at + 371 * day;
}
boolean isNumber(String text, long at) {
  if (text.length() > 18 || text.length() < 9) return false;
  for (int i = 0; i < text.length(); i++) if (!Character.isDigit(text.charAt(i))) return false;
  long number = Long.parseLong(text);
  return number == at || number == at / 1000L;
}`;

/** Functions that say until when a date counts by the texts of its document: `lastOfTexts(at, texts)`. */
export const END_OF_TEXTS = `${WITHOUT_ZONE}${PARTS}${END}
long lastOfTexts(long at, List texts) {
  long last = at;
  for (def each : texts) {
    String text = each.toString();
    if (isNumber(text, at) || ((each instanceof Number) && text.length() > 8)) continue;
    last = (long) Math.max(last, endOf(text, at) - 1);
  }
  return last;
}`;

/**
 * Emits the last millisecond until which a document's dates count, where it names less than a second: by the texts in `_source`,
 * since the index has only where they begin. Of several texts, the one that reaches furthest from the newest value.
 */
export const UNIT_END = `${COLLECT}${VALUES_AT}${END_OF_TEXTS}
if (!doc.containsKey(params.field) || doc[params.field].size() == 0) return;
List texts = valuesAt(params._source, params.path);
long last = Long.MIN_VALUE;
for (def value : doc[params.field]) {
  long at = value.toInstant().toEpochMilli();
  long end = lastOfTexts(at, texts);
  if (end > at) last = (long) Math.max(last, end);
}
if (last > Long.MIN_VALUE) emit(last);
`;
