import type { Ministack } from './ministack.ts';

/** What an SDK client needs to reach the emulator. */
export const clientOptions = ({ url }: Ministack) => ({
  endpoint: url,
  region: 'eu-west-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});
