/** A document in bytes that Elasticsearch accepts, but may not be able to return. */
export interface OddBytes {
  readonly type: string;
  readonly body: Buffer | string;
}

type Source = Readonly<Record<string, unknown>>;

const YAML = 'application/yaml';

/** YAML without the first line `---`, so that its format cannot be recognized. */
export const asBlockYaml = (source: Source): OddBytes => ({
  type: YAML,
  body: Object.entries(source)
    .map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}\n`)
    .join(''),
});

/** YAML that begins like JSON but is not: nothing follows its last comma. */
export const asFlowYaml = (source: Source): OddBytes => ({
  type: YAML,
  body: `${JSON.stringify(source).slice(0, -1)},\n}`,
});

/** JSON in another Unicode encoding, which is copied as if it were UTF-8. */
export const asUtf16 = (source: Source): OddBytes => ({
  type: 'application/json',
  body: Buffer.from(JSON.stringify(source), 'utf16le'),
});

/**
 * YAML that is one document for Elasticsearch, but something else for a JSON reader. An overlong quote ends a text in
 * YAML only; what follows is a comment there. For a JSON reader, its `state` (or `type`) is not a known one.
 * @param tail the text that a JSON reader sees after that text. It must end the text first.
 */
export const asPolyglot = (source: Source, tail: string): OddBytes => {
  const name = 'state' in source ? 'state' : 'type';
  const others = Object.entries(source).filter(([each]) => each !== name);
  const head = JSON.stringify(Object.fromEntries([...others, [name, source[name]]])).slice(0, -2);
  return {
    type: YAML,
    body: Buffer.concat([Buffer.from(head), Buffer.from([0xc0, 0xa2]), Buffer.from(` # ${tail}\n}`)]),
  };
};

const NO_HITS = '"hits":{"total":{"value":0,"relation":"eq"},"max_score":null,"hits":[]}';

/** Ends the hit and the answer of a search, and begins another answer without hits. */
export const NOTHING_FOUND = `"}}]},${NO_HITS},"more":{"hits":[{"_source":{"a":"`;

/** The same with this many hits on every page. */
export const foundOnEveryPage = (hits: number): string => {
  const hit = '{"_id":"x","_source":{},"sort":[-5,"",0]}';
  const all = Array.from({ length: hits }, () => hit).join(',');
  return `"}}]},"hits":{"total":{"value":${hits},"relation":"eq"},"hits":[${all}]},"more":{"hits":[{"_source":{"a":1`;
};
