import { describe, expect, test } from 'vitest';
import { InputError } from '../../../../lib/base/errors.ts';
import { replayCommand } from '../../../../lib/cli/commands/records/replay-command.ts';
import { renderPage } from '../../../../lib/cli/output/page.ts';
import type { Session } from '../../../../lib/cli/session.ts';
import type { Archived, ArchiveKind } from '../../../../lib/erasure/archive/archive.ts';
import { replayReach } from '../../../../lib/erasure/archive/archive-periods.ts';
import type { AccountEvent } from '../../../../lib/erasure/events/account-event.ts';
import { isOpen } from '../../../../lib/erasure/ledger/ledger-entry.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { erasureSession, NOW } from '../../../support/command-line/erasure-session.ts';

const copy = (type: AccountEvent['type'], at: number): Archived => ({
  id: `${type}-${at}`,
  content: { requestId: 'msg_1', type, subject: { uin: '9007199254740993' }, at, immediate: false },
});
const TERMINATED = copy('account-deleted', NOW - 9 * DAY);
const REINSTATED = copy('account-reinstated', NOW - 8 * DAY);

/** A session whose archive holds these copies, in this order, and takes so many events before it breaks off. */
const sessionWith = (
  copies: readonly Archived[],
  most = Number.POSITIVE_INFINITY,
  manifests: readonly Archived[] = [],
) => {
  const { session, ledger } = erasureSession();
  let taken = 0;
  const erasure = {
    ...session.erasure,
    archive: async () => ({
      list: async function* (kind: ArchiveKind) {
        yield* kind === 'events' ? copies : manifests;
      },
    }),
    openRecord: async () => ({
      ...(await session.erasure.openRecord()),
      archiveEvent: async () => {
        taken += 1;
        if (taken > most) throw new Error('broken off');
      },
    }),
  };
  const open = () => [...ledger.entries.values()].filter(({ entry }) => isOpen(entry));
  return { session: { ...session, erasure } as unknown as Session, open };
};
const shown = ({ page }: Awaited<ReturnType<typeof replayCommand>>): string =>
  renderPage(page, { paint: (_, text) => text });

