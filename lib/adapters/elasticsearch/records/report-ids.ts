/** The ids of the two documents of a report. */
export const reportIds = (runId: string) => ({ opened: `${runId}.opened`, closed: `${runId}.closed` });
