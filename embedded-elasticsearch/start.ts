import { randomBytes } from 'node:crypto';
import { cacheFolder } from './cache-folder.ts';
import { serverHome } from './fetch-server.ts';
import { findJava } from './java.ts';
import { supervisedServer } from './launch.ts';
import { type NamedServer, openNamedServer } from './named-server.ts';
import { whenReady } from './readiness.ts';
import { selectRelease } from './releases.ts';
import type { Credentials } from './request.ts';
import { supervise } from './supervise.ts';
import { createWorkspace, type Settings } from './workspace.ts';

/** An Elasticsearch for demo and tests. */
export interface TestServer {
  /** URL, such as `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly version: string;
  /**
   * Whether this process has started it, so that it ends with this process. Otherwise `ES_RETENTION_TEST_URL` names it.
   */
  readonly embedded: boolean;
  /** Stops an embedded server and removes its data. Does nothing to a named one. May be called more than once. */
  stop(): Promise<void>;
  /** Folder of an embedded server's data. */
  readonly dataPath?: string;
  /** Process id of an embedded server. */
  readonly pid?: number;
}

/** A {@link TestServer} that this process started. */
export interface EmbeddedServer extends TestServer {
  readonly dataPath: string;
  readonly pid: number;
  /** `path.repo`: the location of an `fs` snapshot repository must be a folder in it. */
  readonly snapshotPath: string;
  /** The first user, a superuser, if the server was started with security. */
  readonly credentials?: Credentials;
}

/** Options for an embedded server. */
export interface EmbeddedOptions {
  /** Exact version. Default: `ES_RETENTION_TEST_VERSION`, or else 9.4.3. */
  readonly version?: string;
  /** Whether users have to log in. Default: false. */
  readonly security?: boolean;
  /** Size of the Java heap, such as `1g`. Default: `512m`. */
  readonly heap?: string;
  /** More settings for `elasticsearch.yml`, which override the usual ones. */
  readonly settings?: Settings;
}

/**
 * The server for demo and tests: the one that `ES_RETENTION_TEST_URL` names, or else an embedded one.
 * @throws Error if the named server cannot be reached or has indices of ours, or if the embedded one cannot be started.
 */
export async function openTestServer(options: EmbeddedOptions = {}): Promise<TestServer> {
  const named = process.env.ES_RETENTION_TEST_URL;
  return named ? asTestServer(await openNamedServer(named)) : startEmbeddedElasticsearch(options);
}

/**
 * Downloads Elasticsearch if necessary, and starts it with empty data on a free port of the loopback interface. Server
 * and data are removed when this process ends, for any reason.
 * @throws Error of one or two sentences: no Java, no Maven, no network, no space, or the last lines of the server's
 *   log.
 */
export async function startEmbeddedElasticsearch(options: EmbeddedOptions = {}): Promise<EmbeddedServer> {
  const { security = false, heap = '512m', settings = {} } = options;
  const { version, ...release } = selectRelease(options.version);
  const java = findJava();
  const home = await serverHome({ version, ...release }, cacheFolder());
  const firstUser = security ? { username: 'first', password: randomBytes(18).toString('hex') } : undefined;
  const workspace = createWorkspace(home, { 'xpack.security.enabled': security, ...settings }, firstUser);
  const process = supervise(supervisedServer({ version, home, java, workspace, heap }));
  const { url, pid } = await whenReady(process, workspace, version, firstUser);
  return {
    url,
    version,
    embedded: true,
    stop: process.stop,
    pid,
    dataPath: workspace.data,
    snapshotPath: workspace.snapshots,
    ...(firstUser && { credentials: firstUser }),
  };
}

function asTestServer({ url, version }: NamedServer): TestServer {
  return { url, version, embedded: false, stop: async () => undefined };
}
