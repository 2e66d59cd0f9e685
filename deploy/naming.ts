/** The function of a category, as serverless.yml calls it: `purge-sdk-logs`. */
export const functionOf = (category: string): string => `purge-${category}`;

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** What the logical ids of a category's resources start with: `PurgeSdkLogs`. */
export const logicalIdOf = (category: string): string => functionOf(category).split('-').map(capitalized).join('');

/** The logical id that osls gives a function: `PurgeDashsdkDashlogsLambdaFunction`. */
export const lambdaOf = (functionName: string): string =>
  `${capitalized(functionName.replaceAll('-', 'Dash'))}LambdaFunction`;
