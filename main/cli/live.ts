// `interleave record --live`: the page in the browser, fed by the process that records: it is the one that ingests.
// Its address goes to stderr, because stdout is the program's.
import { startBrowserShell, type BrowserShell } from '../browser/server.ts'
import type { Recording } from '../recording.ts'
import { openInBrowser } from './open.ts'
import { tell } from './output.ts'

export async function watchLive(recording: Recording): Promise<BrowserShell> {
  const page = await startBrowserShell({ file: recording.path })
  page.adopt(recording)
  tell(`interleave: ${page.address}`)
  openInBrowser(page.address)
  return page
}
