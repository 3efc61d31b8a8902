/** The low `count` bytes of a number, most significant first. */
export function bytesMsbFirst(value: bigint, count: number): Uint8Array {
  const out = new Uint8Array(count);
  for (let i = count - 1, v = value; i >= 0; i--, v >>= 8n) out[i] = Number(v & 0xffn);
  return out;
}

export function numberFromMsbFirst(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}
