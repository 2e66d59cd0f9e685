/** Opens something for each category when it is first needed, and keeps it. */
export const perCategory = <T>(open: (category: string) => T): ((category: string) => T) => {
  const opened = new Map<string, T>();
  return (category) => {
    const known = opened.get(category);
    if (known !== undefined) return known;
    const made = open(category);
    opened.set(category, made);
    return made;
  };
};
