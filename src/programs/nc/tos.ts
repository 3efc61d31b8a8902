/** Names of the type-of-service octet that nc's -T knows (RFC 791, RFC 2474, RFC 2597, RFC 3246). */
const NAMES: Readonly<Record<string, number>> = {
  critical: 0xa0, ef: 0xb8, inetcontrol: 0xc0, lowcost: 0x02, lowdelay: 0x10, netcontrol: 0xe0, reliability: 0x04, throughput: 0x08,
};

/** A name, `cs0`–`cs7`, `af11`–`af43`, or a number from 0 to 255; null when it is none. */
export function tosOf(text: string): number | null {
  const known = NAMES[text.toLowerCase()];
  if (known !== undefined) return known;
  const cs = /^cs([0-7])$/i.exec(text);
  if (cs !== null) return Number(cs[1]) << 5;
  const af = /^af([1-4])([1-3])$/i.exec(text);
  if (af !== null) return (Number(af[1]) << 5) | (Number(af[2]) << 3);
  const number = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : NaN;
  return number >= 0 && number <= 255 ? number : null;
}
