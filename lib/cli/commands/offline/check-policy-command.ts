import { readPolicy } from '../../../adapters/files/policy-file.ts';
import { EXIT } from '../../exit-code.ts';
import { count } from '../../output/format.ts';
import { observeLines, type Result } from '../../output/result.ts';
import { limitText } from '../../output/rule-text.ts';

/**
 * `policy check`: reads a policy and shows what it promises. Needs no cluster.
 * @throws InputError `no-policy`; PolicyError with every problem.
 */
export const checkPolicyCommand = async (file: string): Promise<Result> => {
  const policy = readPolicy(file);
  const categories = [...policy.categories.values()];
  const summary = `Valid: ${file} · ${count(categories.length, 'category', 'categories')} · mode ${policy.mode}`;
  return {
    page: [
      { text: summary, style: 'bold' },
      `Version ${policy.version}`,
      ...observeLines({ policy, policyFile: file }),
      '',
      {
        columns: [{ title: 'Category' }, { title: 'Limit' }, { title: 'Schedule' }, { title: 'Indices' }],
        rows: categories.map((category) => [
          category.id,
          limitText(category),
          category.schedule.expression,
          category.indices.join(', '),
        ]),
      },
    ],
    json: {
      command: 'policy check',
      summary,
      exitCode: EXIT.done,
      policy: { file, version: policy.version, mode: policy.mode },
      categories: categories.map(({ id, indices }) => ({ category: id, indices })),
    },
    exitCode: EXIT.done,
  };
};
