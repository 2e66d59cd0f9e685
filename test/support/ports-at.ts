import { elasticsearchPorts } from '../../lib/app/purge-ports.ts';

/**
 * The ports of a run on a real server, with a clock of the test's own, which the cluster is taken to agree with. It must be behind
 * the server's: what is due, the server finds so by its own clock as well.
 */
export const portsAt = (...given: Parameters<typeof elasticsearchPorts>): ReturnType<typeof elasticsearchPorts> => {
  const ports = elasticsearchPorts(...given);
  return { ...ports, store: { ...ports.store, serverTime: async () => ports.clock() } };
};
