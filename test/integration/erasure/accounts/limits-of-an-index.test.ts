import { expect, test } from 'vitest';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { erasureFixture, TERMINATED } from '../../../support/erasure/erasure-fixture.ts';
import { sendAdvised } from '../../fixes/follow-advice.ts';

test.each([{ max_terms_count: 2 }, { max_regex_length: 10 }])(
  'a run whose search exceeds the limit %j of an index erases nothing, and the fix works',
  async (settings) => {
    const fixture = erasureFixture();
    const mappings = { properties: { uin: { type: 'keyword' as const } } };
    const uins = ['1', '2', '3'];
    const theirs = Object.fromEntries(uins.map((uin) => [uin, { uin, '@timestamp': isoInstant(TERMINATED) }]));
    const index = await fixture.createIndex('a', theirs, mappings);
    await fixture.client.indices.putSettings({ index, settings });
    for (const uin of uins) await fixture.tell('account-deleted', { uin });
    const { findings, kept } = await fixture.runPurge();
    const unanswered = findings.find(({ code }) => code === 'unanswered');
    expect(unanswered?.found).toContain(`index.${Object.keys(settings)[0]}`);
    expect(kept).toBe(false);
    expect(await fixture.left(index)).toEqual(uins);
    await sendAdvised(fixture.client, unanswered?.fix ?? '');
    for (const _ of [1, 2]) await fixture.runPurge();
    expect(await fixture.left(index)).toEqual([]);
  },
);
