import type { Ministack } from './ministack.ts';

/** The options with which an SDK client reaches the emulator. */
export const clientOptions = ({ url }: Ministack) => ({
  endpoint: url,
  region: 'eu-west-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});
