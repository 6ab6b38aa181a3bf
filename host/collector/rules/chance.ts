/**
 * How probable it is that sensors say so much of a source that does not scan.
 *
 * One sensor's evidence is a log-likelihood ratio. Of a source that does not scan the ratio is a martingale with mean 1, so the
 * chance that it ever reaches e^x is at most e^-x (Ville's inequality; Wald 1945): the most that a sensor ever says is no
 * larger than an exponential variable with mean 1. A sensor says nothing below WHISPER_NATS. Of n sensors that meet the source
 * independently the number that speak is therefore at most binomial(n, e^-WHISPER_NATS), and what k of them say above
 * WHISPER_NATS each at most a sum of k exponential variables, which is gamma(k). The sum of evidence alone would forget
 * that sensors speak of suspects only; this does not.
 */

/** Nats. What a sensor whispers at least (src/engine/constants/weights.ts, SUSPICION_REPORT_EVIDENCE). */
const WHISPER_NATS = 2;

/** P(gamma(k) > x) for a whole k: e^-x * sum of x^i / i!, i < k. 1 for x <= 0. */
function gammaTail(k: number, x: number): number {
  if (x <= 0) return 1;
  let term = 1;
  let sum = 0;
  // Each term with e^-x in it, so that a large x does not overflow.
  const scale = Math.exp(-x);
  if (scale === 0) return 0;
  for (let i = 0; i < k; i++) {
    sum += term;
    term *= x / (i + 1);
  }
  return Math.min(1, sum * scale);
}

/**
 * An upper bound on the chance that of `n` sensors at least one speaks and all together say `evidence` nats or more of a source that
 * does not scan.
 */
export function falseAlarm(n: number, evidence: number): number {
  if (!(evidence > 0)) return 1;
  const q = Math.exp(-WHISPER_NATS);
  let chance = 0;
  let logarithm = n * Math.log1p(-q);
  for (let k = 1; k <= n; k++) {
    logarithm += Math.log(((n - k + 1) / k) * (q / (1 - q)));
    chance += Math.exp(logarithm) * gammaTail(k, evidence - k * WHISPER_NATS);
  }
  return Math.min(1, chance);
}

/** P(at least `k` of `n` sites say that a stranger who does not scan knocked), where each does with a chance of at most `q`: binomial. */
export function knockChance(n: number, k: number, q: number): number {
  if (k <= 0) return 1;
  // The first term by its logarithm: (1 - q)^n of a large fleet is no number that a double holds.
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

/** The least number of knocks that `n` sites tell by chance at most this often; n + 1 where not even all of them would do. */
export function knocksFor(n: number, chance: number, q: number): number {
  let k = 1;
  while (k <= n && knockChance(n, k, q) > chance) k++;
  return k;
}

/** The least evidence (nats, to a hundredth) that `n` sensors say by chance at most this often. */
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
