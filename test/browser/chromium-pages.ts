import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { optionalTool, skipWithout } from '../support/run/optional-tool.ts';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const findChromium = async (): Promise<string> => {
  const found = PLACES.find(existsSync);
  if (found === undefined) throw new Error(`no Chromium in ${PLACES.join(', ')}: apt-get install chromium`);
  return found;
};

/** Widths of screens, in pixels. */
const DESKTOP = 1280;
export const PHONE = 390;

/** How a page is looked at. */
export interface View {
  readonly scheme?: 'light' | 'dark';
  readonly width?: number;
}

/**
 * Opens pages in Chromium, for the tests of a `describe`. Without Chromium, they are skipped.
 * @returns opens a file. Close its context when you are done.
 */
export const chromiumPages = async () => {
  const executablePath = skipWithout(await optionalTool(findChromium));
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (executablePath !== undefined) browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  afterAll(() => browser?.close());
  const open = async (file: string, { scheme = 'light', width = DESKTOP }: View = {}): Promise<Page> => {
    const context = await browser?.newContext({
      colorScheme: scheme,
      viewport: { width, height: 900 },
      reducedMotion: 'reduce',
      // Axe is put into the page, whose own policy runs no script.
      bypassCSP: true,
    });
    const page = await context?.newPage();
    if (page === undefined) throw new Error('no browser');
    await page.goto(pathToFileURL(file).href);
    return page;
  };
  return { open };
};
