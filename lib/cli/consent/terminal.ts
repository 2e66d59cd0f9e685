/** The parts of a process that a command line needs. */
export interface CommandProcess
  extends Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr' | 'env' | 'on' | 'off' | 'exit'> {
  /** Waits for some milliseconds. Absent: in real time. */
  readonly wait?: (milliseconds: number) => Promise<void>;
}

/** The streams of the process, and how output was requested. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** `--json`: stdout has a single document, and no progress is shown. */
  readonly json: boolean;
  /** `--quiet`: stdout has the summary only, and no progress is shown. */
  readonly quiet?: boolean;
  /** `--csv`: stdout has the table only, as CSV. */
  readonly csv?: boolean;
  /** False for `--no-color`. */
  readonly color?: boolean;
}

/** Whether a person can be asked. Questions go to stderr, so that stdout contains the answer only. */
export const canAsk = ({ stdin, stderr }: Terminal): boolean => stdin.isTTY && stderr.isTTY;

/** The stream for progress; undefined if none is shown. */
export const progressStream = ({ stderr, json, quiet = false }: Terminal): NodeJS.WriteStream | undefined =>
  stderr.isTTY && !json && !quiet ? stderr : undefined;
