import { type Detected, type Outcome, RISKS, type Risk } from '../model.ts'
import { type Survey, survey } from '../reconcile.ts'
import { planJson } from '../report/json.ts'
import { planText } from '../report/terminal.ts'
import { suggest } from '../text/suggest.ts'
import type { Wanted } from '../walk/outcome.ts'
import { folder, printJson, remark } from './checkout.ts'
import { EXIT, UsageError } from './exit.ts'
import { withLocalWorld } from './world.ts'

/** The options of `windlass plan`. */
export type PlanOptions = {
  readonly component?: string
  readonly to?: string
  readonly json?: true
  readonly failOn?: Risk
}

/** 1 when an upgrade is at least as risky as asked, 3 when something could not be looked up, else 0. */
export function exitCode(
  { outcomes, problems }: Pick<Survey, 'outcomes' | 'problems'>,
  limit: Risk | undefined,
): number {
  const worst = (outcome: Outcome) => (outcome.kind === 'planned' ? RISKS.indexOf(outcome.plan.assessed.final) : -1)
  if (limit !== undefined && outcomes.some(outcome => worst(outcome) >= RISKS.indexOf(limit))) return EXIT.finding
  return problems.length > 0 ? EXIT.partly : EXIT.done
}

/** What the options ask of the walk; `--to` is a version of one component. */
export function wantedOf(options: PlanOptions): Wanted {
  if (options.to !== undefined && options.component === undefined)
    throw new UsageError('--to is a version of one component: say which with --component')
  return { component: options.component ?? null, to: options.to ?? null }
}

/** `--component` must name something that is there, and `--to` a version that it can go to. */
export function checkWanted({ outcomes, detected }: Survey, { component, to }: PlanOptions): void {
  if (component === undefined) return
  if (outcomes.length === 0) throw new UsageError(notHere(component, detected))
  if (to === undefined || outcomes.some(({ kind }) => ['planned', 'follows', 'held', 'unknown'].includes(kind))) return
  const stands = [...new Set(outcomes.map(({ from }) => from))].join(', ')
  throw new UsageError(
    `no upgrade of ${component} to ${to}: it must exist, be newer than what stands here (${stands}), and be allowed by the policy`,
  )
}

function notHere(component: string, { pins }: Detected): string {
  const known = [...new Set(pins.map(pin => pin.component))].sort()
  if (known.includes(component)) return 'the policy switches everything off here: `enabled: false`'
  const near = suggest(component, known)
  const hint = near === null ? `There are: ${known.join(', ') || 'none'}` : `Did you mean \`${near}\`?`
  return `no pin of a component \`${component}\` here. ${hint}`
}

/** `windlass plan [path]`: the whole walk as a dry run. Answers the exit code. */
export async function plan(path: string, options: PlanOptions): Promise<number> {
  const wanted = wantedOf(options)
  const found = await withLocalWorld(folder(path), 'files', world => survey(world, wanted))
  checkWanted(found, options)
  remark(found.remarks)
  if (options.json) printJson(planJson(found.tree.commit, found.outcomes, found.problems))
  else console.log(planText(found.outcomes, found.problems))
  return exitCode(found, options.failOn)
}
