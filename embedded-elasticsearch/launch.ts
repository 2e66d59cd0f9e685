import { join } from 'node:path';
import type { Java } from './java.ts';
import type { SupervisedServer } from './supervisor.ts';
import { serverAccount } from './unprivileged.ts';
import type { Workspace } from './workspace.ts';

const RUN = 'exec bash "$ES_HOME/bin/elasticsearch-cli"';
const LAUNCH = `exec "$JAVA" -Xmx32m -cp "$ES_HOME/lib/tools/server-launcher/*" \\
  org.elasticsearch.server.launcher.ServerLauncher`;

/** The parameters for starting a server. */
export interface Launch {
  readonly version: string;
  readonly home: string;
  readonly java: Java;
  readonly workspace: Workspace;
  /** Size of the Java heap, such as `512m`. */
  readonly heap: string;
}

/**
 * The process of a server. Up to version 8, its command line starts it. From version 9 on, a launcher asks the command
 * line how to start it.
 */
export function supervisedServer(launch: Launch): SupervisedServer {
  const { version, workspace } = launch;
  const run = version.startsWith('8.') ? RUN : LAUNCH;
  const script = ['set -e', 'cd "$ES_HOME"', run].join('\n');
  const account = serverAccount();
  return {
    command: 'bash',
    args: ['-c', script],
    env: environment(launch),
    ...(account && { account }),
    output: join(workspace.logs, 'console.log'),
    folder: workspace.root,
  };
}

function environment({ home, java, workspace, heap }: Launch): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOSTNAME: 'localhost',
    ES_HOME: home,
    ES_PATH_CONF: workspace.config,
    ES_TMPDIR: workspace.temporary,
    ES_JAVA_HOME: java.home,
    // Uses the quick compiler only: no server here runs long enough to profit from the thorough one.
    ES_JAVA_OPTS: `-Xms${heap} -Xmx${heap} -XX:TieredStopAtLevel=1`,
    ES_DISTRIBUTION_TYPE: 'zip',
    JAVA: join(java.home, 'bin', 'java'),
    JAVA_TYPE: 'ES_JAVA_HOME',
    CLI_NAME: 'server',
    CLI_LIBS: 'lib/tools/server-cli',
    CLI_SCRIPT: 'bin/elasticsearch',
  };
}
