import { EventEmitter } from 'node:events';
import { expect, test, vi } from 'vitest';
import { listenForInterruption } from '../../../../lib/cli/consent/interruption.ts';

const watched = () => {
  const process = Object.assign(new EventEmitter(), { exit: vi.fn<(code?: number) => never>() });
  const tell = vi.fn();
  let now = 5_000;
  const interruption = listenForInterruption(process as unknown as NodeJS.Process, tell, () => now);
  const signal = (name: string, after = 0): void => {
    now += after;
    process.emit(name, name);
  };
  return { interruption, tell, signal, exit: process.exit, process };
};

test('the first Ctrl-C asks the command to end, and is reported once', () => {
  const { interruption, tell, signal, exit } = watched();
  expect(interruption.requested()).toBe(false);
  signal('SIGINT');
  expect([interruption.requested(), tell.mock.calls.length, exit.mock.calls.length]).toEqual([true, 1, 0]);
});

test('a Ctrl-C that npx repeats does not count as a second one', () => {
  const { tell, signal, exit } = watched();
  signal('SIGINT');
  signal('SIGINT', 20);
  signal('SIGINT', 300);
  expect([tell.mock.calls.length, exit.mock.calls.length]).toEqual([1, 0]);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
])('a second signal ends the process at once, with the code of %s', (name, code) => {
  const { signal, exit } = watched();
  signal('SIGINT');
  signal(name, 1_000);
  expect(exit).toHaveBeenCalledExactlyOnceWith(code);
});

test('signals get their default handling back when the work is done', () => {
  const { interruption, process } = watched();
  interruption.stop();
  expect(process.listenerCount('SIGINT') + process.listenerCount('SIGTERM')).toBe(0);
});
