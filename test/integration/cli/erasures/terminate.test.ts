import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { configuration, daysAgo, erasureCliFixture, GONE, STAYS } from '../erasure-command-line.ts';

test('a terminated account is erased by two runs, and its receipt can be verified', async () => {
  const { seed, run, left, keys } = await erasureCliFixture();
  const index = await seed();
  const ring = join(dirname(keys), 'ring.json');
  expect((await run(['keys', 'generate', ring])).code).toBe(0);
  const environment = { RETENTION_KEYS: ring };

  const at = daysAgo(4);
  const said = await run(['terminate', '--uin', GONE, '--account-deleted', '--at', at], environment);
  expect(said.stdout).toMatch(
    /^Recorded: account-deleted · owed in 1 category\nCluster .*\nrequest cli_[\w-]{36}, in effect at /,
  );
  expect(said.stdout).toMatch(
    /, account-deleted: pending, to be erased by the next run, not later than 20.*; 2 documents found now\n/,
  );
  expect([said.code, said.stderr]).toEqual([0, '']);
  const request = /cli_[\w-]{36}/.exec(said.stdout)?.[0];

  // A deleted account is watched for late writes: only a run that finds nothing closes its erasure.
  const first = await run(['purge', '--execute'], environment);
  expect(first.stdout).toMatch(/^Kept: 1 of 1 · purged: 2 documents · next run/);
  expect(first.stdout).toContain('1 erasure due: 0 closed as erased, 0 as nothing found, 1 open\n  Open: ');
  expect(first.stdout).not.toContain('receipt');
  expect(await left(index)).toEqual(['stays']);
  const second = await run(['purge', '--execute'], environment);
  expect(second.stdout).toContain('1 erasure due: 1 closed as erased, 0 as nothing found, 0 open');
  expect(second.stdout).toContain('1 receipt issued: node bin/es-retention.mjs receipt --uin');
  expect([first.code, second.code]).toEqual([0, 0]);

  const [jws, pem] = [join(dirname(ring), 'receipt.jws'), join(dirname(ring), 'issuer.pem')];
  writeFileSync(pem, (await run(['keys', 'public', ring])).stdout);
  const receipt = JSON.parse((await run(['receipt', '--uin', GONE, '--out', jws, '--json'], environment)).stdout);
  expect(receipt).toMatchObject({ command: 'receipt', exitCode: 0, receipts: [{ requestId: request }] });
  const [{ opening }] = receipt.receipts;
  expect(readFileSync(jws, 'utf8')).toBe(receipt.receipts[0].jws);
  expect(createHash('sha256').update(readFileSync(jws)).digest('hex')).toBe(receipt.receipts[0].hash);
  const check = (uin: string) => run(['verify-receipt', jws, '--key', pem, '--uin', uin, '--opening', opening]);
  const [own, neighbour] = [await check(GONE), await check(STAYS)];
  expect(own.stdout).toMatch(/^Valid: signed by kid \S+ · account erased from 1 category, 2 documents, in time\n/);
  expect(own.code).toBe(0);
  expect(neighbour.stdout).toMatch(/^Not about that subject: valid, /);
  expect(neighbour.code).toBe(3);
});

test('terminate counts the documents to erase and those that stay, as far as indices answer', async () => {
  const { add, seed, run, client } = await erasureCliFixture();
  const index = await seed();
  await add(index, { later: configuration(GONE, '3', 1), shared: { ...configuration(GONE, '4'), uin: [GONE, '7'] } });
  const documents = async (args: readonly string[]) => {
    const { code, stdout } = await run(['terminate', '--json', ...args]);
    expect(code).toBe(0);
    return JSON.parse(stdout).entries[0].documents;
  };
  expect(await documents(['--uin', GONE, '--at', daysAgo(2)])).toEqual({
    owed: 2,
    newUse: 1,
    shared: 1,
    unclear: 0,
    unindexed: 0,
    unreadable: 0,
    isWhole: true,
  });
  expect(await documents(['--uin', '8'])).toEqual({
    owed: 0,
    newUse: 0,
    shared: 0,
    unclear: 0,
    unindexed: 0,
    unreadable: 0,
    isWhole: true,
  });
  await client.indices.close({ index });
  expect(await documents(['--uin', GONE, '--account-deleted'])).toMatchObject({ owed: 0, isWhole: false });
  const { stdout } = await run(['terminate', '--uin', '9']);
  expect(stdout).toContain('at least 0 documents found now, not every index could be looked at');
});
