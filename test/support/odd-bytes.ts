/** A document in bytes that Elasticsearch takes, and may not be able to give back. */
export interface OddBytes {
  readonly type: string;
  readonly body: Buffer | string;
}

type Source = Readonly<Record<string, unknown>>;

const YAML = 'application/yaml';

/** YAML without a first line `---`: nothing tells what it is. */
export const asBlockYaml = (source: Source): OddBytes => ({
  type: YAML,
  body: Object.entries(source)
    .map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}\n`)
    .join(''),
});

/** YAML that begins as JSON does, and is none: its last comma has nothing after it. */
export const asFlowYaml = (source: Source): OddBytes => ({
  type: YAML,
  body: `${JSON.stringify(source).slice(0, -1)},\n}`,
});

/** JSON in another encoding of Unicode, which is taken for UTF-8 when it is copied. */
export const asUtf16 = (source: Source): OddBytes => ({
  type: 'application/json',
  body: Buffer.from(JSON.stringify(source), 'utf16le'),
});

/**
 * YAML that is one document to Elasticsearch, and anything at all to whoever reads its bytes as JSON: a quote that is written with one byte
 * too many ends a text in YAML alone, and what follows is a comment there.
 * Its `state` (or `type`) is no state to that reader.
 * @param tail what stands in JSON after that text, which it ends first.
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

/** Ends the hit and the answer of a search, and gives another one, without hits. */
export const NOTHING_FOUND = `"}}]},${NO_HITS},"more":{"hits":[{"_source":{"a":"`;

/** The same with so many hits on every page. */
export const foundOnEveryPage = (hits: number): string => {
  const hit = '{"_id":"x","_source":{},"sort":[-5,"",0]}';
  const all = Array.from({ length: hits }, () => hit).join(',');
  return `"}}]},"hits":{"total":{"value":${hits},"relation":"eq"},"hits":[${all}]},"more":{"hits":[{"_source":{"a":1`;
};
