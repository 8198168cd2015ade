import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { UserError } from '../user-error.ts'
import { COMMANDS } from './commands.ts'
import { EXIT } from './exit.ts'
import { say } from './say.ts'

const EXAMPLES = `
Examples:
  windlass scan                                   what stands where, in this checkout
  windlass plan                                   what is behind, how risky each upgrade is, and why
  windlass plan --component my-operator --json    the whole walk of one component, for scripts
  windlass upgrade --component my-operator --branch
  windlass bump --dependency nginx --from 1.27.0 --to 1.27.1 --write

Exit codes: 0 done, 1 a finding at or above --fail-on, 2 wrong usage or configuration, 3 done in part.
Environment: HELM_BIN, KUBECTL_BIN, OPENAI_API_KEY, OPENAI_BASE_URL, WINDLASS_MODEL, WINDLASS_DATA,
WINDLASS_EGRESS_ALLOW, WINDLASS_REGISTRY_MIRRORS, WINDLASS_REGISTRY_AUTH (see docs/server.md).`

/** package.json stands two folders above, in the sources as in what is built from them. */
function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

function program(): Command {
  const command = new Command('windlass')
    .version(version())
    .description('Keeps the Kubernetes operators and platform tools of a GitOps repository current, safely.')
    .addHelpText('after', EXAMPLES)
  for (const make of COMMANDS) command.addCommand(make())
  return command
}

function overridden(command: Command): Command {
  for (const child of command.commands) overridden(child)
  return command.exitOverride().showHelpAfterError('(windlass --help shows how)')
}

/** Runs one command line; sets the exit code and never throws for what a user can mend. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await overridden(program()).parseAsync([...argv])
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage
    } else if (error instanceof UserError) {
      say(process.stderr, error.message)
      process.exitCode = EXIT.usage
    } else throw error
  }
}
