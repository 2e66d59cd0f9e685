import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** The canonical JSON (RFC 8785) of a policy's content: what its version is the hash of. */
export const canonicalContent = (content: unknown): string => canonicalize(content) ?? '';

/**
 * Hashes the content of a policy: `sha256:<hex>` over its canonical JSON (RFC 8785). The order of lists changes the
 * result, the order of keys does not.
 * @param content JSON values only, without half of a surrogate pair.
 */
export function versionOf(content: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalContent(content)).digest('hex')}`;
}
