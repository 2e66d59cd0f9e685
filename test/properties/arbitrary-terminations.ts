import type { AccountEvent } from '../../lib/erasure/events/account-event.ts';
import type { Subject } from '../../lib/erasure/subjects/subject.ts';
import { DAY } from '../../lib/policy/time/duration.ts';
import type { Instant } from '../../lib/policy/time/instant.ts';
import fc from '../support/run/fast-check.ts';

/** Beyond 2^53: read as doubles, the first two are one number. */
export const ACCOUNTS = ['9007199254740993', '9007199254740992', '100000000042'] as const;
export const APPLICATIONS = ['1400100201', '1400100202'] as const;

/** Subjects that overlap: accounts, and applications of theirs. */
const arbitrarySubject: fc.Arbitrary<Subject> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ uin: fc.constantFrom(...ACCOUNTS) }) },
  {
    weight: 1,
    arbitrary: fc.record({ uin: fc.constantFrom(...ACCOUNTS), sdkAppId: fc.constantFrom(...APPLICATIONS) }),
  },
);

/** Few instants, and close to each other, so that many are the same and windows overlap. */
const instantFrom = (start: Instant): fc.Arbitrary<Instant> =>
  fc.tuple(fc.integer({ min: 0, max: 24 }), fc.constantFrom(-1, 0, 0, 1)).map(([halfDays, off]) => {
    return start + (halfDays * DAY) / 2 + off;
  });

/** Events about these subjects that take effect within twelve days of an instant. */
export const arbitraryTermination = (
  start: Instant,
  subject: fc.Arbitrary<Subject> = arbitrarySubject,
): fc.Arbitrary<AccountEvent> =>
  fc
    .record({
      requestId: fc.nat(99).map((number) => `msg_${number}`),
      type: fc.constantFrom('account-deleted', 'feature-terminated', 'account-reinstated'),
      subject,
      at: instantFrom(start),
      immediate: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    })
    .map(({ type, subject: about, immediate, ...rest }) => ({
      ...rest,
      // Nobody can delete an application's account, or reinstate somebody at once.
      type: type === 'account-deleted' && about.sdkAppId !== undefined ? ('feature-terminated' as const) : type,
      subject: about,
      immediate: immediate && type !== 'account-reinstated',
    }));

/** The same things in another order, some of them more than once. */
export const reordered = <T>(things: readonly T[]): fc.Arbitrary<readonly T[]> =>
  fc
    .array(things.length === 0 ? fc.constant(-1) : fc.nat(things.length - 1), { maxLength: things.length })
    .chain((again) => {
      const all = [...things, ...again.flatMap((at) => things[at] ?? [])];
      return fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length });
    });
