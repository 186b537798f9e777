// Stand-in for the default app of an Electron download, copied into the dist for tests: `electron [-r module] FOLDER …`
// runs the folder's main. An ES module with top-level await: Electron holds back 'ready' until the main module has run.
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { app } from 'electron/main'

const require = createRequire(import.meta.url)
const words = process.argv.slice(1)
const first = []
let target
while (words.length > 0 && !target) {
  const word = words.shift()
  if (word === '-r' || word === '--require') first.push(words.shift())
  else if (word === '-v' || word === '--version') {
    console.log('v' + process.versions.electron)
    process.exit(0)
  } else if (!word.startsWith('-')) target = resolve(word)
}
if (!target) {
  console.error('usage: electron [-r module] [flags] FOLDER')
  process.exit(1)
}
Object.defineProperty(process, 'defaultApp', { enumerable: true, value: true })
for (const module of first) require(resolve(module))
const manifest = join(target, 'package.json')
const facts = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')) : null
if (facts?.version) app.setVersion(facts.version)
if (facts) app.name = facts.productName || facts.name
const entry = facts ? join(target, facts.main ?? 'index.js') : require.resolve(target)
app.setAppPath(facts ? target : dirname(entry))
try {
  await import(pathToFileURL(entry).href)
} catch (error) {
  console.error(error)
  process.exit(1)
}
