import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** An element of a page that a rule is about. */
interface AxeNode {
  readonly html: string;
}

interface AxeResult {
  readonly id: string;
  readonly nodes: readonly AxeNode[];
}

/** Runs all rules of axe on a page: what is wrong, and what axe cannot judge. */
const runAxe = async (
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

/** What axe found, and what it could not judge and we can: the contrast of labels in plots. */
export const faultsIn = async (page: Page): Promise<readonly string[]> => {
  const { violations, incomplete } = await runAxe(page);
  const isLabel = ({ id, node }: { readonly id: string; readonly node: AxeNode }): boolean =>
    id === 'color-contrast' && node.html.startsWith('<text ');
  const unclear = incomplete.flatMap(({ id, nodes }) => nodes.map((node) => ({ id, node })));
  const low = (await contrastsOf(page, 'svg text')).filter((contrast) => contrast < 4.5);
  return [
    ...violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`)),
    ...unclear.filter((each) => !isLabel(each)).map(({ id, node }) => `not judged, ${id}: ${node.html}`),
    ...low.map((contrast) => `a label with a contrast of ${contrast}`),
  ];
};

/** Opens the tables behind the plots. */
export const openDetails = (page: Page) =>
  page.evaluate(`document.querySelectorAll('details').forEach((each) => { each.open = true; })`);

/** The elements that are wider than their place. */
export const tooWideIn = (page: Page): Promise<readonly string[]> =>
  page.evaluate(`[...document.querySelectorAll('body, body *')].filter((each) =>
    each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).display !== 'inline' && !each.closest('svg, thead'))
    .map((each) => each.outerHTML.slice(0, 80))`);
