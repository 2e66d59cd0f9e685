import * as z from 'zod';
import { InputError } from '../../base/errors.ts';
import { ERASED_DATA_RETURNED, SENDERS } from '../events/bus-sources.ts';
import type { PublishedEvent } from '../events/event-publisher.ts';
import type { ReturnedSubject } from '../subjects/subject.ts';

/** Bytes of subjects in one event. The bus accepts 256 KiB for the whole event. */
const MAX_BYTES = 150_000;
/** A number of subjects larger than any event can hold. */
const MAX_SUBJECTS = 5_000;

/** Subjects of one category whose data one audit has found again. */
export interface ReturnedData {
  readonly category: string;
  readonly auditId: string;
  readonly subjects: readonly ReturnedSubject[];
}

const text = z.string().min(1).max(4_096);

const eventShape = (categoryId: string) =>
  z.looseObject({
    'detail-type': z.literal(ERASED_DATA_RETURNED),
    source: z.literal(SENDERS.audit),
    id: z.string().max(256),
    time: z.string().max(64),
    detail: z.strictObject({
      category: z.literal(categoryId),
      auditId: z.uuid(),
      subjects: z
        .array(z.strictObject({ entry: text, uin: text, sdkAppId: text.exactOptional() }))
        .min(1)
        .max(MAX_SUBJECTS),
    }),
  });

/** Whether a bus event reports that erased data has come back, by its detail type. */
export const isReturnedEvent = (event: unknown): boolean =>
  typeof event === 'object' &&
  event !== null &&
  'detail-type' in event &&
  event['detail-type'] === ERASED_DATA_RETURNED;

type Listed = Readonly<Record<string, string>>;

/** Divides subjects into pages that fit into an event. */
const pagesOf = (subjects: readonly ReturnedSubject[]): readonly (readonly Listed[])[] => {
  const pages: Listed[][] = [];
  let left = 0;
  for (const { entry, subject } of subjects) {
    const listed = { entry, ...subject };
    const bytes = Buffer.byteLength(JSON.stringify(listed)) + 1;
    if (bytes > left) {
      pages.push([]);
      left = MAX_BYTES;
    }
    pages.at(-1)?.push(listed);
    left -= bytes;
  }
  return pages;
};

/** The events for the bus: one for each page of subjects. {@link returnedFromBus} reads them back. */
export const returnedEvents = ({ category, auditId, subjects }: ReturnedData): readonly PublishedEvent[] =>
  pagesOf(subjects).map((page) => ({
    source: SENDERS.audit,
    detailType: ERASED_DATA_RETURNED,
    detail: { category, auditId, subjects: page },
  }));

/** A {@link ReturnedData} as it arrived, with id and time of its bus event. */
export interface ReturnedMessage extends ReturnedData {
  readonly id: string;
  readonly time: string;
}

/**
 * Reads an event of the audit. The error does not repeat any part of the event.
 * @throws InputError `unknown-event`
 */
export const returnedFromBus = (event: unknown, categoryId: string): ReturnedMessage => {
  const parsed = eventShape(categoryId).safeParse(event);
  if (parsed.success) {
    const { id, time, detail } = parsed.data;
    const { category, auditId, subjects } = detail;
    return {
      id,
      time,
      category,
      auditId,
      subjects: subjects.map(({ entry, ...subject }) => ({ entry, subject })),
    };
  }
  const places = [
    ...new Set(parsed.error.issues.map(({ path }) => path.filter((each) => typeof each === 'string').join('.'))),
  ];
  throw new InputError('unknown-event', {
    expected: `an "${ERASED_DATA_RETURNED}" about ${categoryId}, from ${SENDERS.audit}`,
    found: `something else at ${places.join(', ') || 'the top'}`,
    fix: 'Only the audit sends this event. The next audit sends it again.',
  });
};
