import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { conceptService } from '../support/report/concept-world.ts';
import { HOSTILE } from '../support/report/report-world.ts';
import { madeOnce } from '../support/run/made-once.ts';
import { chromiumPages, PHONE } from './chromium-pages.ts';
import { faultsIn, tooWideIn } from './look-at-page.ts';

const LONG = 'trtc'.repeat(40);

describe('the deletion concept in a browser', async () => {
  const { open } = await chromiumPages();

  const made = madeOnce(async () => {
    const { run, folder } = await conceptService({ hostile: `${HOSTILE} ${LONG}`, statementAge: 90_000_000 });
    const file = join(folder, 'concept.html');
    const { code, stderr } = await run('concept', '--html', file);
    if (code !== 3) throw new Error(stderr);
    return file;
  });

  test.each([
    ['wide', {}],
    ['dark on a phone', { scheme: 'dark', width: PHONE }],
  ] as const)('has no fault that axe finds: %s', async (_, view) => {
    const page = await open(made(), view);
    expect(await faultsIn(page)).toEqual([]);
    await page.addStyleTag({ content: 'td { color: #999 !important; background: #fff; }' });
    expect(await faultsIn(page)).toContainEqual(expect.stringContaining('color-contrast'));
    await page.context().close();
  });

  test('fits a screen of 390 pixels', async () => {
    const page = await open(made(), { width: PHONE });
    expect(await tooWideIn(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(PHONE);
    await page.context().close();
  });

  test('shows texts of the policy as text, and links to each piece of evidence', async () => {
    const page = await open(made());
    expect(await page.locator('img, script').count()).toBe(0);
    expect(await page.title()).toBe('Deletion concept of 2026-04-10 12:00 UTC');
    expect(await page.locator('body').innerText()).toContain('<img src=x onerror="document.title=1"> & "Logs"');
    await page.getByRole('link', { name: 'E1', exact: true }).first().click();
    expect(await page.evaluate('document.querySelector(":target").textContent')).toBe('Evidence E1');
    expect(await page.getByText('MISSING (no statement younger than a day)').count()).toBe(7);
    await page.context().close();
  });
});
