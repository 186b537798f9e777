// The commands, their options and their help; each command's work is in the file of its name, loaded when it is asked
// for. A mistake of the person is one sentence on stderr: INTERLEAVE_DEBUG=1 shows where it came from.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../run/root.ts'
import { exitCodes, Failure, print, tell } from './output.ts'

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

const whole = (least: number) => (text: string) => {
  const n = Number(text)
  if (!/^\d+$/.test(text) || n < least)
    throw new InvalidArgumentError(`it must be a whole number of at least ${least}.`)
  return n
}
const list = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)

/** The exit code. */
export async function main(args: string[]): Promise<number> {
  let code = 0
  try {
    await program((result) => (code = result)).parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (process.env['INTERLEAVE_DEBUG']) tell(String((error as Error).stack ?? error))
    else tell(`interleave: ${(error as Error).message ?? error}`)
    return error instanceof Failure ? error.exitCode : 1
  }
}

function program(exit: (code: number) => void): Command {
  const interleave = new Command('interleave')
    .description(
      'See how the threads, processes and tasks of a Python program interleave: who holds, who waits, who made whom wait.',
    )
    .version(version, '-V, --version', 'print the version')
    .enablePositionalOptions()
    .addHelpText('after', exitCodes)
    .exitOverride()
    .configureOutput({
      writeOut: print,
      writeErr: tell,
      outputError: (text, write) => write(`interleave: ${text.replace(/^error: /, '').trim()}`),
    })
  const command = (usage: string, about: string) =>
    interleave.command(usage).description(about).copyInheritedSettings(interleave)

  command('record', 'Run a program, record its threads, processes and tasks, print what was found.')
    .argument('<command...>', 'the program and its arguments, as you would type them: python3 app.py …')
    .option('-o, --output <file>', 'the trace (default: a new one in the folder of traces)')
    .option('--live', 'watch it while it runs, in a page of the browser that stays until Ctrl-C')
    .option('--stack <depth>', 'frames kept of the stack of a wait; 0 = none', whole(0))
    .option('--keep-events', 'leave the event files beside the trace')
    .passThroughOptions()
    .addHelpText(
      'after',
      `
Exit codes
  that of the program; 128 + n when signal n ended it
  2    wrong usage
  125  Interleave itself could not record; the program was not run
  126  the command was found but cannot be run
  127  the command was not found`,
    )
    .action(async (words: string[], options) => exit(await (await import('./record.ts')).record(words, options)))

  command('open', 'Open the window, or a page in the browser where there is no window to be had.')
    .argument('[file]', 'a trace (default: the first screen, with recipes and saved traces)')
    .option('--browser', 'a page in the browser')
    .option('--no-open', 'print the address of the page, open nothing')
    .option('--port <n>', 'port of the page (default: a free one)', whole(1))
    .addHelpText('after', exitCodes)
    .action(async (file: string | undefined, options) => exit(await (await import('./open.ts')).open(file, options)))

  command('report', 'Say what was found in a trace.')
    .argument('<file>', 'a trace')
    .option('--json', 'for a program to read')
    .option('--fail-on <rules>', 'exit with 3 when one of these rules (with commas between) found something', list)
    .addHelpText('after', `${exitCodes}\n  3    a rule of --fail-on found something`)
    .action(async (file: string, options) => exit(await (await import('./report.ts')).report(file, options)))

  command('query', 'Ask a trace in SQL, read-only.')
    .argument('<file>', 'a trace')
    .argument('<sql>', 'one SELECT')
    .addOption(new Option('--json', 'a list of objects').conflicts('csv'))
    .addOption(new Option('--csv', 'RFC 4180'))
    .option('--limit <rows>', 'at most so many rows', whole(1), 100_000)
    .addHelpText(
      'after',
      `
Views for people: wait, hold, handoff, job, step. Tables: run, process, thread, task, object, lane, slice, flow, …
  interleave query FILE "SELECT thread, object, dur FROM wait ORDER BY dur DESC LIMIT 10"
  interleave query FILE "SELECT sql FROM sqlite_schema"       what each column means
${exitCodes}`,
    )
    .action(async (file: string, sql: string, options) =>
      exit(await (await import('./query.ts')).query(file, sql, options)),
    )

  const recipes = command('recipes', 'Small programs that each show one thing.').addHelpText('after', exitCodes)
  recipes
    .command('list', { isDefault: true })
    .description('what there is')
    .option('--json', 'for a program to read')
    .action(async (options) => exit(await (await import('./recipes.ts')).list(options)))
  recipes
    .command('show')
    .argument('<id>')
    .description('what it shows, and its source')
    .action(async (id: string) => exit(await (await import('./recipes.ts')).show(id)))
  recipes
    .command('run')
    .argument('<id>')
    .option('-o, --output <file>', 'the trace')
    .option('--live', 'watch it while it runs')
    .description('record it')
    .action(async (id: string, options) => exit(await (await import('./recipes.ts')).run(id, options)))

  command('doctor', 'What works on this machine, and what is missing, with the command that adds it.')
    .option('--json', 'for a program to read')
    .addHelpText(
      'after',
      '\nExit codes\n  0    programs can be recorded\n  1    something that recording needs is missing\n  2    wrong usage',
    )
    .action(async (options) => exit(await (await import('./doctor.ts')).doctor(options)))

  return interleave
}
