/**
 * Calls `open` once, when it is first needed, and keeps the result. A thrown error is not kept. A returned promise is
 * kept, even if it is rejected.
 */
export const once = <T>(open: () => T): (() => T) => {
  let opened: { readonly it: T } | undefined;
  return () => {
    opened ??= { it: open() };
    return opened.it;
  };
};
