import { untilFailure } from '../../base/until-failure.ts';

/** Parts that are worked on at once: one is computed here while another waits for its answer. */
const AT_ONCE = 2;

/**
 * Works on a list in parts, two of them at once. After a failure it begins no further part, and waits for the parts at
 * work.
 * @param size of a part.
 * @throws the first error.
 */
export const inParts = async <T>(
  items: readonly T[],
  size: number,
  work: (part: readonly T[]) => Promise<void>,
): Promise<void> => {
  const parts = Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  );
  const { failure } = await untilFailure(parts, AT_ONCE, work);
  if (failure !== undefined) throw failure.error;
};
