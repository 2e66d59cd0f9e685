import type { Client } from '@elastic/elasticsearch';

/** The encoded values of a document. */
type Encoded = Readonly<Record<string, Buffer>>;

const withSize = (write: (bytes: Buffer) => void, size: number): Buffer => {
  const bytes = Buffer.alloc(size);
  write(bytes);
  return bytes;
};
const bytesOf = (number: bigint): Buffer => {
  const hex = number.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
};
const bytes = (...values: readonly number[]): Buffer => Buffer.from(values);
const float32 = (number: number) => withSize((to) => to.writeFloatBE(number), 4);
const float64 = (number: number) => withSize((to) => to.writeDoubleBE(number), 8);

const cborText = (value: string): Buffer => Buffer.concat([bytes(0x78, value.length), Buffer.from(value)]);

/** CBOR (RFC 8949). */
export const CBOR = {
  type: 'application/cbor',
  text: cborText,
  float32: (number: number) => Buffer.concat([bytes(0xfa), float32(number)]),
  float64: (number: number) => Buffer.concat([bytes(0xfb), float64(number)]),
  /** The two bytes of a half-precision number. */
  float16: (high: number, low: number) => bytes(0xf9, high, low),
  integer: (number: number) => bytes(0x18, number),
  bignum: (number: bigint) => Buffer.concat([bytes(0xc2, 0x40 + bytesOf(number).length), bytesOf(number)]),
  /** `mantissa` times ten to the power of `exponent`; the absolute values of both are below 24. */
  decimal: (mantissa: number, exponent: number) =>
    bytes(0xc4, 0x82, exponent < 0 ? 0x1f - exponent : exponent, 0x18, mantissa),
  bytes: (value: string) => Buffer.concat([bytes(0x40 + value.length), Buffer.from(value)]),
  list: (...values: readonly Buffer[]) => Buffer.concat([bytes(0x80 + values.length), ...values]),
  document: (fields: Encoded) =>
    Buffer.concat([
      bytes(0xa0 + Object.keys(fields).length),
      ...Object.entries(fields).flatMap(([name, value]) => [cborText(name), value]),
    ]),
} as const;

/** Splits a number into groups of seven bits from the left; the last group has the rest. */
const sevens = (value: Buffer): Buffer => {
  const bits = [...value].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return Buffer.from((bits.match(/.{1,7}/g) ?? []).map((group) => Number.parseInt(group, 2)));
};
/** The same from the right, so that the first group is padded. */
const sevensFromRight = (value: Buffer, groups: number): Buffer => {
  const bits = [...value].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const filled = bits.padStart(7 * groups, '0');
  return Buffer.from((filled.match(/.{7}/g) ?? []).map((group) => Number.parseInt(group, 2)));
};

/** SMILE: https://github.com/FasterXML/smile-format-specification */
export const SMILE = {
  type: 'application/smile',
  text: (value: string) => Buffer.concat([bytes(0x40 + value.length - 1), Buffer.from(value)]),
  float32: (number: number) => Buffer.concat([bytes(0x28), sevensFromRight(float32(number), 5)]),
  float64: (number: number) => Buffer.concat([bytes(0x29), sevensFromRight(float64(number), 10)]),
  integer: (number: number) => bytes(0xc0 + 2 * number),
  bignum: (number: number) => Buffer.concat([bytes(0x26, 0x81), sevens(bytes(number))]),
  /** `mantissa` (below 128) with `scale` digits after the decimal point. */
  decimal: (mantissa: number, scale: number) =>
    Buffer.concat([bytes(0x2a, 0x80 + 2 * scale, 0x81), sevens(bytes(mantissa))]),
  bytes: (value: string) => Buffer.concat([bytes(0xe8, 0x80 + value.length), sevens(Buffer.from(value))]),
  document: (fields: Encoded) =>
    Buffer.concat([
      Buffer.from(':)\n\0'),
      bytes(0xfa),
      ...Object.entries(fields).flatMap(([name, value]) => [bytes(0x80 + name.length - 1), Buffer.from(name), value]),
      bytes(0xfb),
    ]),
} as const;

/** Sends encoded documents. Searches find them afterwards. */
export const sendAs = async (
  client: Client,
  type: string,
  index: string,
  documents: Readonly<Record<string, Buffer | string>>,
): Promise<void> => {
  for (const [id, body] of Object.entries(documents))
    await client.transport.request(
      {
        method: 'PUT',
        path: `/${index}/_doc/${encodeURIComponent(id)}`,
        // The client sends a stream unchanged.
        body: body as never,
      },
      { headers: { 'content-type': type, accept: 'application/json' } },
    );
  await client.indices.refresh({ index });
};
