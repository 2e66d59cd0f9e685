import type { Subject } from './subject.ts';

/** A subject whose data was found again, and the id of the closed entry by which it was erased. */
export interface ReturnedSubject {
  readonly entry: string;
  readonly subject: Subject;
}
