/** The tasks of `setup` beside creating missing indices. */
export interface SetUpChoice {
  /** The index to rebuild. */
  readonly rebuild?: string;
  /** Whether to remove indices of earlier versions whose documents have all been moved. */
  readonly removeMoved?: boolean;
}

/** The result for one of our own indices. */
export interface SetUpIndex {
  readonly index: string;
  readonly did: 'made' | 'extended' | 'rebuilt' | 'left' | 'altered' | 'moved' | 'not-moved' | 'removed';
  /** The added fields, the number of copied documents, or the differences. */
  readonly note?: string;
  /** The fix for an altered index. */
  readonly fix?: string;
}
