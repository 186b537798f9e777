// What the Electron window refuses: everything but its own page, its own calls, with the right arguments.
import { join } from 'node:path'
import { test } from '@playwright/test'
import type { ElectronApplication, Page } from '@playwright/test'
import { root } from '../run/root.ts'
import { expect, newHome, openShell, removeHome, type OpenShell } from '../shell-launch.ts'

let home: string
let shell: OpenShell
let page: Page
let app: ElectronApplication
test.beforeAll(async () => {
  home = newHome()
  shell = await openShell.electron({ home })
  page = shell.page
  app = shell.app!
  await expect(page.getByTestId(/^recipe-/).first()).toBeVisible()
})
test.afterAll(async () => {
  await shell.close()
  removeHome(home)
})

interface Exposed {
  interleaveShell: { pickTrace(): Promise<unknown>; pickSave(name: unknown): Promise<unknown> }
}

test('the page is sandboxed and isolated, and has nothing of Node or Electron', async () => {
  const preferences = await app.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]!.webContents as unknown as {
      getLastWebPreferences(): Record<string, unknown>
    }
    const { sandbox, contextIsolation, nodeIntegration, webSecurity, webviewTag } = contents.getLastWebPreferences()
    return { sandbox, contextIsolation, nodeIntegration, webSecurity, webviewTag }
  })
  expect(preferences).toEqual({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webSecurity: true,
    webviewTag: false,
  })
  const seen = await page.evaluate(() =>
    ['require', 'process', 'module', 'Buffer', 'electron', 'ipcRenderer'].filter((name) => name in globalThis),
  )
  expect(seen).toEqual([])
})

test('it runs no code but its own files and fetches nothing from elsewhere', async () => {
  const violated = await page.evaluate(
    () =>
      new Promise((resolve) => {
        addEventListener('securitypolicyviolation', (e) => resolve(e.effectiveDirective), { once: true })
        const script = document.createElement('script')
        script.textContent = 'window.planted = true'
        document.head.append(script)
      }),
  )
  expect(violated).toMatch(/^script-src/)
  expect(await page.evaluate(() => 'planted' in window)).toBe(false)
  const fetched = (address: string) =>
    page.evaluate(
      (a) =>
        fetch(a).then(
          () => true,
          () => false,
        ),
      address,
    )
  expect(await fetched('https://example.com/')).toBe(false)
  expect(await fetched('file:///etc/passwd')).toBe(false)
  expect(await fetched('app://interleave/index.html')).toBe(true)
  const missing = await page.evaluate(() => fetch('app://interleave/../package.json').then((r) => r.status))
  expect(missing).toBe(404)
})

test('permissions are refused', async () => {
  const states = await page.evaluate(async () => {
    const names = ['geolocation', 'notifications', 'camera', 'microphone'] as PermissionName[]
    return Promise.all(names.map((name) => navigator.permissions.query({ name }).then(({ state }) => state)))
  })
  expect(states).toEqual(['denied', 'denied', 'denied', 'denied'])
})

test('a call with wrong arguments is refused', async () => {
  const said = (name: unknown) =>
    page.evaluate((n) => (globalThis as unknown as Exposed).interleaveShell.pickSave(n).then(String, String), name)
  expect(await said(42)).toContain('was called with wrong arguments')
  expect(await said('')).toContain('was called with wrong arguments')
  expect(await said('x'.repeat(256))).toContain('was called with wrong arguments')
})

test('a call from any other page is refused, even with our preload', async () => {
  const said = await app.evaluate(
    async ({ BrowserWindow }, preload) => {
      const other = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true } })
      await other.loadURL('data:text/html,elsewhere')
      const said: unknown = await other.webContents.executeJavaScript(
        'interleaveShell.pickTrace().then(String, String)',
      )
      other.destroy()
      return said
    },
    join(root, 'out', 'preload', 'preload.cjs'),
  )
  expect(said).toContain('This call is not allowed from here.')
})

test('only the channels of the list exist', async () => {
  const names = await app.evaluate(({ ipcMain }) => {
    const { _invokeHandlers: handlers } = ipcMain as unknown as { _invokeHandlers: Map<string, unknown> }
    return { handlers: [...handlers.keys()].sort(), listeners: ipcMain.eventNames().filter((name) => name !== 'error') }
  })
  expect(names).toEqual({
    handlers: ['shell:connect', 'shell:pick-program', 'shell:pick-save', 'shell:pick-trace'],
    listeners: [],
  })
})

test('the dialogs of the menu open what the person chose', async () => {
  const asked = await app.evaluate(async ({ dialog, Menu }) => {
    const asked: string[] = []
    dialog.showOpenDialog = (async (...args: unknown[]) => {
      asked.push(JSON.stringify(args.at(-1)))
      return { canceled: false, filePaths: ['/nowhere/at-all.sqlite'] }
    }) as typeof dialog.showOpenDialog
    const file = Menu.getApplicationMenu()!.items[0]!.submenu!.items.find((item) => item.label.startsWith('Open'))!
    file.click()
    return asked
  })
  expect(asked).toHaveLength(1)
  await expect(page.getByTestId('toast')).toContainText('/nowhere/at-all.sqlite')
  await expect(page.getByTestId('home')).toBeVisible()
})

test('a second start, and the system’s "open with", hand their file to this window', async () => {
  const expectSaid = async (path: string) => {
    await expect(page.getByTestId('toast').filter({ hasText: path })).toBeVisible()
    await expect(page.getByTestId('home')).toBeVisible()
  }
  await app.evaluate(({ app }, folder) => {
    app.emit('second-instance', {}, ['electron', '--no-sandbox', folder, 'second.sqlite'], '/nowhere')
  }, root)
  await expectSaid('/nowhere/second.sqlite')
  await app.evaluate(({ app }) => void app.emit('open-file', { preventDefault() {} }, '/nowhere/third.sqlite'))
  await expectSaid('/nowhere/third.sqlite')
})

// Last: a navigation that was prevented leaves Playwright waiting for its end.
test('it opens no window and goes nowhere', async () => {
  expect(await page.evaluate(() => window.open('https://example.com') === null)).toBe(true)
  for (const address of ['https://example.com/', 'file:///etc/passwd', 'app://elsewhere/', 'data:text/html,x']) {
    const prevented = app.evaluate(
      ({ BrowserWindow }) =>
        new Promise((resolve) =>
          BrowserWindow.getAllWindows()[0]!.webContents.once('will-frame-navigate', (event) =>
            resolve(event.defaultPrevented),
          ),
        ),
    )
    // Chromium itself stops some before they get that far; then the address is what tells.
    await page.evaluate((to) => void (location.href = to), address)
    if (/^(https|app)/.test(address)) expect(await prevented).toBe(true)
    else prevented.catch(() => {})
    expect(page.url()).toMatch(/^app:\/\/interleave\//)
  }
  expect(app.windows()).toHaveLength(1)
  expect(page.url()).toMatch(/^app:\/\/interleave\//)
})
