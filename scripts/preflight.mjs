// Says in one sentence which tools this machine lacks. Runs in any Node with modules. With --elasticsearch, it also
// checks the needs of an embedded server.
const major = Number(process.versions.node.split('.')[0]);

if (major < 24) {
  console.error(
    `es-retention runs on Node 24 or newer, and this is Node ${process.versions.node}. ` +
      '`npm ci` brings the right one along on Linux (x64 and arm64); elsewhere, or if optional packages were left out, ' +
      'install Node 24 and try again.',
  );
  process.exit(1);
}

if (process.argv.includes('--elasticsearch'))
  import('../embedded-elasticsearch/requirements.ts')
    .then(({ checkRequirements }) => checkRequirements())
    .catch((error) => {
      console.error(error.message);
      process.exit(1);
    });
