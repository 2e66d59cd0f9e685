// Reads dates that are in `_source` alone. No index has parsed them, so a value counts as a date only if it can mean
// just one instant: ISO 8601 with at least a day, or a number of seconds or milliseconds since 1970 that is after the
// year 2000.

/** The last millisecond of the year 9999. It stands for a value that may not be a date, which counts as never over. */
export const NEVER_OVER = 253_402_300_799_999;
const NEVER_OVER_LITERAL = `${NEVER_OVER}L`;
/** The beginning of the year 2000, in milliseconds. */
const YEAR_2000 = '946684800000L';

const NUMBER = `
long lastOfNumber(def number) {
  double size = ((Number) number).doubleValue();
  boolean isSeconds = size * 1000.0 >= ${YEAR_2000} && size < 9466848000.0;
  if (!isSeconds && !(size >= ${YEAR_2000} && size < ${NEVER_OVER_LITERAL})) return ${NEVER_OVER_LITERAL};
  if (number instanceof Integer || number instanceof Long) return isSeconds ? 1000L * (long) number : (long) number;
  BigDecimal exact = new BigDecimal(number.toString());
  // A float of 24 bits stands for every instant that is rounded to it: seconds to two minutes, say.
  if (number instanceof Float) exact = exact.add(BigDecimal.valueOf(Math.ulp(size) * 536870912.0));
  BigDecimal millis = isSeconds ? exact.movePointRight(3) : exact;
  long whole = millis.longValue();
  return millis.compareTo(BigDecimal.valueOf(whole)) > 0 ? whole + 1L : whole;
}`;

const TEXT = `
long offsetOf(String zone) {
  if (zone.equals("Z")) return 0L;
  String digits = zone.substring(1).replace(":", "");
  if (digits.length() != 2 && digits.length() != 4 && digits.length() != 6) throw new IllegalArgumentException();
  long seconds = 3600L * Integer.parseInt(digits.substring(0, 2));
  if (digits.length() > 2) seconds += 60L * Integer.parseInt(digits.substring(2, 4));
  if (digits.length() > 4) seconds += Integer.parseInt(digits.substring(4, 6));
  return (zone.charAt(0) == (char) "-" ? -1000L : 1000L) * seconds;
}
long lastOfTime(String time) {
  long hour = 3600000L * Integer.parseInt(time.substring(0, 2));
  if (time.length() == 2) return hour + 3599999L;
  if (time.charAt(2) != (char) ":") throw new IllegalArgumentException();
  long minute = hour + 60000L * Integer.parseInt(time.substring(3, 5));
  if (time.length() == 5) return minute + 59999L;
  if (time.charAt(5) != (char) ":") throw new IllegalArgumentException();
  long second = minute + 1000L * Integer.parseInt(time.substring(6, 8));
  if (time.length() == 8) return second;
  if (time.charAt(8) != (char) "." && time.charAt(8) != (char) ",") throw new IllegalArgumentException();
  String fraction = time.substring(9);
  boolean isBeyond = false;
  for (int at = 0; at < fraction.length(); at++) {
    if (!Character.isDigit(fraction.charAt(at))) throw new IllegalArgumentException();
    if (at > 2 && fraction.charAt(at) != (char) "0") isBeyond = true;
  }
  return second + Integer.parseInt((fraction + "000").substring(0, 3)) + (isBeyond ? 1L : 0L);
}
long lastOfText(String text) {
  long day = 86400000L * LocalDate.parse(text.substring(0, 10)).toEpochDay();
  if (text.length() == 10) return day + 86399999L;
  if (text.charAt(10) != (char) "T" && text.charAt(10) != (char) " ") throw new IllegalArgumentException();
  if (text.length() == 11) return day + 86399999L;
  String rest = text.substring(11);
  int zone = (int) Math.max(rest.indexOf("Z"), (int) Math.max(rest.indexOf("+"), rest.indexOf("-")));
  return zone < 0 ? day + lastOfTime(rest) : day + lastOfTime(rest.substring(0, zone)) - offsetOf(rest.substring(zone));
}`;

/** `lastInSource(value)`: the last instant of a value in `_source`, in whole milliseconds, rounded up. */
export const LAST_IN_SOURCE = `${NUMBER}${TEXT}
boolean isNumeral(String text) {
  for (int at = 0; at < text.length(); at++) if (!Character.isDigit(text.charAt(at))) return false;
  return text.length() > 0 && text.length() < 16;
}
long lastInSource(def value) {
  try {
    if (value instanceof Number) return lastOfNumber(value);
    if (!(value instanceof String)) return ${NEVER_OVER_LITERAL};
    String text = (String) value;
    return isNumeral(text) ? lastOfNumber(Long.parseLong(text)) : lastOfText(text);
  } catch (Exception e) { return ${NEVER_OVER_LITERAL}; }
}`;