describe('replay', () => {
  test('names files that are no copies, and goes on without them', async () => {
    const { session, open } = sessionWith([TERMINATED, { id: '.hidden', unreadable: 'no-copy' }]);
    const result = await replayCommand(session);
    expect(result).toMatchObject({
      exitCode: 0,
      json: { strangers: ['.hidden'], unreadable: 0, heldBack: 0, events: 1 },
    });
    expect(shown(result)).toContain('is no copy: events/.hidden.jwe');
    expect(open()).toHaveLength(1);
  });

  test('records reinstatements first, so that no erasure is owed for a reinstated account', async () => {
    for (const most of [1, 2]) {
      const { session, open } = sessionWith([TERMINATED, REINSTATED], most);
      await replayCommand(session).catch(() => undefined);
      expect(open()).toEqual([]);
    }
  });

  test('leaves out terminations whose reinstatement may have expired', async () => {
    const { session, open } = sessionWith([]);
    const oldest = NOW - replayReach(session.policy);
    const { session: full, open: owed } = sessionWith([
      copy('account-deleted', oldest - 1),
      copy('account-reinstated', oldest - 2),
      copy('feature-terminated', oldest),
    ]);
    const result = await replayCommand(full);
    expect(open()).toEqual([]);
    expect(owed().map(({ entry }) => entry.trigger)).toEqual(['feature-terminated']);
    expect(result.json).toMatchObject({ events: 3, recorded: 2, tooOld: 1, owed: 1, exitCode: 0 });
    expect(shown(result)).toMatch(/\n1 termination is older than replay reaches back \(.* d\), .* reconcile/);
  });

  test('skips reinstatements with a future date, and reports them', async () => {
    const { session, open } = sessionWith([TERMINATED, copy('account-reinstated', NOW + 300 * DAY)]);
    const result = await replayCommand(session);
    expect(open()).toHaveLength(1);
    expect(result.json).toMatchObject({ events: 2, recorded: 1, tooFarAhead: 1, owed: 1, exitCode: 0 });
    expect(shown(result)).toContain('\n1 reinstatement is dated ahead, and left out: ');
  });

  test('records no termination while any copy is unreadable, as it may be a reinstatement', async () => {
    const { session, open } = sessionWith([TERMINATED, { id: 'x', unreadable: 'no-key' }, REINSTATED]);
    const result = await replayCommand(session);
    expect(shown(result)).toMatch(
      /^Replayed: 3 events · 1 that .* · 0 erasures owed · 1 unreadable · 1 termination held back\n/,
    );
    expect(shown(result)).toContain('\n  cannot be decrypted: events/x.jwe\n');
    expect(result.json).toMatchObject({ unreadable: 1, unreadableIds: ['x'], heldBack: 1, owed: 0 });
    expect([open(), result.exitCode]).toEqual([[], 3]);
  });

  test('ends with exit code 3 if the archive has no events, and names RETENTION_ARCHIVE', async () => {
    const result = await replayCommand(sessionWith([]).session);
    expect(shown(result)).toMatch(/^Replayed: 0 events .*\n.*RETENTION_ARCHIVE/);
    expect(result.exitCode).toBe(3);
  });

  const manifestOf = (...events: readonly (readonly [id: string, heardAt: number])[]): Archived => ({
    id: isoInstant(NOW),
    content: {
      from: isoInstant(NOW - 40 * DAY),
      until: isoInstant(NOW),
      events: events.map(([id, heardAt]) => ({ id, heardAt: isoInstant(heardAt) })),
    },
  });

  test('names missing copies, and records no termination while one is missing', async () => {
    const manifests = [manifestOf([TERMINATED.id, NOW - 9 * DAY], ['lost', NOW - 8 * DAY])];
    const { session, open } = sessionWith([TERMINATED], undefined, manifests);
    const result = await replayCommand(session);
    expect(open()).toEqual([]);
    expect(result.json).toMatchObject({ missingIds: ['lost'], lost: 1, heldBack: 1, recorded: 0, exitCode: 3 });
    expect(shown(result)).toMatch(
      /1 without a copy · 1 termination held back\n.*events\/lost\.jwe is missing\n.*--despite-missing/s,
    );
  });

  test('does not advise --despite-missing while a category does not answer', async () => {
    const { session, open } = sessionWith([TERMINATED], undefined, [manifestOf(['lost', NOW - 8 * DAY])]);
    const { events } = session.erasure;
    const refused = new InputError('own-index-altered', { expected: 'a log', found: 'another', fix: 'Rebuild it.' });
    const closed = (category: string) => ({ ...events(category), missing: () => Promise.reject(refused) });
    const result = await replayCommand({ ...session, erasure: { ...session.erasure, events: closed } });
    expect([open(), result.exitCode]).toEqual([[], 2]);
    expect(shown(result)).toMatch(/1 to none that answers\..* could not be asked: fix that first/s);
    expect(shown(result)).not.toContain('--despite-missing');
  });

  test('records terminations with --despite-missing, and still names the missing copies', async () => {
    const { session, open } = sessionWith([TERMINATED], undefined, [manifestOf(['lost', NOW - 8 * DAY])]);
    const result = await replayCommand(session, [], true);
    expect(open()).toHaveLength(1);
    expect(result.json).toMatchObject({ missingIds: ['lost'], heldBack: 0, recorded: 1, exitCode: 0 });
  });

  test('records terminations if the event log has the missing events, and names their copies', async () => {
    const { session, open } = sessionWith([TERMINATED], undefined, [manifestOf(['known', NOW - 8 * DAY])]);
    const { events } = session.erasure;
    const known = (category: string) => ({ ...events(category), missing: async () => new Set<string>() });
    const knowing = { ...session.erasure, events: known };
    const result = await replayCommand({ ...session, erasure: knowing });
    expect(open()).toHaveLength(1);
    expect(result.json).toMatchObject({ missingIds: ['known'], lost: 0, heldBack: 0, exitCode: 3 });
  });

  test('does not report an expired copy as missing, and names an unreadable manifest', async () => {
    const manifests = [
      manifestOf([TERMINATED.id, NOW - 9 * DAY], ['old', NOW - 44 * DAY]),
      { id: 'closed', unreadable: 'no-key' } as const,
    ];
    const result = await replayCommand(sessionWith([TERMINATED], undefined, manifests).session);
    expect(result.json).toMatchObject({ missingIds: [], recorded: 1, unreadableLists: ['closed'], exitCode: 3 });
    expect(shown(result)).toContain('manifests/closed.jwe does not open');
  });
});

test('replay keeps an immediate termination, although the policy forbids immediate messages', async () => {
  const immediate = { ...TERMINATED, content: { ...(TERMINATED as { content: object }).content, immediate: true } };
  const { session, open } = sessionWith([immediate as Archived]);
  expect(session.policy.terminations).toMatchObject({ immediate: false });
  await replayCommand(session);
  expect(open()).toMatchObject([{ entry: { obligation: { immediate: true } } }]);
});
