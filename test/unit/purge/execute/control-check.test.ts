import { expect, test } from 'vitest';
import { ControlCheck } from '../../../../lib/purge/execute/control-check.ts';

const PLANNED = { controls: { made: 'm', revision: 1, holds: [] }, version: '1' };

test('a late answer to a check of the controls does not undo the result of a later check', async () => {
  const slow = Promise.withResolvers<string>();
  const answers = [slow.promise, Promise.resolve('2')];
  const version = () => answers.shift() ?? Promise.resolve('1');
  const check = new ControlCheck({ version }, 'logs', PLANNED, () => 0);
  const first = check.assertUnchanged();
  await new Promise((resolve) => setImmediate(resolve));
  await expect(check.assertUnchanged()).rejects.toMatchObject({ code: 'controls-changed' });
  slow.resolve('1');
  await expect(first).rejects.toMatchObject({ code: 'controls-changed' });
  expect(check.stopped).toMatchObject({ isUnread: false });
  await expect(check.assertUnchanged()).rejects.toMatchObject({ code: 'controls-changed' });
});
