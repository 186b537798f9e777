// Where something begins to hold, of places in order: it holds nowhere before and everywhere after. In: how many places, and
// whether it holds at one. Out: the first place, n = at none. For loops over millions of rows a search of their own is faster.
export function firstWhere(n: number, holds: (place: number) => boolean): number {
  let low = 0
  let high = n
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
