import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A function that is unpacked in a folder. */
interface UnpackedFunction {
  readonly folder: string;
  /** Such as `functions/purge-uins.handler`. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** The result of one invocation, in Lambda's terms. */
export interface Ending {
  /**
   * `response`: the handler answered. `error`: it threw. `init/error`: it could not be loaded. `exit`: the process
   * ended.
   */
  readonly kind: 'response' | 'error' | 'init/error' | 'exit';
  readonly body: string;
  readonly log: string;
}

const SECONDS_ALLOWED = 60;

/**
 * Runs a function once as Lambda does: `aws-lambda-ric` gets an event from a Runtime API, here a small local one, and
 * reports the result. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 * @param client main file of aws-lambda-ric.
 */
export const runInLambda = async (client: string, unpacked: UnpackedFunction, event: unknown): Promise<Ending> => {
  const { promise: ended, resolve: end } = Promise.withResolvers<Omit<Ending, 'log'>>();
  const api = createServer(runtimeApi(event, end)).listen(0, '127.0.0.1');
  await once(api, 'listening');
  const child = spawn(process.execPath, [client], {
    cwd: unpacked.folder,
    env: environmentOf(api, unpacked),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (log += data));
  child.on('error', ({ message }) => end({ kind: 'exit', body: message }));
  child.on('exit', (code, signal) => end({ kind: 'exit', body: `${code ?? signal}` }));
  const patience = setTimeout(() => end({ kind: 'exit', body: 'no answer' }), SECONDS_ALLOWED * 1000);
  try {
    return { ...(await ended), log };
  } finally {
    clearTimeout(patience);
    child.kill('SIGKILL');
    api.closeAllConnections();
    api.close();
  }
};

const environmentOf = (api: Server, { folder, handler, environment }: UnpackedFunction): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(api.address() as AddressInfo).port}`,
  LAMBDA_TASK_ROOT: folder,
  _HANDLER: handler,
  AWS_LAMBDA_FUNCTION_NAME: 'a-test',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/a-test',
  AWS_LAMBDA_LOG_STREAM_NAME: 'a-test',
  AWS_REGION: 'eu-west-1',
  ...environment,
});

/** Returns the event once, and leaves the next request open. */
const runtimeApi = (event: unknown, end: (ending: Omit<Ending, 'log'>) => void) => {
  let isHandedOut = false;
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method === 'GET') {
      if (isHandedOut) return;
      isHandedOut = true;
      const headers = {
        'lambda-runtime-aws-request-id': randomUUID(),
        'lambda-runtime-deadline-ms': String(Date.now() + SECONDS_ALLOWED * 1000),
        'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:eu-west-1:123456789012:function:a-test',
      };
      response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(event));
      return;
    }
    const body = await text(request);
    response.writeHead(202).end('{"status":"OK"}');
    const [, kind] = /\/(init\/error|response|error)$/.exec(request.url ?? '') ?? [];
    end({ kind: (kind ?? 'exit') as Ending['kind'], body });
  };
};
