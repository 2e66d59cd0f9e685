import { join } from 'node:path';
import type { Java } from './java.ts';
import type { Credentials } from './request.ts';
import type { SupervisedServer } from './supervisor.ts';
import { serverAccount } from './unprivileged.ts';
import type { Workspace } from './workspace.ts';

const ADD_USER = `CLI_NAME=users CLI_LIBS=modules/x-pack-core,modules/x-pack-security,lib/tools/security-cli \\
  bash "$ES_HOME/bin/elasticsearch-cli" useradd "$FIRST_USER" -p "$FIRST_PASSWORD" -r superuser`;
const RUN = 'exec bash "$ES_HOME/bin/elasticsearch-cli"';
const LAUNCH = `exec "$JAVA" -Xmx32m -cp "$ES_HOME/lib/tools/server-launcher/*" \\
  org.elasticsearch.server.launcher.ServerLauncher`;

/** What a server is started with. */
export interface Launch {
  readonly version: string;
  readonly home: string;
  readonly java: Java;
  readonly workspace: Workspace;
  /** Such as `512m`. */
  readonly heap: string;
  /** First user, a superuser, for a server with security. */
  readonly firstUser?: Credentials;
}

/** The process that is a running server: up to 8.x its command line starts it, from 9.x on a launcher that asks the command line how. */
export function supervisedServer(launch: Launch): SupervisedServer {
  const { version, workspace, firstUser } = launch;
  const run = version.startsWith('8.') ? RUN : LAUNCH;
  const script = ['set -e', 'cd "$ES_HOME"', ...(firstUser ? [ADD_USER] : []), run].join('\n');
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

function environment({ home, java, workspace, heap, firstUser }: Launch): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOSTNAME: 'localhost',
    ES_HOME: home,
    ES_PATH_CONF: workspace.config,
    ES_TMPDIR: workspace.temporary,
    ES_JAVA_HOME: java.home,
    // The quick compiler alone: no server here lives long enough to win back what the thorough one costs.
    ES_JAVA_OPTS: `-Xms${heap} -Xmx${heap} -XX:TieredStopAtLevel=1`,
    ES_DISTRIBUTION_TYPE: 'zip',
    JAVA: join(java.home, 'bin', 'java'),
    JAVA_TYPE: 'ES_JAVA_HOME',
    CLI_NAME: 'server',
    CLI_LIBS: 'lib/tools/server-cli',
    CLI_SCRIPT: 'bin/elasticsearch',
    ...(firstUser && { FIRST_USER: firstUser.username, FIRST_PASSWORD: firstUser.password }),
  };
}
