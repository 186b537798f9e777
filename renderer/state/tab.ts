// Which tab of the panel is shown: the panel's own choice, and that of keys which open one.
import { signal } from '@preact/signals'

export const tabs = ['contention', 'findings', 'awaits', 'area', 'output', 'sql'] as const
export type Tab = (typeof tabs)[number]
export const tab = signal<Tab>('contention')
