import { randomUUID } from 'node:crypto';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { runCampaign } from './campaign.ts';

const { values } = parseArgs({
  options: {
    documents: { type: 'string', default: '1000000' },
    schedules: { type: 'string', default: '2000' },
    worlds: { type: 'string', default: '12' },
    'at-once': { type: 'string', default: '3' },
    days: { type: 'string', default: '17' },
    steps: { type: 'string', default: '7' },
    minutes: { type: 'string', default: '60' },
    campaign: { type: 'string', default: randomUUID().slice(0, 6) },
    seed: { type: 'string' },
    first: { type: 'boolean', default: false },
    dense: { type: 'boolean', default: false },
    elasticsearch: { type: 'string', default: '9.4.3' },
  },
});

const [cpu] = cpus();
console.log(`Node ${process.version}, ${cpus().length} cores (${cpu?.model}), ${Math.round(totalmem() / 2 ** 30)} GB`);
process.exitCode = await runCampaign({
  documents: Number(values.documents),
  schedules: Number(values.schedules),
  worlds: Number(values.worlds),
  atOnce: Number(values['at-once']),
  days: Number(values.days),
  steps: Number(values.steps),
  minutes: Number(values.minutes),
  campaign: values.campaign,
  isFirst: values.first,
  isDense: values.dense,
  version: values.elasticsearch,
  ...(values.seed !== undefined && { seed: values.seed }),
});
