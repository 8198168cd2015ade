import { Command, Option } from 'commander'
import type { BumpOptions } from './bump.ts'
import type { CompareOptions } from './compare.ts'
import type { PlanOptions } from './plan.ts'
import type { ReviewOptions } from './review.ts'
import type { UpgradeOptions } from './upgrade.ts'

/** Options of the walk; each command loads what it needs only when it runs, so that `scan` does not pay for `serve`. */
const component = () => new Option('--component <name>', 'only this component')
const to = () => new Option('--to <version>', 'this version instead of the newest that policy allows')
const failOn = () =>
  new Option('--fail-on <risk>', 'exit 1 when an upgrade is at least this risky').choices([
    'low',
    'medium',
    'high',
    'critical',
  ])

/**
 * For commands that read thousands of files once and end. V8's young generation stays small: 230 MiB at 4,000 files become 130, at the
 * same speed. And its last compiler is left out: it costs a sixth of the CPU of such a run and ends too late to give it back.
 */
function readOnceAndEnd(): void {
  const { setFlagsFromString } = process.getBuiltinModule('node:v8')
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--no-turbofan')
}

const collect = (value: string, all: readonly string[]) => [...all, value]

function scan(): Command {
  return new Command('scan')
    .description('lists every place where a version stands, and what was left out and why; uses no network')
    .argument('[path]', 'the checkout', '.')
    .option('--json', 'one JSON document on stdout (schemas/scan.schema.json)')
    .action(async (path: string, options: { json?: true }) => {
      readOnceAndEnd()
      await (await import('./scan.ts')).scan(path, options)
    })
}

function plan(): Command {
  return new Command('plan')
    .description(
      'looks up newer versions, renders old and new with your values, and says what each upgrade would change',
    )
    .argument('[path]', 'the checkout', '.')
    .addOption(component())
    .addOption(to())
    .addOption(failOn())
    .option('--json', 'one JSON document on stdout (schemas/plan.schema.json)')
    .action(async (path: string, options: PlanOptions) => {
      process.exitCode = await (await import('./plan.ts')).plan(path, options)
    })
}

function upgrade(): Command {
  return new Command('upgrade')
    .description(
      'makes the upgrades: edits the files, or commits one branch for each, and writes the pull request bodies',
    )
    .argument('[path]', 'the checkout', '.')
    .addOption(component())
    .addOption(to())
    .addOption(failOn())
    .option('--write', 'edit the files of the working tree')
    .option('--branch', 'commit one branch for each upgrade, from HEAD; the working tree stays as it is')
    .option('--out <folder>', 'where the pull request bodies are written', 'windlass-out')
    .action(async (path: string, options: UpgradeOptions) => {
      process.exitCode = await (await import('./upgrade.ts')).upgrade(path, options)
    })
}

function bump(): Command {
  return new Command('bump')
    .description('changes exactly the places where a dependency stands at a version, without any network')
    .argument('[path]', 'the checkout', '.')
    .requiredOption('--dependency <name>', 'component, chart, image or source URL, as `scan` prints it')
    .requiredOption('--from <version>', 'the version that stands there now')
    .requiredOption('--to <version>', 'the version to write')
    .option('--digest <old=new>', 'a pinned digest that moves along (repeatable)', collect, [])
    .option('--file <path>', 'only in this file (repeatable)', collect, [])
    .option('--write', 'write the files; without it the edits are only shown')
    .option('--json', 'one JSON document on stdout')
    .action(async (path: string, options: BumpOptions) => {
      readOnceAndEnd()
      process.exitCode = await (await import('./bump.ts')).bumpCheckout(path, options)
    })
}

function compare(): Command {
  return new Command('compare')
    .description('compares two versions from the files of one folder (docs/compare.md), without any network')
    .argument('<folder>', 'the folder: crds-before/ crds-after/ crs/ values-*.yaml user-values.yaml …')
    .addOption(failOn())
    .option('--json', 'one JSON document on stdout (schemas/compare.schema.json)')
    .action(async (path: string, options: CompareOptions) => {
      process.exitCode = await (await import('./compare.ts')).compareFolder(path, options)
    })
}

function review(): Command {
  return new Command('review')
    .description(
      "says what somebody else's bump changes here, and what it leaves out; the working tree is not looked at",
    )
    .argument('[path]', 'the checkout', '.')
    .requiredOption('--base <ref>', 'the commit that the bump is to be merged into')
    .requiredOption('--head <ref>', 'the commit of the bump')
    .addOption(failOn())
    .option('--json', 'one JSON document on stdout (schemas/review.schema.json)')
    .action(async (path: string, options: ReviewOptions) => {
      process.exitCode = await (await import('./review.ts')).reviewCheckout(path, options)
    })
}

function config(): Command {
  const command = new Command('config').description('checks the policy file, or prints its JSON Schema')
  command
    .command('validate')
    .description('checks a policy file strictly: every error with line, column and what to write instead')
    .argument('[file]', 'the file', undefined)
    .action(async (file: string | undefined) => {
      process.exitCode = (await import('./config.ts')).validate(file)
    })
  command
    .command('schema')
    .description('prints the JSON Schema of the policy file')
    .action(async () => (await import('./config.ts')).printSchema())
  return command
}

function serve(): Command {
  return new Command('serve')
    .description('runs the GitHub App: webhooks, queue and workers; configured by the environment (docs/server.md)')
    .action(async () => (await import('./serve.ts')).serve())
}

/** Every command, one line each. */
export const COMMANDS: readonly (() => Command)[] = [scan, plan, upgrade, bump, review, compare, config, serve]
