/** One sentence on what a policy in observe mode means, and how to change it. Functions and command line share it. */
export const observeSentence = (policyFile: string): string =>
  `mode: observe in ${policyFile}: nothing is destroyed. To keep the promises, write mode: enforce there.`;
