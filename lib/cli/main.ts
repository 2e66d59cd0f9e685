import { run } from './run.ts';

// Whoever reads only the beginning (`| head`) has read enough; the exit code still tells how it went.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

// Started by the launcher under another Node: when that one is killed outright, so is this one.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.channel?.unref();

process.exitCode = await run(process.argv.slice(2), process);
