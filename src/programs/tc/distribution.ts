/**
 * Inverse distributions of jitter for netem: 4096 values in standard deviations times 8192, as the tables that
 * iproute2 ships (normal.dist, pareto.dist, paretonormal.dist) but computed, so that a value may differ by a little.
 * experimental.dist is a measurement and is not there.
 */
const SIZE = 4096;
const FACTOR = 8192;

const clamp = (n: number): number => Math.max(-32768, Math.min(32767, Math.round(n)));

export function distribution(name: string): readonly number[] | null {
  const value = name === "normal" ? normal : name === "pareto" ? pareto : name === "paretonormal" ? mixed : null;
  return value === null ? null : Array.from({ length: SIZE }, (_, i) => clamp(FACTOR * value(i)));
}

const normal = (i: number): number => inverseNormal((i + 0.125) / SIZE);
/** Pareto with exponent 3, mean 0 and standard deviation 1. */
const pareto = (i: number): number => (((SIZE - i) / SIZE) ** (-1 / 3) - 1.5) * (4 / 3);
/** Of the two as they stand in their tables, cut off where 16 bits end. */
const mixed = (i: number): number => (clamp(FACTOR * normal(i)) + 3 * clamp(FACTOR * pareto(i))) / 4 / FACTOR;

/** The normal distribution's quantile, by halving: exact to what a table of 16 bits can hold. */
function inverseNormal(p: number): number {
  let [low, high] = [-6, 6];
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (cumulative(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Φ(x) as a series around 0 (Marsaglia 2004); quick for |x| < 6. */
function cumulative(x: number): number {
  let [sum, term] = [x, x];
  for (let k = 3; Math.abs(term) > 1e-17 && k < 400; k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}
