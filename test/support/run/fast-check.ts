import { configureGlobal } from 'fast-check';

/** One seed in `npm test`: a build depends on the change, not on luck. `npm run test:long` has a new one each time. */
const SEED = 20_261_129;

if (process.env.ES_RETENTION_LONG !== 'true') configureGlobal({ seed: SEED });

export { default } from 'fast-check';
