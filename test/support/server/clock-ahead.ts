/**
 * The environment of a process whose `Date` differs from the real one.
 * @param milliseconds how far it is ahead; negative if it is behind.
 */
export const clockAhead = (milliseconds: number): Readonly<Record<string, string>> => {
  const script = `const d=Date,s=${milliseconds};globalThis.Date=class extends d{constructor(...a){a.length?super(...a):super(d.now()+s)}static now(){return d.now()+s}};`;
  return { NODE_OPTIONS: `--import=data:text/javascript;base64,${Buffer.from(script).toString('base64')}` };
};
