// Builds everything that runs: the desktop process, the engine, the command line, the preload and the page, into out/.
// Targets are set by hand: the Electron at hand may be older than the npm package says (33 has Node 20 and Chromium 130).
import { resolve } from 'node:path'
import { defineConfig } from 'electron-vite'

const at = (path: string) => resolve(import.meta.dirname, path)

export default defineConfig({
  main: {
    build: {
      target: 'node20.18',
      outDir: at('out/main'),
      sourcemap: true,
      minify: false,
      externalizeDeps: true,
      rolldownOptions: {
        input: { electron: at('main/electron/app.ts'), engine: at('main/engine/process.ts'), cli: at('main/cli.ts') },
      },
    },
  },
  preload: {
    build: {
      target: 'node20.18',
      outDir: at('out/preload'),
      rolldownOptions: {
        input: { preload: at('main/electron/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: at('renderer'),
    base: './',
    build: { target: 'chrome130', outDir: at('out/renderer'), rolldownOptions: { input: at('renderer/index.html') } },
  },
})
