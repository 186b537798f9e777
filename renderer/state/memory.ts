// What the page remembers of the person's choices (theme, sizes, the last command line), for this origin. A place where
// nothing can be kept (storage switched off) gives the usual values back and takes the new ones silently.

export function recall<T extends number | string | object>(key: string, otherwise: T): T {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? 'null')
    if (kept === null || typeof kept !== typeof otherwise) return otherwise
    return (typeof kept === 'object' ? { ...(otherwise as object), ...kept } : kept) as T
  } catch {
    return otherwise
  }
}

export function remember(key: string, value: number | string | object): void {
  try {
    localStorage.setItem(key, JSON.stringify(value))
  } catch {
    // a choice that cannot be kept is still in force until the window closes
  }
}
