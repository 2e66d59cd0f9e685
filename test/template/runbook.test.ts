import { readFileSync } from 'node:fs';
import { describe, expect, inject, test } from 'vitest';
import { program } from '../../lib/cli/program/program.ts';
import { readTemplate } from '../support/deployment/compiled-template.ts';
import { examplePolicy } from '../support/policy/example-policy.ts';

const DEPLOYMENT = 'es-retention-dev';
const template = readTemplate(inject('packagedService'));
const alarms = template.ofType('AWS::CloudWatch::Alarm').map(({ Properties }) => Properties);
const { categories } = examplePolicy;

const runbook = readFileSync('docs/operations.md', 'utf8');
const TASKS = 'Common tasks\n';
const rest = runbook.split('\n## ').filter((section, at) => at > 0 && !section.startsWith(TASKS));
const sections = new Map(
  rest.map((section) => {
    const [heading = '', ...lines] = section.split('\n');
    return [heading, lines.join('\n')] as const;
  }),
);

const PARTS = ['**Meaning.**', '**Where to look.**', '**How to fix it.**', '**Fixed when**'];

const sectionOf = (description: string): string => description.split('docs/operations.md#')[1] ?? '';

describe('the runbook', () => {
  test('has a section for every alarm, and no others', () => {
    const named = alarms.map(({ AlarmDescription }) => sectionOf(AlarmDescription));
    expect([...sections.keys()].sort()).toEqual([...new Set(named)].sort());
  });

  test.each([...sections])(
    'explains %s: its meaning, where to look, how to fix it, and when it is fixed',
    (_, text) => {
      const at = PARTS.map((part) => text.indexOf(part));
      expect(at.every((place) => place > 0)).toBe(true);
      expect(at.toSorted((a, b) => a - b)).toEqual(at);
    },
  );

  test('names only existing commands and options', () => {
    const used = new Map<string, Set<string>>();
    for (const [, command = '', more = ''] of runbook.matchAll(/es-retention ([a-z][a-z-]+)((?:\s+[^\s`.;:)]+)*)/g)) {
      const options = more.match(/--[a-z-]+/g) ?? [];
      used.set(command, new Set([...(used.get(command) ?? []), ...options]));
    }
    expect(used.size).toBeGreaterThan(4);
    const known = new Map(
      program('', { out: () => undefined, err: () => undefined }, () => Promise.resolve()).commands.map((command) => [
        command.name(),
        command.options.map(({ long }) => long),
      ]),
    );
    for (const [command, options] of used)
      expect([command, known.get(command)]).toEqual([command, expect.arrayContaining([...options])]);
  });

  test('names only existing log groups', () => {
    const named = [...runbook.matchAll(/\/aws\/lambda\/[\w$-]+/g)].map(([name]) => name);
    const groups = template.ofType('AWS::Logs::LogGroup').map(({ Properties }) => Properties.LogGroupName);
    expect(named.length).toBeGreaterThan(3);
    for (const name of named)
      for (const category of categories.keys())
        expect(groups).toContain(name.replace(/\$?DEPLOYMENT/, DEPLOYMENT).replace(/\$?CATEGORY/, category));
  });
});

describe.each(alarms)('the description of $AlarmName', ({ AlarmName, AlarmDescription }) => {
  const section = sectionOf(AlarmDescription);

  test('names the runbook section with which the alarm name ends', () => {
    expect(AlarmName.replace(/-observing$/, '')).toMatch(new RegExp(`-${section}$`));
  });

  test('is the short text at the beginning of the section', () => {
    const category = [...categories.keys()].find((id) => AlarmName.startsWith(`${DEPLOYMENT}-purge-${id}-`));
    const [, quoted = ''] = /^\n> (.*)\n/.exec(sections.get(section) ?? '') ?? [];
    const short = quoted.replaceAll('DEPLOYMENT', DEPLOYMENT).replaceAll('CATEGORY', category ?? '?');
    expect(AlarmDescription).toBe(`${short} Runbook: docs/operations.md#${section}`);
  });

  test('is not longer than CloudWatch allows', () => {
    expect(AlarmDescription.length).toBeLessThanOrEqual(1_024);
  });
});
