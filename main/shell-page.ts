// The built page (out/renderer) as both shells serve it: a path of a URL in, bytes with headers out.
//
// Every file is read once at the start, and a path is only looked up among them: there is nothing to escape from with
// `..`, an encoding or a link made later, and a build that replaces the files does not tear a page that is open.
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'

export interface PageFile {
  body: Buffer<ArrayBuffer>
  headers: Record<string, string>
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

/** The page runs its own files and nothing else; it talks to its own address only. */
export const pageHeaders: Record<string, string> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
}

/** Answers null for what is not part of the page. Throws one sentence when the page was not built. */
export function createPage(folder: string): (path: string) => PageFile | null {
  const files = new Map<string, PageFile>()
  for (const name of namesIn(folder)) {
    const headers = { ...pageHeaders, 'Content-Type': types[extname(name)] ?? 'application/octet-stream' }
    files.set(`/${name}`, { body: readFileSync(join(folder, name)), headers })
  }
  if (!files.has('/index.html')) throw new Error(`The page is not built yet: run "npm run build" first (${folder}).`)
  return (path) => files.get(path === '/' ? '/index.html' : path) ?? null
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.map'))
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
  } catch {
    return []
  }
}
