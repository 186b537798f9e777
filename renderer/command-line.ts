// A command line as a person types it → its words, by the quoting rules of sh; nothing is expanded, no shell is run.
// Throws one sentence for a quote that is not closed.

export function splitCommand(text: string): string[] {
  const words: string[] = []
  let word: string | null = null
  let quote = ''
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if (quote === "'") {
      if (c === "'") quote = ''
      else word += c
    } else if (c === '\\' && i + 1 < text.length) {
      const next = text[++i]!
      // inside "…" a backslash is kept before anything but these
      word = (word ?? '') + (quote && !'"\\$`\n'.includes(next) ? c + next : next === '\n' ? '' : next)
    } else if (quote) {
      if (c === quote) quote = ''
      else word += c
    } else if (c === '"' || c === "'") {
      quote = c
      word ??= ''
    } else if (/\s/.test(c)) {
      if (word !== null) words.push(word)
      word = null
    } else word = (word ?? '') + c
  }
  if (quote) throw new Error(`The command line has a ${quote} that is never closed: close it or write \\${quote}.`)
  if (word !== null) words.push(word)
  return words
}

/** Words → one line that splits into the same words again. */
export function joinCommand(words: readonly string[]): string {
  return words.map((w) => (/^[\w@%+=:,./~-]+$/.test(w) ? w : `'${w.replaceAll("'", `'\\''`)}'`)).join(' ')
}

/** The path of a script → how it is started, in its own folder. */
export function startOf(script: string): { command: string; cwd: string } {
  const cut = script.search(/[/\\][^/\\]*$/)
  return { command: joinCommand(['python3', script.slice(cut + 1)]), cwd: cut < 0 ? '' : script.slice(0, cut) || '/' }
}
