// What serverless.yml asks for by ${file(./deploy/stack.js):…}. osls loads no TypeScript; Node does.
export * from './stack.ts';
