// The command line's entry: arguments in, exit code out. Run by main/interleave.mjs, which has seen to the right Node.
import { main } from './cli/program.ts'

process.exit(await main(process.argv.slice(2)))
