const NUMBER = new Intl.NumberFormat('en-US');

/** `12,345` */
export const number = (value: number): string => NUMBER.format(value);

/** `1 index`, `12,345 indices` */
export const count = (value: number, one: string, many: string): string =>
  `${number(value)} ${value === 1 ? one : many}`;
