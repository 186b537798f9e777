// What the window may not do. The page needs its own files, its port to the engine and the calls of preload.ts; windows,
// navigation, permissions, web views, downloads and every other address are refused.
import type { App, Session, WebContents, WebFrameMain } from 'electron'

export const scheme = 'app'
export const origin = `${scheme}://interleave`

export function isPage(address: string): boolean {
  try {
    const url = new URL(address)
    return url.protocol === `${scheme}:` && url.host === 'interleave'
  } catch {
    return false
  }
}

/** A call counts only when it comes from our page, and from its outermost frame. */
export function isTrusted(event: { sender: WebContents; senderFrame: WebFrameMain | null }): boolean {
  return event.senderFrame !== null && event.senderFrame === event.sender.mainFrame && isPage(event.senderFrame.url)
}

export function guardContents(app: App): void {
  app.on('web-contents-created', (_, contents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
    contents.on('will-attach-webview', (event) => event.preventDefault())
    // The page may be loaded again; nothing may take its place.
    contents.on('will-frame-navigate', (event) => {
      if (!event.isMainFrame || !isPage(event.url)) event.preventDefault()
    })
    contents.on('will-redirect', (event) => event.preventDefault())
  })
}

export function guardSession(session: Session): void {
  const allowed = new Set(['clipboard-sanitized-write'])
  session.setPermissionRequestHandler((_, permission, decide) => decide(allowed.has(permission)))
  session.setPermissionCheckHandler((_, permission) => allowed.has(permission))
  session.setDevicePermissionHandler(() => false)
  session.on('will-download', (event) => event.preventDefault())
  session.webRequest.onBeforeRequest((details, decide) =>
    decide({ cancel: !/^(app:\/\/interleave\/|devtools:|chrome-extension:|data:|blob:app:)/.test(details.url) }),
  )
}
