/**
 * False-alarm probabilities of the fleet tests.
 *
 * A sensor's evidence is a log-likelihood ratio. For a benign source the ratio is a martingale with mean 1, so the
 * probability that it ever reaches e^x is at most e^-x (Ville's inequality; Wald 1945): the maximum that a sensor
 * reports is bounded by an exponential variable with mean 1. A sensor reports nothing below SUSPICION_REPORT_NATS. Of n
 * sensors that meet the source independently, the number that report is therefore bounded by binomial(n,
 * e^-SUSPICION_REPORT_NATS), and the total that k of them report above SUSPICION_REPORT_NATS each by a sum of k
 * exponential variables, which is gamma(k). A sum of evidence alone would ignore that sensors report suspects only;
 * this bound does not.
 */

/** Nats. Minimum evidence of a suspicion report (src/engine/constants/weights.ts, SUSPICION_REPORT_EVIDENCE). */
const SUSPICION_REPORT_NATS = 2;

/** P(gamma(k) > x) for an integer k: e^-x * sum of x^i / i!, i < k. 1 for x <= 0. */
function gammaTail(k: number, x: number): number {
  if (x <= 0) return 1;
  let term = 1;
  let sum = 0;
  // Multiply by e^-x at the end, so that a large x does not overflow.
  const scale = Math.exp(-x);
  if (scale === 0) return 0;
  for (let i = 0; i < k; i++) {
    sum += term;
    term *= x / (i + 1);
  }
  return Math.min(1, sum * scale);
}

/**
 * An upper bound on the probability that, of `n` sensors, at least one reports a benign source and that together they
 * report `evidence` nats or more.
 */
export function falseAlarm(n: number, evidence: number): number {
  if (!(evidence > 0)) return 1;
  const q = Math.exp(-SUSPICION_REPORT_NATS);
  let chance = 0;
  let logarithm = n * Math.log1p(-q);
  for (let k = 1; k <= n; k++) {
    logarithm += Math.log(((n - k + 1) / k) * (q / (1 - q)));
    chance += Math.exp(logarithm) * gammaTail(k, evidence - k * SUSPICION_REPORT_NATS);
  }
  return Math.min(1, chance);
}

/**
 * P(at least `k` of `n` independent sites report a first-contact failure of a benign source), each with probability `q`
 * at most: a binomial tail.
 */
export function binomialTail(n: number, k: number, q: number): number {
  if (k <= 0) return 1;
  // The first term as a logarithm: (1 - q)^n underflows for a large fleet.
  let logarithm = n * Math.log1p(-q);
  const odds = Math.log(q / (1 - q));
  for (let i = 0; i < k; i++) logarithm += Math.log((n - i) / (i + 1)) + odds;
  let term = Math.exp(logarithm);
  let sum = 0;
  for (let i = k; i <= n && term > 0; i++) {
    sum += term;
    term *= ((n - i) / (i + 1)) * (q / (1 - q));
  }
  return Math.min(1, sum);
}

/**
 * The smallest number of sites, of `n`, that report by chance with probability `chance` at most; n + 1 if not even all
 * of them suffice.
 */
export function countNeeded(n: number, chance: number, q: number): number {
  let k = 1;
  while (k <= n && binomialTail(n, k, q) > chance) k++;
  return k;
}

/**
 * The smallest evidence (nats, rounded up to a hundredth) that `n` sensors report by chance with probability `chance`
 * at most.
 */
export function thresholdFor(n: number, chance: number): number {
  let low = 0;
  let high = 10 * n + 100;
  while (high - low > 0.005) {
    const middle = (low + high) / 2;
    if (falseAlarm(n, middle) > chance) low = middle;
    else high = middle;
  }
  return Math.ceil(high * 100) / 100;
}
