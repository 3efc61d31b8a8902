/** printf(3)'s %e, %f and %g. */
export interface FloatFormat {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  /** One of e f g E F G. */
  readonly letter: string;
}

const exponential = (n: number, digits: number): string =>
  n.toExponential(digits).replace(/e([+-])(\d)$/, "e$10$2");

function general(n: number, precision: number, keepZeros: boolean): string {
  const significant = Math.max(1, precision);
  const exponent = n === 0 ? 0 : Number(n.toExponential(significant - 1).split("e")[1]);
  const scientific = exponent < -4 || exponent >= significant;
  const text = scientific ? exponential(n, significant - 1) : n.toFixed(significant - 1 - exponent);
  if (keepZeros || !text.includes(".")) return text;
  return text.replace(/\.?0+(?=e|$)/, "");
}

export function formatFloat(n: number, f: FloatFormat): string {
  const kind = f.letter.toLowerCase();
  const body = magnitude(Math.abs(n), kind, f);
  const sign = n < 0 || Object.is(n, -0) ? "-" : f.flags.includes("+") ? "+" : f.flags.includes(" ") ? " " : "";
  const text = f.letter === kind ? sign + body : (sign + body).toUpperCase();
  if (f.flags.includes("-")) return text.padEnd(f.width);
  if (!f.flags.includes("0") || !Number.isFinite(n)) return text.padStart(f.width);
  return sign + body.padStart(f.width - sign.length, "0");
}

function magnitude(n: number, kind: string, f: FloatFormat): string {
  if (!Number.isFinite(n)) return Number.isNaN(n) ? "nan" : "inf";
  const precision = f.precision ?? 6;
  if (kind === "f") return n.toFixed(precision);
  return kind === "e" ? exponential(n, precision) : general(n, precision, f.flags.includes("#"));
}
