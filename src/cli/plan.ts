import { Command, Option } from 'commander'
import { type Outcome, RISKS, type Risk } from '../model.ts'
import { type Survey, survey } from '../reconcile.ts'
import { planJson } from '../report/json.ts'
import { planText } from '../report/terminal.ts'
import { folder, printJson } from './checkout.ts'
import { EXIT, UsageError } from './exit.ts'
import { withLocalWorld } from './world.ts'

export type PlanOptions = { readonly component?: string; readonly to?: string; readonly json?: true; readonly failOn?: Risk }

export const component = () => new Option('--component <name>', 'only this component')
export const to = () => new Option('--to <version>', 'this version instead of the newest that policy allows')
export const failOn = () => new Option('--fail-on <risk>', 'exit 1 when an upgrade is at least this risky').choices(RISKS)

/** 1 when an upgrade is at least as risky as asked, 3 when something could not be looked up, else 0. */
export function exitCode({ outcomes, problems }: Pick<Survey, 'outcomes' | 'problems'>, limit: Risk | undefined): number {
  const worst = (outcome: Outcome) => (outcome.kind === 'planned' ? RISKS.indexOf(outcome.plan.assessed.final) : -1)
  if (limit !== undefined && outcomes.some(outcome => worst(outcome) >= RISKS.indexOf(limit))) return EXIT.finding
  return problems.length > 0 ? EXIT.partly : EXIT.done
}

/** `--component` must name something that is there, and `--to` a version that exists for it. */
export function checkWanted({ outcomes, detected }: Survey, options: PlanOptions): void {
  if (options.component === undefined || outcomes.length > 0) return
  const known = [...new Set(detected.pins.map(pin => pin.component))].sort()
  throw new UsageError(`no pin of a component \`${options.component}\` here. There are: ${known.join(', ') || 'none'}`)
}

/** `windlass plan [path]`: the whole walk as a dry run. */
export function planCommand(): Command {
  return new Command('plan')
    .description('looks up newer versions, renders old and new with your values, and says what each upgrade would change')
    .argument('[path]', 'the checkout', '.')
    .addOption(component())
    .addOption(to())
    .addOption(failOn())
    .option('--json', 'one JSON document on stdout (schemas/plan.schema.json)')
    .action(async (path: string, options: PlanOptions) => {
      const found = await withLocalWorld(folder(path), world =>
        survey(world, { component: options.component ?? null, to: options.to ?? null }),
      )
      checkWanted(found, options)
      if (options.json) printJson(planJson(found.tree.commit, found.outcomes, found.problems))
      else console.log(planText(found.outcomes, found.problems))
      process.exitCode = exitCode(found, options.failOn)
    })
}
