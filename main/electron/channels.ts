// Every channel between the page and this process; one that is not here does not exist. Names only: the preload is
// sandboxed and can load nothing. What may come over a call is checked by the shapes in calls.ts.

/** page → shell */
export type ShellCall = 'shell:pick-trace' | 'shell:pick-program' | 'shell:pick-save' | 'shell:connect'

/** shell → page */
export const told = { menu: 'shell:menu', port: 'shell:port' } as const

/** The message to the page's window that carries its port. */
export const portMessage = 'interleave-engine'
