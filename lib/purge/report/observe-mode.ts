/** What a policy in observe mode means, and how to change it; both edges say it in these words. */
export const observeSentence = (policyFile: string): string =>
  `mode: observe in ${policyFile}: nothing is destroyed. To keep the promises, write mode: enforce there.`;
