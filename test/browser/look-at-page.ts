import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** An element of a page that a rule is about. */
export interface AxeNode {
  readonly html: string;
}

interface AxeResult {
  readonly id: string;
  readonly nodes: readonly AxeNode[];
}

/** Runs all rules of axe on a page: what is wrong, and what axe cannot judge. */
export const runAxe = async (
  page: Page,
): Promise<{ readonly violations: readonly AxeResult[]; readonly incomplete: readonly AxeResult[] }> => {
  await page.evaluate(axe.source);
  return page.evaluate('axe.run({ resultTypes: ["violations", "incomplete"] })');
};

/** The share of light that a colour `rgb(…)` gives back, by WCAG 2. */
const luminance = (colour: string): number => {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map((part) => {
    const share = Number(part) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

/** The contrast of each of these texts in plots with the panel behind it: 1 to 21, by WCAG 2. */
export const contrastsOf = async (page: Page, selector: string): Promise<readonly number[]> => {
  const pairs = (await page.evaluate(`[...document.querySelectorAll(${JSON.stringify(selector)})].map((each) => {
    const behind = (element) => {
      const colour = getComputedStyle(element).backgroundColor;
      return colour === 'rgba(0, 0, 0, 0)' ? behind(element.parentElement) : colour;
    };
    return [getComputedStyle(each).fill, behind(each.closest('svg'))];
  })`)) as readonly (readonly [string, string])[];
  return pairs.map(([ink, paper]) => {
    const [light = 0, dark = 0] = [luminance(ink), luminance(paper)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  });
};
