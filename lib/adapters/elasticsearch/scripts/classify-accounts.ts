// Assigns one document to the subjects that it names. Written in Painless, run by the server. The subjects are
// parameters, so that the script is compiled once. Nobody can say for certain to whom a document with an inexact number
// belongs.

import { KEY_OF_INEXACT, NUMBERS, TEXT, UNREADABLE } from './account-texts-script.ts';
import { NEW_USE } from './new-use-script.ts';
import { COLLECT, SOURCE_OF } from './source-values-script.ts';

/** Whether a value in the document explains the indexed value of its field: 7.9 becomes 7 in an integer field. */
const EXPLAINS = `${NUMBERS}
boolean isDecimal(def value) { return value instanceof Double || value instanceof Float || value instanceof BigDecimal; }
boolean explains(def value, String indexed, Map field) {
  if (value == null) return indexed.equals(field.nullValue);
  if (isVague(value) || value instanceof Map) return false;
  // JSON has a second spelling of one integer, and a keyword keeps it.
  if (!field.coerces && !isDecimal(value)) return indexed.equals('-0') && value instanceof Integer && ((Integer) value).intValue() == 0;
  BigDecimal theirs = numberOf(value);
  BigDecimal ours = spelledBy(indexed);
  return theirs != null && ours != null && theirs.toBigInteger().equals(ours.toBigInteger());
}`;

/**
 * The content of one field of a document: certain (`texts`), possible (`vague`, `unclear`), and the values in the
 * index.
 */
const READ = `
Set indexedOf(def doc, Map field) {
  Set indexed = new LinkedHashSet();
  if (field.indexed && doc.containsKey(field.name)) for (def value : doc[field.name]) indexed.add(value.toString());
  return indexed;
}
Map read(def doc, def source, Map field) {
  Set texts = new LinkedHashSet();
  Set indexed = indexedOf(doc, field);
  Set unclear = new LinkedHashSet();
  List vague = new ArrayList();
  if (field.path == null) texts = indexed;
  else {
    List values = new ArrayList();
    collect(source, field.path, 0, values);
    for (def value : values) {
      if (value == null) continue;
      texts.add(textOf(value));
      if (isVague(value)) vague.add(value);
    }
    for (def text : indexed) {
      // Reads no more often than necessary, because a document may name tens of thousands of accounts.
      boolean explained = texts.contains(text);
      for (int at = 0; !explained && at < values.size(); at++) explained = explains(values[at], text, field);
      if (!explained) unclear.add(text);
    }
  }
  return ['texts': texts, 'indexed': indexed, 'unclear': unclear, 'vague': vague];
}
boolean isIndexed(Map read, String text) {
  if (!read.texts.contains(text)) return !read.indexed.isEmpty();
  if (read.indexed.contains(text)) return true;
  BigDecimal number = numberOf(text);
  for (def other : read.indexed) {
    BigDecimal theirs = spelledBy(other);
    if (number != null && theirs != null && number.compareTo(theirs) == 0) return true;
  }
  return false;
}
boolean mayBe(Map read, String text) {
  if (read.unclear.contains(text)) return true;
  if (read.texts.contains('${UNREADABLE}')) return true;
  if (read.vague.isEmpty()) return false;
  BigDecimal number = numberOf(text);
  if (number == null) return false;
  for (def value : read.vague) {
    double vague = ((Number) value).doubleValue();
    if (number.doubleValue() == vague) return true;
    if (value instanceof Float && ((double) number.floatValue() == vague || (double) (float) number.doubleValue() == vague)) return true;
  }
  return false;
}`;

/**
 * The kinds of results. `o`: due. `n`: new use. `s`: shared with another account. `u`: unclear, since the index has the
 * account, but the document does not name it exactly. `x`: no search by the account finds the document, but it names
 * the account. {@link UNREADABLE}: nobody can read it.
 */
const CLASSIFY = `
List classify(def doc, def params) {
  List found = new ArrayList();
  def source = sourceOf(params);
  if (source == null && params.unindexed) { found.add('${UNREADABLE}'); return found; }
  Map accounts = read(doc, source, params.account);
  if (params.unindexed && accounts.texts.contains('${UNREADABLE}')) found.add('${UNREADABLE}');
  Map applications = null;
  Map dates = null;
  Set asked = new LinkedHashSet();
  for (def text : accounts.texts) asked.add(text);
  for (def text : accounts.unclear) asked.add(text);
  for (def value : accounts.vague) {
    def rounded = params.rounded[keyOf(value)];
    if (rounded != null) for (def text : rounded) asked.add(text);
  }
  for (def account : asked) {
    def entries = params.subjects[account];
    if (entries == null || params.unindexed == isIndexed(accounts, account)) continue;
    for (def entry : entries) {
      boolean certain = accounts.texts.contains(account);
      boolean shared = accounts.texts.size() > 1;
      if (entry.app != null) {
        if (applications == null) applications = read(doc, source, params.application);
        if (!applications.texts.contains(entry.app)) { certain = false; if (!mayBe(applications, entry.app)) continue; }
        shared = shared || applications.texts.size() > 1;
      }
      if (entry.until != null && dates == null) dates = datesOf(doc, params);
      boolean isNew = entry.until != null && isLater(dates, entry.until);
      String kind = shared && certain ? 's' : isNew ? 'n' : certain ? 'o' : 'u';
      if (params.unindexed && kind != 'n') kind = 'x';
      found.add(kind + entry.at);
    }
  }
  return found;
}`;

