/**
 * Painless: `_source`, or null if Elasticsearch stored a document that it cannot read, for example in YAML. Such a
 * document must not spoil the answer for its index.
 */
export const SOURCE_OF = `
def sourceOf(def params) {
  try { def source = params._source; source.isEmpty(); return source; }
  catch (Exception e) { return null; }
}`;

/** Painless: every value under a dotted path of `_source`, through objects, names with dots, and lists. */
export const COLLECT = `
void collect(def at, List names, int from, List found) {
  if (at instanceof List) { for (def one : at) collect(one, names, from, found); return; }
  if (from == names.size()) { found.add(at); return; }
  if (!(at instanceof Map)) return;
  String name = '';
  for (int to = from; to < names.size(); to++) {
    name = to == from ? names[to] : name + '.' + names[to];
    if (at.containsKey(name)) collect(at[name], names, to + 1, found);
  }
}`;

/** Painless: the same without objects and nulls, which are no values. Needs {@link COLLECT}. */
export const VALUES_AT = `
List valuesAt(def source, List path) {
  List found = new ArrayList();
  collect(source, path, 0, found);
  List values = new ArrayList();
  for (def value : found) if (value != null && !(value instanceof Map)) values.add(value);
  return values;
}`;
