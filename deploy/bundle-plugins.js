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

/**
 * What nothing here calls, by the package that imports it. Apache Arrow is for one helper of the client. The client asks
 * undici neither for HTTP/2 nor for forms. Bowser reads the names of browsers. undici's slower parser is for processors
 * without SIMD, from before 2008.
 */
const NEVER_CALLED = {
  elasticsearch: /^apache-arrow(?:\/|$)/,
  undici: /^(?:\.\/client-h2|\.\.\/web\/fetch\/body|\.\.\/llhttp\/llhttp-wasm)\.js$/,
  'aws-sdk': /^bowser$/,
};

const withoutUncalled = {
  name: 'without-uncalled',
  setup({ onResolve, onLoad }) {
    for (const [importing, filter] of Object.entries(NEVER_CALLED))
      onResolve({ filter }, ({ path, importer }) =>
        new RegExp(`[\\\\/]@?${importing}[\\\\/]`).test(importer) ? { path, namespace: 'left-out' } : undefined,
      );
    onLoad({ filter: /./, namespace: 'left-out' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** The parts of packages that the client's transport uses. Of undici and OpenTelemetry, that is a third. */
const USED = {
  undici: `
    require('undici/lib/dispatcher/dispatcher').prototype.request = require('undici/lib/api/api-request');
    exports.Pool = require('undici/lib/dispatcher/pool');
    exports.buildConnector = require('undici/lib/core/connect');`,
  '@opentelemetry/core': `
    exports.suppressTracing = require('@opentelemetry/core/build/src/trace/suppress-tracing.js').suppressTracing;`,
};

const usedPartsOnly = {
  name: 'used-parts-only',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(?:undici|@opentelemetry\/core)$/ }, ({ path, importer, resolveDir }) =>
      /[\\/]@elastic[\\/]transport[\\/]/.test(importer)
        ? { path, namespace: 'used-part', pluginData: { resolveDir } }
        : undefined,
    );
    onLoad({ filter: /./, namespace: 'used-part' }, ({ path, pluginData: { resolveDir } }) => ({
      contents: USED[path],
      resolveDir,
    }));
  },
};

export default [withoutUncalled, usedPartsOnly, ownMapsOnly];
