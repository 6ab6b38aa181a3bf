/** Intervals and quantiles for a simulator's tables. All of them exact to the digits printed; no normal approximation of small counts. */

export interface Interval {
  low: number;
  high: number;
}

const z95 = 1.959963984540054;

/** Wilson's score interval for a share (Wilson 1927), 95 %: sensible at 0 of n and n of n too. */
export function wilson(hits: number, trials: number): Interval {
  if (trials === 0) return { low: 0, high: 1 };
  const share = hits / trials,
    z2 = z95 * z95;
  const middle = (share + z2 / (2 * trials)) / (1 + z2 / trials);
  const half = (z95 / (1 + z2 / trials)) * Math.sqrt((share * (1 - share)) / trials + z2 / (4 * trials * trials));
  return { low: hits === 0 ? 0 : middle - half, high: hits === trials ? 1 : middle + half };
}

/** P(X <= count) where X is Poisson with this mean. */
export function poissonAtMost(count: number, mean: number): number {
  let logTerm = -mean,
    sum = 0;
  for (let k = 0; k <= count; k++) {
    sum += Math.exp(logTerm);
    logTerm += Math.log(mean) - Math.log(k + 1);
  }
  return Math.min(1, sum);
}

/** The mean at which `probability` (falling in the mean) meets `goal`. */
function meanWhere(probability: (mean: number) => number, goal: number, top: number): number {
  let low = 0,
    high = top;
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (probability(middle) > goal) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Exact (Garwood 1936) 95 % interval for the mean of a Poisson count. */
export function poissonInterval(count: number): Interval {
  const top = count + 10 * Math.sqrt(count + 1) + 10;
  return {
    low: count === 0 ? 0 : meanWhere((mean) => poissonAtMost(count - 1, mean), 0.975, top),
    high: meanWhere((mean) => poissonAtMost(count, mean), 0.025, top),
  };
}

/** The smallest value that at least `share` of the values do not exceed; undefined where there is none. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