const FUNCTIONS = `${SOURCE_OF}${COLLECT}${TEXT}${EXPLAINS}${READ}${KEY_OF_INEXACT}${NEW_USE}${CLASSIFY}`;

/** Emits one key for each subject that a document names: the kind of result and the subject's number. */
export const EMIT_SUBJECTS = `${FUNCTIONS} for (def found : classify(doc, params)) emit(found);`;

/** Whether the index has exactly the values of the document, so that `_source` need not be read. */
const IS_PLAIN = `
boolean isOtherSpelling(String text) {
  BigDecimal number = spelledBy(text);
  if (number != null) return !text.equals(number.toBigInteger().toString());
  if (text.equals('NaN') || text.endsWith('Infinity')) return true;
  // A number such as 1e400, which cannot become an integer.
  try { return new BigDecimal(text).scale() != 0; } catch (NumberFormatException e) { return false; }
}
boolean isPlain(def doc, Map field, Set indexed) {
  if (field.path == null) return true;
  if (!field.indexed || field.coerces || indexed.isEmpty()) return false;
  for (def text : indexed) {
    if (text.isEmpty()) continue;
    char first = text.charAt(0);
    boolean mayBeNumber = first == (char) '-' || first == (char) '+' || first == (char) '.' || first == (char) 'N' || first == (char) 'I' || Character.isDigit(first);
    if (mayBeNumber && isOtherSpelling(text)) return false;
  }
  try { for (def ignored : doc['_ignored']) if (ignored.equals(field.name)) return false; }
  catch (IllegalArgumentException e) { return false; }
  return true;
}`;

/**
 * Emits the texts of one field of a document. If nobody can read it, emits {@link UNREADABLE} and the indexed values.
 */
export const EMIT_TEXTS = `${SOURCE_OF}${COLLECT}${TEXT}${EXPLAINS}${READ}${IS_PLAIN}
Set indexed = indexedOf(doc, params.field);
if (isPlain(doc, params.field, indexed)) { for (def text : indexed) emit(text); }
else {
  def source = sourceOf(params);
  if (source == null) { emit('${UNREADABLE}'); for (def text : indexed) emit(text); }
  else for (def text : read(doc, source, params.field).texts) emit(text);
}`;

/**
 * Emits whether a document names nobody in a field, or cannot be read. In both cases the index has the null_value of
 * the mapping.
 */
export const EMIT_OWNERLESS = `${SOURCE_OF}${COLLECT}${TEXT}${EXPLAINS}${READ}
emit(read(doc, sourceOf(params), params.field).texts.isEmpty());`;

/**
 * Emits whether a document names, or may name, an account on hold. In doubt the document counts as held. `params.held`
 * has for each account the applications on hold; an empty list stands for the whole account.
 */
export const EMIT_HELD = `${SOURCE_OF}${COLLECT}${TEXT}${EXPLAINS}${READ}${KEY_OF_INEXACT}
boolean mayName(Map read, String text) { return read.texts.contains(text) || mayBe(read, text); }
boolean isHeld(def doc, def params) {
  def source = sourceOf(params);
  if (source == null) return true;
  Map accounts = read(doc, source, params.account);
  if (accounts.texts.contains('${UNREADABLE}')) return true;
  Set asked = new LinkedHashSet();
  for (def text : accounts.texts) asked.add(text);
  for (def text : accounts.unclear) asked.add(text);
  for (def value : accounts.vague) {
    def rounded = params.rounded[keyOf(value)];
    if (rounded != null) for (def text : rounded) asked.add(text);
  }
  Map applications = null;
  for (def account : asked) {
    def held = params.held[account];
    if (held == null || !mayName(accounts, account)) continue;
    if (held.isEmpty() || !params.tellsApplications) return true;
    if (applications == null) applications = read(doc, source, params.application);
    if (applications.texts.isEmpty() && applications.unclear.isEmpty() && applications.vague.isEmpty()) return true;
    for (def application : held) if (mayName(applications, application)) return true;
  }
  return false;
}
emit(isHeld(doc, params));`;

/** Emits whether a document is due for at least one of the subjects. */
export const EMIT_DUE = `${FUNCTIONS}
boolean due = false; for (def found : classify(doc, params)) if (found.startsWith('o')) due = true; emit(due);`;
