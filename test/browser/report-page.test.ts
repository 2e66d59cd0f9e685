import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { number } from '../../lib/base/number-text.ts';
import { describeDuration } from '../../lib/policy/time/duration.ts';
import { HOSTILE, reportOf, SECRETS } from '../support/report/report-world.ts';
import { madeOnce } from '../support/run/made-once.ts';
import { chromiumPages, PHONE, type View } from './chromium-pages.ts';
import { contrastsOf, faultsIn, openDetails, tooWideIn } from './look-at-page.ts';

/** Where the screenshots of the documents are written (`npm run screenshots`); undefined: nowhere. */
const SCREENSHOTS = process.env.ES_RETENTION_SCREENSHOTS;

describe('the report page in a browser', async () => {
  const { open } = await chromiumPages();

  const reports = {
    month: madeOnce(() => reportOf({ categories: 3, days: 30 })),
    twenty: madeOnce(() => reportOf({ categories: 20, days: 3 })),
    nothing: madeOnce(() => reportOf({ categories: 2, days: 0 })),
    overdue: madeOnce(() => reportOf({ categories: 3, days: 40, overdue: 'all', hostile: HOSTILE })),
  };

  // The tables behind the plots are open where they are short: axe looks at each cell.
  test.each([
    ['of a month', 'month', {}],
    ['of 20 categories', 'twenty', { width: PHONE, isOpen: true }],
    ['of nothing', 'nothing', { scheme: 'dark' }],
    ['with everything overdue', 'overdue', { width: PHONE }],
    ['with everything overdue, dark', 'overdue', { scheme: 'dark' }],
  ] as const)('a report %s has no fault that axe finds', async (_, which, view: View & { readonly isOpen?: true }) => {
    const page = await open(reports[which]().file, view);
    if (view.isOpen) await openDetails(page);
    expect(await faultsIn(page)).toEqual([]);
    await page.context().close();
  });

  test('the accessibility checks detect low contrast in text and in plots', async () => {
    const page = await open(reports.nothing().file);
    await page.addStyleTag({ content: '.soft { color: #ccc !important; }' });
    expect(await faultsIn(page)).toContainEqual(expect.stringContaining('color-contrast'));
    const plots = await open(reports.month().file);
    await plots.addStyleTag({ content: 'svg text { fill: #ccc !important; }' });
    expect(Math.max(...(await contrastsOf(plots, 'svg text')))).toBeLessThan(2);
    for (const each of [page, plots]) await each.context().close();
  });

  test.each(Object.keys(reports))(
    'fits a screen of 390 pixels, and prints on a white background: report %s',
    async (which) => {
      const page = await open(reports[which as keyof typeof reports]().file, { width: PHONE });
      await openDetails(page);
      expect(await tooWideIn(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(PHONE);
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
      expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(10_000);
      await page.context().close();
    },
  );

  test('shows the numbers of its data', async () => {
    const { file, data } = reports.overdue();
    const page = await open(file);
    const text = async (selector: string): Promise<string> => (await page.locator(selector).allInnerTexts()).join('\n');
    for (const { category, now, state, promise } of data.categories) {
      const card = await text(`[data-category="${category}"]`);
      for (const shown of [
        `${now?.documents} document`,
        `${now?.due} due`,
        `${now?.overdue} overdue`,
        state,
        promise.quote,
      ])
        expect(card).toContain(shown);
      if (now?.oldest !== undefined) expect(card).toContain(`Oldest document ${describeDuration(now.oldest.age)}`);
    }
    expect(await page.locator('#ahead tbody tr').allInnerTexts()).toEqual(
      data.categories.map(({ category, now }) =>
        [category, now?.due, ...(now?.fallingDue ?? ['–', '–', '–'])].join('\t'),
      ),
    );
    const days = data.categories.flatMap(({ past }) => past?.days ?? []);
    const aged = data.categories.filter(({ allowedLateness }) => allowedLateness !== undefined);
    expect(await page.locator('circle.dot').count()).toBe(aged.flatMap(({ past }) => past?.days ?? []).length);
    const removed = days.reduce((sum, { documentsRemoved }) => sum + documentsRemoved, 0);
    expect(await text('#removed h3')).toContain(`${number(removed)} documents in 90 days`);
    expect(await text('#erasures')).toContain('2 d over');
  });

  test('draws each bar as high as its value, in the order of the days', async () => {
    const { file, data } = reports.month();
    const page = await open(file);
    const byDay = Map.groupBy(
      data.categories.flatMap(({ past }) => past?.days ?? []),
      ({ day }) => day,
    );
    const sums = [...byDay]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, own]) => own.reduce((sum, each) => sum + each.documentsRemoved, 0));
    const bars = (await page.evaluate(
      `[...document.querySelector('#removed svg').querySelectorAll('.bar')].map((each) => ['x', 'width', 'height'].map((name) => Number(each.getAttribute(name))))`,
    )) as [number, number, number][];
    expect(bars).toHaveLength(sums.length);
    const [first = [0, 0, 0], ...others] = bars;
    const scale = first[2] / (sums[0] ?? 0);
    for (const [at, [x, , height]] of others.entries()) {
      expect(Math.abs(height - (sums[at + 1] ?? 0) * scale)).toBeLessThan(0.3);
      expect(x).toBeGreaterThan(bars[at]?.[0] ?? 0);
    }
    // The first day of the period begins at the axis, and the last one ends at the other end.
    expect(first[0]).toBeGreaterThanOrEqual(48);
    expect((bars.at(-1)?.[0] ?? 0) + (bars.at(-1)?.[1] ?? 0)).toBeLessThanOrEqual(328);
  });

  test('shows names from the cluster as text, and runs nothing in them', async () => {
    const page = await open(reports.overdue().file);
    expect(await page.locator('img, script').count()).toBe(0);
    expect(await page.title()).toBe('Retention report of in memory, 2026-04-10 12:00 UTC');
    expect(await page.locator('h3').first().innerText()).toContain('<img src=x onerror="document.title=1"> & "Logs"');
    const shown = await page.locator('body').innerText();
    for (const secret of SECRETS) expect(shown).not.toContain(secret);
  });

  test('can be used with the keyboard alone', async () => {
    const page = await open(reports.month().file);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Promises');
    const details = page.locator('#lag details').first();
    await details.locator('summary').focus();
    await page.keyboard.press('Enter');
    expect(await details.getAttribute('open')).not.toBeNull();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.getAttribute("role")')).toBe('region');
  });

  test.runIf(SCREENSHOTS !== undefined)('screenshots for the documents are written', async () => {
    const { file } = await reportOf({ categories: 4, days: 90, overdue: 'first' });
    for (const [name, view, part] of [
      ['report-light', { width: 960 }, 'header'],
      ['report-dark', { width: 960, scheme: 'dark' }, '#lag'],
      ['report-phone', { width: PHONE }, 'header'],
    ] as const) {
      const page = await open(file, view);
      const y = Math.max(0, ((await page.locator(part).boundingBox())?.y ?? 0) - 24);
      const clip = { x: 0, y, width: view.width, height: 1000 };
      await page.screenshot({ path: join(SCREENSHOTS ?? '', `${name}.png`), clip, fullPage: true });
      await page.context().close();
    }
  });
});
