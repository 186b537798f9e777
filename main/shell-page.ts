// The built page (out/renderer) as both shells serve it: a path of a URL in, bytes with headers out.
//
// Every file is listed once at the start and only what is on the list is served, by exact name: there is no path to
// join, so nothing to escape from with `..`, an encoding or a symbolic link made later.
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'

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
  const names = new Set(listed(folder, ''))
  if (!names.has('/index.html')) throw new Error(`The page is not built yet: run "npm run build" first (${folder}).`)
  return (path) => {
    const name = path === '/' ? '/index.html' : path
    if (!names.has(name)) return null
    return {
      body: readFileSync(join(folder, name)),
      headers: { ...pageHeaders, 'Content-Type': types[extname(name)] ?? 'application/octet-stream' },
    }
  }
}

function listed(folder: string, under: string): string[] {
  try {
    return readdirSync(folder + under, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory()
        ? listed(folder, `${under}/${entry.name}`)
        : entry.isFile() && !entry.name.endsWith('.map')
          ? [`${under}/${entry.name}`]
          : [],
    )
  } catch {
    return []
  }
}
