// Line icons on a 16-pixel grid, drawn in the text's colour. A path is the whole icon: no font, no sprite, no fetch.
const paths = {
  play: 'M5 3.2v9.6l7.6-4.8z',
  stop: 'M4 4h8v8H4z',
  home: 'M2.5 7.5 8 3l5.5 4.5M4 6.5V13h3v-3.5h2V13h3V6.5',
  save: 'M8 2.5v7.5M5 7.2l3 3 3-3M3 11.5v2h10v-2',
  folder: 'M2.5 12.5v-9h3.8l1.4 1.8h5.8v7.2z',
  terminal: 'M3 4.5 6 8l-3 3.5M8 12h5',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3l3.2 3.2',
  sun: 'M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM8 1.5v1.4M8 13.1v1.4M1.5 8h1.4M13.1 8h1.4M3.4 3.4l1 1M11.6 11.6l1 1M3.4 12.6l1-1M11.6 4.4l1-1',
  moon: 'M13 9.4A5.4 5.4 0 0 1 6.6 3 5.4 5.4 0 1 0 13 9.4z',
  keys: 'M1.8 4.5h12.4v7H1.8zM4 7h.01M6.7 7h.01M9.3 7h.01M12 7h.01M5 9.3h6',
  close: 'M4.2 4.2l7.6 7.6M11.8 4.2l-7.6 7.6',
  check: 'M3 8.5l3.2 3.2L13 5',
  warning: 'M8 2.6 14.2 13H1.8zM8 6.6v3M8 11.3v.2',
  trash: 'M3 4.5h10M6.3 4.5V3h3.4v1.5M4.3 4.5l.6 8.5h6.2l.6-8.5M6.8 7v3.6M9.2 7v3.6',
  lock: 'M4 7.5h8v5.5H4zM5.5 7.5V5.6a2.5 2.5 0 0 1 5 0v1.9',
  queue: 'M2.5 5h3v6h-3zM6.5 5h3v6h-3zM10.5 5h3v6h-3z',
  semaphore: 'M5.2 10.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM10.8 10.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
  signal: 'M8 13V8M4.8 4.8a4.5 4.5 0 0 1 6.4 0M2.8 2.8a7.3 7.3 0 0 1 10.4 0M8 8h.01',
  thread: 'M3 3.5c5 0 5 3 0 4.5s-5 4.5 10 4.5M7 3.5h6M9 8h4',
  task: 'M3 4.5h6M3 8h10M3 11.5h4M11.5 3v3M13 4.5h-3M9.5 11.5h3.5',
  loop: 'M12.6 6.2A5 5 0 1 0 13 8.6M13.2 3.2v3.2H10',
  gil: 'M8 2.2l5 1.8v3.6c0 3-2 5-5 6.2-3-1.2-5-3.2-5-6.2V4zM8 6.2v3.2',
  pool: 'M2.5 3.5h11v2.2h-11zM2.5 7h11v2.2h-11zM2.5 10.5h6v2.2h-6z',
  process: 'M2.5 3.5h11v9h-11zM2.5 6h11M4.5 4.8h.01',
  pipe: 'M2 6.2h12v3.6H2zM5 8h6M9.5 6.8 11 8l-1.5 1.2',
  memory: 'M4.5 3.5h7v9h-7zM2.5 5.5h2M2.5 8h2M2.5 10.5h2M11.5 5.5h2M11.5 8h2M11.5 10.5h2',
  kernel:
    'M4.5 4.5h7v7h-7zM6.5 4.5v-2M9.5 4.5v-2M6.5 13.5v-2M9.5 13.5v-2M4.5 6.5h-2M4.5 9.5h-2M13.5 6.5h-2M13.5 9.5h-2',
  stream: 'M2 5h4v6H2zM7.5 5h6.5v6H7.5z',
  compare: 'M2.5 4.5h7M2.5 7h4M2.5 11.5h11M2.5 14h6M12.5 2.5v4M10.5 4.5h4',
  code: 'M5.5 4.5 2 8l3.5 3.5M10.5 4.5 14 8l-3.5 3.5',
  area: 'M3 2.5v11M13 2.5v11M5.5 8h5M5.5 8l1.5-1.5M5.5 8 7 9.5M10.5 8 9 6.5M10.5 8 9 9.5',
} as const
export type IconName = keyof typeof paths

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  const filled = name === 'play' || name === 'stop'
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <path
        d={paths[name]}
        fill={filled ? 'currentColor' : 'none'}
        stroke={filled ? 'none' : 'currentColor'}
        stroke-width="1.3"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  )
}

/** Three lanes whose slices take turns: the product in one glyph. */
export function Logo({ size = 20 }: { size?: number }) {
  return (
    <svg class="logo" width={size} height={size} viewBox="0 0 20 20" aria-hidden="true">
      <rect class="logo-a" x="1" y="3" width="7" height="3.6" rx="1.2" />
      <rect class="logo-b" x="8" y="8.2" width="6" height="3.6" rx="1.2" />
      <rect class="logo-c" x="14" y="13.4" width="5" height="3.6" rx="1.2" />
      <rect class="logo-a" x="13" y="3" width="6" height="3.6" rx="1.2" opacity=".45" />
      <rect class="logo-c" x="1" y="13.4" width="5" height="3.6" rx="1.2" opacity=".45" />
    </svg>
  )
}

const iconOfKind: Record<string, IconName> = {
  thread: 'thread',
  lock: 'lock',
  rlock: 'lock',
  semaphore: 'semaphore',
  boundedSemaphore: 'semaphore',
  condition: 'signal',
  event: 'signal',
  barrier: 'signal',
  task: 'task',
  loop: 'loop',
  gil: 'gil',
  pool: 'pool',
  process: 'process',
  pipe: 'pipe',
  sharedMemory: 'memory',
  device: 'kernel',
  context: 'memory',
  stream: 'stream',
  calls: 'code',
}
export const kindIcon = (kind: string): IconName => iconOfKind[kind] ?? 'queue'
