#!/usr/bin/env node
// Runs the command line under Node 24 or newer, with any Node that started this file. Its own syntax is plain enough
// for old versions of Node.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NEEDED = 24;
const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Whether the bundle was made from the present files: same sizes, same times of change. */
const isBundleCurrent = () => {
  try {
    return JSON.parse(readFileSync(join(root, 'dist', 'inputs.json'), 'utf8')).every(([file, size, mtimeMs]) => {
      const found = statSync(join(root, file));
      return found.size === size && found.mtimeMs === mtimeMs;
    });
  } catch {
    return false;
  }
};

const main = isBundleCurrent() ? join(root, 'dist', 'es-retention.mjs') : join(root, 'lib', 'cli', 'main.ts');

const lockedNode = () => {
  try {
    const manifest = createRequire(import.meta.url).resolve(`node-${process.platform}-${process.arch}/package.json`);
    const binary = join(dirname(manifest), 'bin', 'node');
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
};

const giveUp = (why) => {
  console.error(
    `es-retention needs Node ${NEEDED} or newer, and ${why}: install it (https://nodejs.org) and try again.`,
  );
  process.exitCode = 1;
};

/**
 * Signals that reach only this process are passed on. Signals from a terminal reach both processes, which main.ts takes
 * into account. SIGKILL cannot be passed on, but main.ts notices it, because the channel between the two closes.
 */
const runWith = (node) => {
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => giveUp(`the one that was installed with it does not start (${error.message})`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    setTimeout(() => process.exit(128 + constants.signals[signal]), 1000);
  });
};

const node = lockedNode();
if (Number(process.versions.node.split('.')[0]) >= NEEDED) await import(pathToFileURL(main).href);
else if (node === undefined) giveUp(`this is ${process.versions.node}`);
else runWith(node);
