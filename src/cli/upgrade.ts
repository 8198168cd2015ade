import { resolve } from 'node:path'
import { Command } from 'commander'
import { open } from '../decide/index.ts'
import type { Plan } from '../model.ts'
import { writeBody, writeEdits } from '../outside/world-local.ts'
import { type Survey, survey } from '../reconcile.ts'
import { wording } from '../report/index.ts'
import { planText } from '../report/terminal.ts'
import type { World } from '../world.ts'
import { folder } from './checkout.ts'
import { UsageError } from './exit.ts'
import { checkWanted, component, exitCode, failOn, type PlanOptions, to } from './plan.ts'
import { withLocalWorld } from './world.ts'

type UpgradeOptions = PlanOptions & { readonly write?: true; readonly branch?: true; readonly out: string }

/** Does one plan: into the working tree or onto its branch, with the body of the pull request beside it. Returns what was done. */
async function act(world: World, root: string, plan: Plan, options: UpgradeOptions): Promise<string> {
  const action = open(plan, wording)
  if (options.write) await writeEdits(root, plan.files)
  else await world.perform(action)
  const { branch, title, body } = action.pullRequest
  const file = await writeBody(resolve(options.out), branch, title, body)
  return `${title}\n  ${options.write ? [...plan.files.keys()].join(', ') : `branch ${branch}`}\n  ${file}`
}

async function upgrade(root: string, options: UpgradeOptions): Promise<Survey> {
  return withLocalWorld(root, async world => {
    const found = await survey(world, { component: options.component ?? null, to: options.to ?? null })
    checkWanted(found, options)
    if (options.branch && found.tree.commit === '') throw new UsageError(`committing a branch: ${root} is no git checkout with a commit; use --write`)
    for (const outcome of found.outcomes) {
      if (outcome.kind === 'planned') console.log(await act(world, root, outcome.plan, options))
    }
    return found
  })
}

/** `windlass upgrade [path]`: does what `plan` shows. */
export function upgradeCommand(): Command {
  return new Command('upgrade')
    .description('makes the upgrades: edits the files, or commits one branch for each, and writes the pull request bodies')
    .argument('[path]', 'the checkout', '.')
    .addOption(component())
    .addOption(to())
    .addOption(failOn())
    .option('--write', 'edit the files of the working tree')
    .option('--branch', 'commit one branch for each upgrade; the working tree stays as it is')
    .option('--out <folder>', 'where the pull request bodies are written', 'windlass-out')
    .action(async (path: string, options: UpgradeOptions) => {
      if ((options.write ?? false) === (options.branch ?? false)) throw new UsageError('upgrade: say either --write or --branch')
      const found = await upgrade(folder(path), options)
      console.log(planText(found.outcomes.filter(({ kind }) => kind !== 'planned'), found.problems))
      process.exitCode = exitCode(found, options.failOn)
    })
}
