// Exports the values for ${file(./deploy/stack.js):…} in serverless.yml. osls loads no TypeScript, but Node does.
export * from './stack.ts';
