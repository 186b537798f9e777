// The page's address says which trace is shown (#trace=3), so that the browser's back button and a reload do what people
// expect. In: which trace. Out: which trace the address asks for, also when the person goes back.

export interface Address {
  asked(): number | null
  show(trace: number | null): void
  onBack(hear: () => void): void
}

export function pageAddress(): Address {
  return {
    asked: () => {
      const id = /^#trace=(\d+)$/.exec(location.hash)?.[1]
      return id === undefined ? null : Number(id)
    },
    show: (trace) => {
      const hash = trace === null ? '' : `#trace=${trace}`
      if (location.hash !== hash) history.pushState(null, '', location.pathname + location.search + hash)
    },
    onBack: (hear) => addEventListener('popstate', hear),
  }
}
