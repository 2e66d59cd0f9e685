// esbuild calls these while osls packages the functions.
import { readFileSync } from 'node:fs';

/** A source map that names no source. https://esbuild.github.io/api/#source-maps-input */
const NO_MAP = Buffer.from('{"version":3,"sources":[""],"mappings":"AAAA"}').toString('base64');

/** Maps our own code only: stack traces name places in our source, and the map is a tenth as large. */
const ownMapsOnly = {
  name: 'own-maps-only',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]node_modules[\\/].*\.[cm]?js$/ }, ({ path }) => ({
      contents: `${readFileSync(path, 'utf8')}\n//# sourceMappingURL=data:application/json;base64,${NO_MAP}`,
      loader: 'js',
    }));
  },
};

/** The client imports Apache Arrow for one helper that nothing here calls. It is a tenth of the code. */
const withoutArrow = {
  name: 'without-arrow',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^apache-arrow(?:\/|$)/ }, ({ path }) => ({ path, namespace: 'left-out' }));
    onLoad({ filter: /./, namespace: 'left-out' }, () => ({ contents: 'module.exports = {};' }));
  },
};

export default [withoutArrow, ownMapsOnly];
