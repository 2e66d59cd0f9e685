/** Variables by their names, as a process has them. Whoever reads one takes it as an argument. */
export type Environment = Readonly<Record<string, string | undefined>>;
