// The commands, their options and their help; each command's work is in the file of its name, loaded when it is asked
// for. A mistake of the person is one sentence on stderr: INTERLEAVE_DEBUG=1 shows where it came from.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { Format } from '../exchange/formats.ts'
import { parseFailOn } from './fail-on.ts'
import { exitCodes, Failure, print, tell } from './output.ts'
import { version } from './version.ts'

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

/** named here, so that a command that needs none does not load them */
const formats: Format[] = ['text', 'markdown', 'junit', 'sarif', 'json']
const failOnOption = () =>
  new Option('--fail-on <rules>', 'exit with 3 when one of these rules found something').argParser(parseFailOn)
const failOnHelp = `--fail-on takes rules with commas between, \`any\` for all; contention:20% fails only when it costs 20 % of the run`

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
    .addOption(failOnOption())
    .option(
      '--report <file>',
      'write a report; its ending says the format: .md, .xml (JUnit), .sarif, .json, .txt; may be given again',
      (file: string, before: string[] | undefined) => [...(before ?? []), file],
    )
    .option(
      '--repeat <n>',
      'run it n times, a trace each: FILE-1, FILE-2, …; ends at the first run that fails',
      whole(1),
    )
    .passThroughOptions()
    .addHelpText(
      'after',
      `
${failOnHelp}
  interleave record --fail-on lock-order,deadlock --report report.md -- pytest -q

Exit codes
  that of the program; 128 + n when signal n ended it
  2    wrong usage
  3    the program ended with 0, and a rule of --fail-on found something
  125  Interleave itself could not record: the program was not run, or a check or report that was asked for has nothing to go by
  126  the command was found but cannot be run
  127  the command was not found`,
    )
    .action(async (words: string[], options) =>
      exit(
        options.repeat === undefined
          ? await (await import('./record.ts')).record(words, options)
          : await (await import('./repeat.ts')).repeat(words, options),
      ),
    )

  command('open', 'Open the window, or a page in the browser where there is no window to be had.')
    .argument('[file]', 'a trace (default: the first screen, with recipes and saved traces)')
    .option('--browser', 'a page in the browser')
    .option('--no-open', 'print the address of the page, open nothing')
    .option('--port <n>', 'port of the page (default: a free one)', whole(1))
    .addHelpText('after', exitCodes)
    .action(async (file: string | undefined, options) => exit(await (await import('./open.ts')).open(file, options)))

  command('report', 'Say what was found in a trace.')
    .argument('[file]', 'a trace')
    .addOption(new Option('--format <name>', 'how to say it').choices(formats))
    .addOption(new Option('--json', 'for a program to read: short for --format json').conflicts('format'))
    .option('--schema', 'print the JSON Schema of --json')
    .option(
      '-o, --output <file>',
      'write it there; without --format the ending says how: .md, .xml (JUnit), .sarif, .json, .txt',
    )
    .addOption(failOnOption())
    .addHelpText(
      'after',
      `\n${failOnHelp}\n${exitCodes}\n  3    a rule of --fail-on found something\n  130  interrupted`,
    )
    .action(async (file: string | undefined, options) =>
      exit(await (await import('./report.ts')).report(file, options)),
    )

  command('compare', 'Say what is new, gone, better or worse, and what the noise of the runs lets nobody say.')
    .argument('[before]', 'a trace, the name given to record --repeat, or a folder of traces')
    .argument('[after]', 'the same, of the later runs')
    .option('--json', 'for a program to read')
    .option('--schema', 'print the JSON Schema of --json')
    .option('--fail-on <changes>', 'exit with 3 when something is new or worse', list)
    .addHelpText(
      'after',
      `
  interleave record --repeat 5 -o old.sqlite -- python3 app.py      and, when it was changed,
  interleave record --repeat 5 -o new.sqlite -- python3 app.py
  interleave compare old.sqlite new.sqlite
--fail-on new: a finding that every later run has and no earlier one. worse: a run takes longer, or a finding is worse,
beyond the noise of the runs (two or more on each side).
${exitCodes}
  3    --fail-on: something is new or worse
  130  interrupted`,
    )
    .action(async (before: string | undefined, after: string | undefined, options) =>
      exit(
        await (
          await import('./compare.ts')
        ).compare(
          [before, after].filter((side) => side !== undefined),
          options,
        ),
      ),
    )

  command('merge', 'Put the traces of several hosts on one clock, in one trace.')
    .argument('<traces...>', 'finished traces, the one first whose clock is to be that of all')
    .requiredOption('-o, --output <file>', 'the trace to make')
    .addHelpText(
      'after',
      `
  interleave merge node1.sqlite node2.sqlite node3.sqlite -o all.sqlite
The clocks are told by what went between the hosts, so that nothing is received before it was sent.
${exitCodes}
  130  interrupted`,
    )
    .action(async (files: string[], options) => exit(await (await import('./merge.ts')).merge(files, options)))

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
    .description('record it; what its chapter needs is installed first')
    .action(async (id: string, options) => exit(await (await import('./recipes.ts')).run(id, options)))
  recipes
    .command('install')
    .argument('[chapter]')
    .option('--all', 'of every chapter')
    .description('install the packages that the recipes of a chapter need, into a Python environment of our own')
    .action(async (chapter: string | undefined, options) =>
      exit(await (await import('./recipes.ts')).install(chapter, options)),
    )

  command('doctor', 'What works on this machine, and what is missing, with the command that adds it.')
    .option('--json', 'for a program to read')
    .addHelpText(
      'after',
      '\nExit codes\n  0    programs can be recorded\n  1    something that recording needs is missing\n  2    wrong usage',
    )
    .action(async (options) => exit(await (await import('./doctor.ts')).doctor(options)))

  return interleave
}
