import type { Client } from '@elastic/elasticsearch';

/** The function by which a client sends each request. */
export type Send = Client['transport']['request'];
export type Params = Parameters<Send>[0];
export type Options = Parameters<Send>[1];
