/** The name of a category's function in serverless.yml: `purge-sdk-logs`. */
export const functionOf = (category: string): string => `purge-${category}`;

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** The prefix of the logical ids of a category's resources: `PurgeSdkLogs`. */
export const logicalIdOf = (category: string): string => functionOf(category).split('-').map(capitalized).join('');

/** The logical id that osls gives a function: `PurgeDashsdkDashlogsLambdaFunction`. */
export const lambdaOf = (functionName: string): string =>
  `${capitalized(functionName.replaceAll('-', 'Dash'))}LambdaFunction`;
