import { type Hold, holdsToReview, pauseAt } from '../../control/controls.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import type { ControlReading } from '../../purge/controls/control-facts.ts';
import { controlsNow } from '../../purge/purge.ts';
import { count, minute, number } from '../output/format.ts';
import type { Page } from '../output/page.ts';
import type { Session } from '../session.ts';

/** The controls of several categories, or why they could not be read. */
export type ControlReadings = ReadonlyMap<string, ControlReading>;

/** Reads the controls of these categories. Changes nothing. */
export const readControlsOf = async (
  { ports }: Pick<Session, 'ports'>,
  categories: readonly string[],
): Promise<ControlReadings> => {
  const readings = new Map<string, ControlReading>();
  for (const id of categories) readings.set(id, await controlsNow({ id }, ports));
  return readings;
};

/** The open holds of a category, as far as they could be read. */
export const holdsOf = (readings: ControlReadings, category: string): readonly Hold[] => {
  const reading = readings.get(category);
  return reading === undefined || 'unread' in reading ? [] : reading.controls.holds;
};

/** The section about holds and pauses, without reasons and accounts; empty without any. */
export const controlSection = (readings: ControlReadings, now: Instant): Page => {
  const holds = [
    ...new Map([...readings.keys()].flatMap((id) => holdsOf(readings, id)).map((hold) => [hold.id, hold])).values(),
  ];
  const passed = holdsToReview(holds, now).length;
  const paused = [...readings].flatMap(([category, reading]) => {
    const pause = 'unread' in reading ? undefined : pauseAt(reading.controls, now);
    return pause === undefined
      ? []
      : [`${category} is paused until ${minute(pause.until)} UTC: nothing is destroyed there.`];
  });
  const unread = [...readings].flatMap(([category, reading]) =>
    'unread' in reading
      ? [
          `${category}: its holds and pause could not be read (${reading.unread.code}): nothing is destroyed there. ${reading.unread.fix}`,
        ]
      : [],
  );
  const held =
    holds.length === 0
      ? []
      : [
          `${count(holds.length, 'legal hold', 'legal holds')}${passed === 0 ? '' : `, ${number(passed)} past the review date`}: node bin/es-retention.mjs holds lists them.`,
        ];
  const lines = [...held, ...paused, ...unread];
  return lines.length === 0 ? [] : ['', ...lines];
};

/** The keys for programs: ids of holds, and pauses. */
export const controlsJson = (readings: ControlReadings, now: Instant) =>
  [...readings].map(([category, reading]) => {
    const pause = 'unread' in reading ? undefined : pauseAt(reading.controls, now);
    return {
      category,
      holds: holdsOf(readings, category).map(({ id }) => id),
      paused: pause === undefined ? null : { since: isoInstant(pause.since), until: isoInstant(pause.until) },
      unread: 'unread' in reading ? reading.unread.code : null,
    };
  });
