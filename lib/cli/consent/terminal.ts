/** What a command line needs of the process that runs it. */
export interface CommandProcess
  extends Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr' | 'env' | 'on' | 'off' | 'exit'> {
  /** How to wait (milliseconds); without it, in real time. */
  readonly pause?: (milliseconds: number) => Promise<void>;
}

/** The streams of the process, and what the reader asked of them. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** `--json`: nothing but one document on stdout, no progress. */
  readonly json: boolean;
}

/** Whether somebody is there to be asked: questions go to stderr, so that stdout stays what it is. */
export const canAsk = ({ stdin, stderr }: Terminal): boolean => stdin.isTTY && stderr.isTTY;

/** Where progress is shown, if anywhere. */
export const progressStream = ({ stderr, json }: Terminal): NodeJS.WriteStream | undefined =>
  stderr.isTTY && !json ? stderr : undefined;
