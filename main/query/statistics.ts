// What a few repeated runs can show: the interval of a difference of means (Welch), and whether something that some runs
// have and others have not is more than chance (Barnard).
//
// Welch and not Mann–Whitney or permutations: those count orders, and of 3 runs against 3 no order is rarer than one in
// ten, so that with the few runs people make they could never find anything. Welch needs no equal spread on both sides (a
// repaired program is often steadier), and its errors are on the careful side for times, which have a long tail to the
// right (statistics.test.ts counts them). Not by a library: the small ones have no quantile for a broken number of degrees
// of freedom, the whole ones bring hundreds of packages for these sixty lines.

export const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length

/** Of the sample, n − 1. */
export function variance(values: readonly number[]): number {
  const middle = mean(values)
  return values.reduce((sum, v) => sum + (v - middle) ** 2, 0) / (values.length - 1)
}
export const deviation = (values: readonly number[]): number => Math.sqrt(variance(values))

/** Of mean(after) − mean(before); both sides have two values at least. */
export function welch(
  before: readonly number[],
  after: readonly number[],
  confidence: number,
): { from: number; to: number } {
  const a = variance(before) / before.length
  const b = variance(after) / after.length
  const difference = mean(after) - mean(before)
  if (a + b === 0) return { from: difference, to: difference }
  const freedom = (a + b) ** 2 / (a ** 2 / (before.length - 1) + b ** 2 / (after.length - 1))
  const half = studentQuantile(1 - (1 - confidence) / 2, freedom) * Math.sqrt(a + b)
  return { from: difference - half, to: difference + half }
}

/** t such that Student's distribution lies below it with the probability p > 1/2. */
export function studentQuantile(p: number, freedom: number): number {
  let [low, high] = [0, 1]
  while (studentBelow(high, freedom) < p) [low, high] = [high, high * 2]
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2
    if (studentBelow(middle, freedom) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}
/** For t ≥ 0. */
const studentBelow = (t: number, freedom: number): number =>
  1 - 0.5 * incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5)

/** The regularised incomplete beta function, by its continued fraction (Lentz). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a)
  const tiny = 1e-300
  let c = 1
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1))
  let fraction = d
  for (let m = 1; m < 500; m++) {
    for (const term of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 / nonZero(1 + term * d)
      c = nonZero(1 + term / c)
      fraction *= c * d
    }
    if (Math.abs(c * d - 1) < 1e-14) break
  }
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x))
  return (front * fraction) / a
  function nonZero(v: number) {
    return Math.abs(v) < tiny ? tiny : v
  }
}
/** Lanczos, 15 digits. */
function logGamma(x: number): number {
  const series = [
    76.18009172947146, -86.50532032941677, 24.01409824083091, -1.231739572450155, 0.1208650973866179e-2,
    -0.5395239384953e-5,
  ].reduce((sum, c, i) => sum + c / (x + 1 + i), 1.000000000190015)
  return (x + 0.5) * Math.log(x + 5.5) - (x + 5.5) + Math.log((2.5066282746310005 * series) / x)
}

/** The greatest probability that runs which do not differ show a difference as great as "x of n, y of m". Fisher's test
 *  takes the sum x + y for given, and so finds nothing in 3 runs against 3; Barnard's does not. */
export function barnard(x: number, n: number, y: number, m: number): number {
  const seen = score(x, n, y, m)
  if (seen === 0) return 1
  const tables: [number, number][] = []
  for (let i = 0; i <= n; i++)
    for (let j = 0; j <= m; j++) if (score(i, n, j, m) >= seen * (1 - 1e-9)) tables.push([i, j])
  let most = 0
  for (let step = 1; step < 200; step++) {
    const [ofN, ofM] = [binomial(n, step / 200), binomial(m, step / 200)]
    most = Math.max(
      most,
      tables.reduce((sum, [i, j]) => sum + ofN[i]! * ofM[j]!, 0),
    )
  }
  return most
}
function score(x: number, n: number, y: number, m: number): number {
  const pooled = (x + y) / (n + m)
  const spread = Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
  return spread === 0 ? 0 : Math.abs(x / n - y / m) / spread
}
/** The probability of k of n, for each k. */
function binomial(n: number, p: number): number[] {
  const all = logGamma(n + 1)
  return Array.from({ length: n + 1 }, (_, k) =>
    Math.exp(all - logGamma(k + 1) - logGamma(n - k + 1) + k * Math.log(p) + (n - k) * Math.log(1 - p)),
  )
}
