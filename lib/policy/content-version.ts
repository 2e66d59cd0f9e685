import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/**
 * The version of a policy's content: `sha256:<hex>` over its canonical JSON (RFC 8785). The order of lists counts, that of keys does not.
 * @param content JSON values only, without half of a surrogate pair.
 */
export function versionOf(content: unknown): string {
  return `sha256:${createHash('sha256')
    .update(canonicalize(content) ?? '')
    .digest('hex')}`;
}
