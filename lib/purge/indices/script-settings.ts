/** Settings by which Elasticsearch refuses to run a script of ours: the first of the cluster, the others of its nodes. */
export const SCRIPT_SETTINGS = ['script.max_size_in_bytes', 'script.allowed_types', 'script.allowed_contexts'] as const;

/** One of {@link SCRIPT_SETTINGS}. */
export type ScriptSetting = (typeof SCRIPT_SETTINGS)[number];

/**
 * How a setting is set back that hinders a search: with the request, where one can do it.
 * @param index whose setting it is, if its name begins with `index.`.
 */
export const setBack = (setting: string, index = '<index>'): string => {
  if (setting.startsWith('script.allowed_'))
    return `It is a setting of the nodes: take ${setting} out of elasticsearch.yml on each, or let it allow ${setting === 'script.allowed_types' ? 'inline scripts' : 'the contexts of run-time fields, aggregations and updates'}, and start the nodes again.`;
  const request = setting.startsWith('index.')
    ? `PUT /${index}/_settings {"${setting}": null}`
    : `PUT /_cluster/settings {"persistent": {"${setting}": null}, "transient": {"${setting}": null}}`;
  return `Set it back: ${request}.`;
};
