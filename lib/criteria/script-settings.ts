/**
 * Settings that let Elasticsearch refuse our scripts: the first is a cluster setting, the others belong to its nodes.
 */
export const SCRIPT_SETTINGS = ['script.max_size_in_bytes', 'script.allowed_types', 'script.allowed_contexts'] as const;

export type ScriptSetting = (typeof SCRIPT_SETTINGS)[number];

/**
 * How to reset a setting that prevents a search, with the request if there is one.
 * @param index whose setting it is, if its name begins with `index.`.
 */
export const resetAdvice = (setting: string, index = '<index>'): string => {
  if (setting.startsWith('script.allowed_'))
    return `It is a setting of the nodes: take ${setting} out of elasticsearch.yml on each, or let it allow ${setting === 'script.allowed_types' ? 'inline scripts' : 'the contexts of run-time fields, aggregations and updates'}, and start the nodes again.`;
  const request = setting.startsWith('index.')
    ? `PUT /${index}/_settings {"${setting}": null}`
    : `PUT /_cluster/settings {"persistent": {"${setting}": null}, "transient": {"${setting}": null}}`;
  return `Set it back: ${request}.`;
};
