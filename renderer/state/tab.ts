// Which tab of the panel is shown: the panel's own choice, and that of keys and findings which open one. And the query in
// the SQL tab, so that it stays while another tab is looked at.
import { signal } from '@preact/signals'

export const tabs = ['findings', 'contention', 'path', 'awaits', 'area', 'output', 'sql'] as const
export type Tab = (typeof tabs)[number]
export const tab = signal<Tab>('findings')

/** `due`: it is to be run as soon as its tab is shown */
export const query = signal({ sql: '', due: false })
export function openQuery(sql: string): void {
  query.value = { sql, due: true }
  tab.value = 'sql'
}
