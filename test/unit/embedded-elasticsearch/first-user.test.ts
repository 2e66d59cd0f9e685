import { pbkdf2Sync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeFirstUser } from '../../../embedded-elasticsearch/first-user.ts';

test('the first user is a superuser, whose password is not in the files', () => {
  const config = mkdtempSync(join(tmpdir(), 'es-retention-unit-'));
  onTestFinished(() => rmSync(config, { recursive: true }));
  writeFirstUser(config, { username: 'first', password: 'a secret' });
  expect(readFileSync(join(config, 'users_roles'), 'utf8')).toBe('superuser:first\n');
  const users = readFileSync(join(config, 'users'), 'utf8');
  expect(users).not.toContain('a secret');
  const [, iterations, salt = '', hash] = /^first:\{PBKDF2\}(\d+)\$(.{44})\$(.{44})\n$/.exec(users) ?? [];
  const expected = pbkdf2Sync('a secret', Buffer.from(salt, 'base64'), Number(iterations), 32, 'sha512');
  expect(hash).toBe(expected.toString('base64'));
});
