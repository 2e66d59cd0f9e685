import { functionOf, logicalIdOf } from '../naming.ts';

/** The path of a category's function, relative to the repository's root. */
export const functionFileOf = (category: string): string => `functions/${functionOf(category)}.ts`;

/** The text of that file. The functions differ in one word only. */
export const functionTextOf = (category: string): string =>
  `// Triggered by: the schedule of \`${category}\` in retention-policy.yml.
import { purgeHandler } from '../lib/lambda/purge-handler.ts';

export const handler = purgeHandler('${category}');
`;

/** The entry of a category's function under `functions` in serverless.yml, without a line break at its end. */
export const entryTextOf = (category: string): string => {
  const [name, id] = [functionOf(category), logicalIdOf(category)];
  return `  ${name}:
    handler: functions/${name}.handler
    <<: *purge
    role: ${id}Role
    environment: \${file(./deploy/stack.js):environments.${name}}
    events: \${file(./deploy/stack.js):busEvents.${name}} # and ${id}Schedule
    destinations: { onFailure: { type: sqs, arn: !GetAtt ${id}Failures.Arn } }`;
};
