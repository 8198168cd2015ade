import { resolve } from 'node:path'
import { open } from '../decide/index.ts'
import { NOTHING_SAID, type Plan, type Tree } from '../model.ts'
import { CheckoutError } from '../outside/local/checkout-error.ts'
import { writeBody, writeEdits } from '../outside/local/world-local.ts'
import { editFiles } from '../plan/edit.ts'
import { type Survey, survey } from '../reconcile.ts'
import { wording } from '../report/index.ts'
import { planText } from '../report/terminal.ts'
import type { World } from '../world.ts'
import { folder, remark } from './checkout.ts'
import { EXIT, UsageError } from './exit.ts'
import { checkWanted, exitCode, type PlanOptions, wantedOf } from './plan.ts'
import { say } from './say.ts'
import { withLocalWorld } from './world.ts'

/** The options of `windlass upgrade`. */
export type UpgradeOptions = PlanOptions & { readonly write?: true; readonly branch?: true; readonly out: string }

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
    const { branch, title, body } = wording.pullRequest(plan, NOTHING_SAID)
    const file = done.ok ? await writeBody(resolve(options.out), branch, title, body) : ''
    say(
      done.ok ? process.stdout : process.stderr,
      [title, `  ${done.says}`, ...(file === '' ? [] : [`  ${file}`])].join('\n'),
    )
  }
  return all
}

async function walk(root: string, options: UpgradeOptions): Promise<{ found: Survey; all: boolean }> {
  const wanted = wantedOf(options)
  return withLocalWorld(root, options.branch ? 'commit' : 'files', async world => {
    const found = await survey(world, wanted)
    checkWanted(found, options)
    remark(found.remarks)
    return { found, all: await act(world, root, found, options) }
  })
}

/** `windlass upgrade [path]`: does what `plan` shows. Answers the exit code. */
export async function upgrade(path: string, options: UpgradeOptions): Promise<number> {
  if ((options.write ?? false) === (options.branch ?? false))
    throw new UsageError('upgrade: say either --write or --branch')
  const { found, all } = await walk(folder(path), options)
  const others = found.outcomes.filter(({ kind }) => kind !== 'planned')
  console.log(planText(others, found.problems))
  const code = exitCode(found, options.failOn)
  return code === EXIT.done && !all ? EXIT.partly : code
}
