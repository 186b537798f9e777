// How the walking specs begin and end, once: a shell on a folder of traces of its own, and what a person does in each of them.
//
//   inBothShells(() => {
//     test('jobs of a process pool', async ({ page, recorded, search, picture }) => { … })
//   })
//
// Fixtures are made when a test names them. Pictures are left in test-results/screens/.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test as usual, type Locator } from '@playwright/test'
import { root } from './run/root.ts'
import { expect, newHome, openShell, removeHome, type OpenShell, type ShellName } from './shell-launch.ts'
import { idle, shapesOf } from './shell-reading.ts'

export const screens = join(root, 'test-results', 'screens')
mkdirSync(screens, { recursive: true })

export interface Walk {
  shellName: ShellName
  home: string
  /** may be closed by the test */
  shell: OpenShell
  /** as it is now; when it has come to rest */
  snap: (of: string) => Promise<void>
  picture: (of: string) => Promise<void>
  /** the recipe was run from the first screen, and its rows are there */
  recorded: (recipe: string) => Promise<void>
  state: Locator
  details: Locator
  finding: (rule: string) => Locator
  /** how many shapes the arrows have */
  arrows: () => Promise<number>
  /** go to the first of what is called so, as a person who types */
  search: (text: string, hit?: string) => Promise<void>
}

export const test = usual.extend<Walk>({
  shellName: ['browser', { option: true }],
  home: async ({ shellName: _ }, use) => {
    const home = newHome()
    await use(home)
    removeHome(home)
  },
  shell: async ({ shellName, home }, use) => {
    const shell = await openShell[shellName]({ home })
    let open = true
    const close = async () => {
      if (open) await shell.close()
      open = false
    }
    await use({ ...shell, close })
    await close()
  },
  page: ({ shell }, use) => use(shell.page),
  snap: ({ page, shellName }, use) =>
    use(async (of) => void (await page.screenshot({ path: join(screens, `${shellName}-${of}.png`) }))),
  picture: ({ page, snap }, use) =>
    use(async (of) => {
      await idle(page)
      await snap(of)
    }),
  state: ({ page }, use) => use(page.getByTestId('header-state')),
  details: ({ page }, use) => use(page.getByTestId('details')),
  finding: ({ page }, use) => use((rule) => page.locator(`.finding[data-rule="${rule}"]`)),
  arrows: ({ page }, use) => use(async () => (await shapesOf(page, 'arrows')).length),
  recorded: ({ page, state }, use) =>
    use(async (recipe) => {
      await page.getByTestId(`run-${recipe}`).click()
      await expect(state).toHaveAttribute('data-state', 'finished', { timeout: 120_000 })
      await idle(page)
    }),
  search: ({ page }, use) =>
    use(async (text, hit = text) => {
      await page.keyboard.press('/')
      await page.getByTestId('search-text').fill(text)
      await expect(page.getByTestId('search-hit').first()).toContainText(hit)
      await page.keyboard.press('Enter')
      await idle(page)
    }),
})

/** The same tests in Electron and in the browser. */
export function inBothShells(tests: () => void): void {
  for (const shellName of ['electron', 'browser'] as const)
    test.describe(shellName, () => {
      test.use({ shellName })
      tests()
    })
}
