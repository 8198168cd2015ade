import { resolve } from 'node:path'
import { Command } from 'commander'
import { open } from '../decide/index.ts'
import type { Plan, Tree } from '../model.ts'
import { CheckoutError } from '../outside/checkout-error.ts'
import { writeBody, writeEdits } from '../outside/world-local.ts'
import { editFiles } from '../plan/edit.ts'
import { type Survey, survey } from '../reconcile.ts'
import { wording } from '../report/index.ts'
import { planText } from '../report/terminal.ts'
import type { World } from '../world.ts'
import { folder, remark, say } from './checkout.ts'
import { EXIT, UsageError } from './exit.ts'
import { checkWanted, component, exitCode, failOn, type PlanOptions, to, wantedOf } from './plan.ts'
import { withLocalWorld } from './world.ts'

type UpgradeOptions = PlanOptions & { readonly write?: true; readonly branch?: true; readonly out: string }

/** What was done about one upgrade, or why not, for people. */
type Done = { readonly ok: boolean; readonly says: string }

/** Commits one branch; somebody else's branch is a reason to leave it, and the others go on. */
async function commit(world: World, plan: Plan): Promise<Done> {
  try {
    await world.perform(open(plan, wording))
    return { ok: true, says: `branch ${plan.branch}` }
  } catch (error) {
    if (error instanceof CheckoutError) return { ok: false, says: error.message }
    throw error
  }
}

/** Writes the edits of all plans at once, because two of them may change the same file. */
async function write(root: string, { files }: Tree, plans: readonly Plan[]): Promise<void> {
  const edited = editFiles(
    files,
    plans.flatMap(({ edits }) => edits),
  )
  if (!edited.ok) throw new UsageError(`${edited.file}:${edited.line} ${edited.reason}`)
  await writeEdits(root, files, edited.files)
}

/** Does the plans: into the working tree or onto their branches, with the body of each pull request beside it. */
async function act(world: World, root: string, found: Survey, options: UpgradeOptions): Promise<boolean> {
  const plans = found.outcomes.flatMap(outcome => (outcome.kind === 'planned' ? [outcome.plan] : []))
  if (options.write) await write(root, found.tree, plans)
  let all = true
  for (const plan of plans) {
    const done = options.write ? { ok: true, says: [...plan.files.keys()].join(', ') } : await commit(world, plan)
    all &&= done.ok
    const { branch, title, body } = wording.pullRequest(plan, { hold: null })
    const file = done.ok ? await writeBody(resolve(options.out), branch, title, body) : ''
    say(
      done.ok ? process.stdout : process.stderr,
      [title, `  ${done.says}`, ...(file === '' ? [] : [`  ${file}`])].join('\n'),
    )
  }
  return all
}

async function upgrade(root: string, options: UpgradeOptions): Promise<{ found: Survey; all: boolean }> {
  const wanted = wantedOf(options)
  return withLocalWorld(root, options.branch ? 'commit' : 'files', async world => {
    const found = await survey(world, wanted)
    checkWanted(found, options)
    remark(found.remarks)
    return { found, all: await act(world, root, found, options) }
  })
}

/** `windlass upgrade [path]`: does what `plan` shows. */
export function upgradeCommand(): Command {
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
      if ((options.write ?? false) === (options.branch ?? false))
        throw new UsageError('upgrade: say either --write or --branch')
      const { found, all } = await upgrade(folder(path), options)
      console.log(
        planText(
          found.outcomes.filter(({ kind }) => kind !== 'planned'),
          found.problems,
        ),
      )
      const code = exitCode(found, options.failOn)
      process.exitCode = code === EXIT.done && !all ? EXIT.partly : code
    })
}
