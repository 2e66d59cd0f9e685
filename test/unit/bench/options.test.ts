import { expect, test } from 'vitest';
import { optionsOf } from '../../bench/options.ts';

test('a bench without options measures all but the equivalence, and writes into docs', () => {
  const { parts, folder, isQuick } = optionsOf([]);
  expect(parts).toContain('growth');
  expect(parts).not.toContain('equivalence');
  expect({ folder, isQuick }).toEqual({ folder: 'docs', isQuick: false });
});

test('a quick bench leaves out growth, and writes nothing unless a folder is named', () => {
  expect(optionsOf(['--quick']).parts).toEqual(['backlog', 'boundary', 'accounts', 'archive', 'plan', 'neighbours']);
  expect(optionsOf(['--quick']).folder).toBeUndefined();
  expect(optionsOf(['--quick', '--into', 'docs']).folder).toBe('docs');
});

test('a bench measures the named parts only', () => {
  expect(optionsOf(['--only', 'equivalence,plan']).parts).toEqual(['equivalence', 'plan']);
});

test('a bench refuses parts and options that it does not know', () => {
  expect(() => optionsOf(['--only', 'plan,speed'])).toThrow('No part is called speed. Name some of: backlog,');
  expect(() => optionsOf(['--fast'])).toThrow("Unknown option '--fast'");
});
