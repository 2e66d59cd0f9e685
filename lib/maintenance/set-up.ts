/** What a person asks of `setup` beside making what is missing. */
export interface SetUpChoice {
  /** The index to make anew. */
  readonly rebuild?: string;
  /** Whether the indices of earlier versions go whose documents have all been moved. */
  readonly removeMoved?: boolean;
}

/** What became of one index of ours. */
export interface SetUpIndex {
  readonly index: string;
  readonly did: 'made' | 'extended' | 'rebuilt' | 'left' | 'altered' | 'moved' | 'not-moved' | 'removed';
  /** Fields that were added, documents that were copied, or how it differs. */
  readonly note?: string;
  /** What to do about one that is altered. */
  readonly fix?: string;
}
