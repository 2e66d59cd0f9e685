import {
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeFirstUser } from './first-user.ts';
import type { Credentials } from './request.ts';
import { reachableForServer, serverAccount } from './unprivileged.ts';

/** The folders of one server run, all owned by the server's account. */
export interface Workspace {
  /** The temporary folder that contains the others. It is removed when the server stops. */
  readonly root: string;
  readonly config: string;
  readonly data: string;
  readonly logs: string;
  /** `path.repo`: the place for snapshot repositories of type `fs`. */
  readonly snapshots: string;
  readonly temporary: string;
}

/** Settings of `elasticsearch.yml`, by dotted name. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

const SETTINGS: Settings = {
  'cluster.name': 'es-retention-test',
  'discovery.type': 'single-node',
  'network.host': '127.0.0.1',
  'http.port': 0,
  'transport.port': 0,
  'node.portsfile': true,
  'cluster.routing.allocation.disk.threshold_enabled': false,
  // Saves writing each index to a second place, from which nobody here restores one.
  'gateway.write_dangling_indices_info': false,
  'xpack.security.autoconfiguration.enabled': false,
  'xpack.security.enabled': false,
};

/**
 * Creates a temporary folder for one run of the server at `home`, with its configuration.
 * @param settings additional ones, or replacements for usual ones.
 * @param firstUser a superuser, for a server with security.
 */
export function createWorkspace(home: string, settings: Settings, firstUser?: Credentials): Workspace {
  const root = mkdtempSync(join(temporaryFolder(), 'es-retention-server-'));
  const at = (name: string): string => join(root, name);
  const workspace: Workspace = {
    root,
    config: at('config'),
    data: at('data'),
    logs: at('logs'),
    snapshots: at('snapshots'),
    temporary: at('tmp'),
  };
  for (const folder of Object.values(workspace)) mkdirSync(folder, { recursive: true });
  writeConfiguration(home, workspace, settings);
  if (firstUser) writeFirstUser(workspace.config, firstUser);
  giveToServer(root);
  return workspace;
}

/** Bytes that the in-memory folder must have free. A test run writes about one gigabyte. */
const ROOM = 4 * 2 ** 30;
const IN_MEMORY = '/dev/shm';

/**
 * Whether data can be kept in memory. A server syncs each change of the cluster state to disk; in memory, creating and
 * deleting an index takes half the time.
 */
function hasRoomInMemory(): boolean {
  try {
    const { bavail, bsize } = statfsSync(IN_MEMORY);
    const mount = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .find((line) => line.split(' ')[1] === IN_MEMORY);
    // Elasticsearch loads libraries from its temporary folder, so it must be executable.
    const canExecute = mount !== undefined && !mount.split(' ')[3]?.split(',').includes('noexec');
    return canExecute && bavail * bsize >= ROOM;
  } catch {
    return false;
  }
}

function temporaryFolder(): string {
  const folders = [...(hasRoomInMemory() ? [IN_MEMORY] : []), tmpdir(), '/tmp', '/var/tmp'];
  return folders.find((folder) => reachableForServer(folder)) ?? tmpdir();
}

function writeConfiguration(home: string, workspace: Workspace, settings: Settings): void {
  const paths = {
    'path.data': workspace.data,
    'path.logs': workspace.logs,
    'path.repo': workspace.snapshots,
  };
  const lines = Object.entries({ ...SETTINGS, ...paths, ...settings }).map(
    ([name, value]) => `${name}: ${JSON.stringify(value)}\n`,
  );
  cpSync(join(home, 'config'), workspace.config, { recursive: true });
  writeFileSync(join(workspace.config, 'elasticsearch.yml'), lines.join(''));
  withoutGcLog(join(workspace.config, 'jvm.options'));
}

function withoutGcLog(file: string): void {
  const lines = readFileSync(file, 'utf8').split('\n');
  writeFileSync(file, lines.filter((line) => !line.startsWith('-Xlog:gc')).join('\n'));
}

function giveToServer(folder: string): void {
  const account = serverAccount();
  if (!account) return;
  const below = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const path of ['', ...below]) chownSync(join(folder, path), account.uid, account.gid);
}
