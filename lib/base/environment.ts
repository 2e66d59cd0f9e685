/** Environment variables by name. Code that reads one takes it as an argument. */
export type Environment = Readonly<Record<string, string | undefined>>;
