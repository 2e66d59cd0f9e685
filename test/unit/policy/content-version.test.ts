import { expect, test } from 'vitest';
import { versionOf } from '../../../lib/policy/content-version.ts';

test('the version of a content is the hash of its RFC 8785 form, whatever the order of its keys', () => {
  const content = { b: [2, 1, { d: 'é€😀', c: -0 }], a: { y1: 1e21, x: 0.1, z: null, Z: true } };
  const reordered = { a: { Z: true, z: null, x: 0.1, y1: 1e21 }, b: content.b };
  expect(versionOf(reordered)).toBe(versionOf(content));
  expect(versionOf(content)).toBe('sha256:096a45b917b295b2bbc80e8ec0b28e30679ea3eebdd4be7837d7c13730b180a8');
});
