/** What `open` gives, opened at the first need and kept. What it throws at once is not kept; a promise that it gives is. */
export const once = <T>(open: () => T): (() => T) => {
  let opened: { readonly it: T } | undefined;
  return () => {
    opened ??= { it: open() };
    return opened.it;
  };
};
