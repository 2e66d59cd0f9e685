import { run } from './run.ts';

// What standard output does not take is told where the answer is written. Nobody can be told what standard error does not take; the exit code tells how it went.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

// Started by the launcher under another Node: when that one is killed outright, so is this one.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.channel?.unref();

process.exitCode = await run(process.argv.slice(2), process);
