/** The two documents of a report, by their ids. */
export const reportIds = (runId: string) => ({ opened: `${runId}.opened`, closed: `${runId}.closed` });
