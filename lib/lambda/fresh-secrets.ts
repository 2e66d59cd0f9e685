import type { Logger } from '@aws-lambda-powertools/logger';
import { forgetOldSecrets } from '../app/function-services.ts';
import { InputError } from '../base/errors.ts';

/** The cluster does not know the key, or it is not a valid key. */
const KEY_REFUSED = ['wrong-key', 'bad-key'];

/** Repeats the work with freshly fetched secrets if the cluster refuses the key, since it may have been rotated. */
export const againWithFreshSecrets = async <T>(
  logger: Pick<Logger, 'warn'>,
  who: string,
  work: () => Promise<T>,
): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof InputError && KEY_REFUSED.includes(error.code))) throw error;
    logger.warn(`${who}: the API key is refused (${error.code}): secrets are fetched again`);
    forgetOldSecrets();
    return work();
  }
};
