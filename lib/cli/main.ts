import { run } from './run.ts';

// Errors of standard output are handled where the answer is written. Errors of standard error cannot be reported; the
// exit code shows the result.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

// The launcher has started this process with another Node. If the launcher is killed outright, this process ends too.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.channel?.unref();

process.exitCode = await run(process.argv.slice(2), process);

// The answer is written. What is left is a request that was given up, and must not keep the process.
setTimeout(() => process.exit(), 500).unref();
