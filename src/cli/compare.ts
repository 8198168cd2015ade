import { leftBehind, routeOf } from '../choose/index.ts'
import { type Comparison, compare } from '../compare/index.ts'
import { floor as floorOf, judge } from '../judge/index.ts'
import { type Hop, RISKS, type Risk } from '../model.ts'
import { readCaseFolder } from '../outside/local/case-folder.ts'
import { crdDelivery } from '../plan/crd-delivery.ts'
import { migrate } from '../plan/migrate.ts'
import { todo } from '../plan/todo.ts'
import { type Compared, compareJson, compareText } from '../report/compared.ts'
import { adviceFor, draftsFor, examplesFor, type Moving, movesFor, movingTools, unsupported } from '../walk/across.ts'
import { folder, printJson } from './checkout.ts'
import { EXIT } from './exit.ts'

/** The options of `windlass compare`. */
export type CompareOptions = { readonly failOn?: Risk; readonly json?: true }

/** The way to the new version: a folder does not say which releases exist, so hops are named by their range. */
function pathOf({ upgrade }: Comparison, [moving]: readonly Moving[]): readonly Hop[] {
  const version = moving && !moving.agrees ? (moving.to?.version ?? upgrade.to.version) : upgrade.to.version
  const to = { ...upgrade.to, version, appVersion: moving?.to?.version ?? null }
  const known = moving ? { ...moving.known, version: 'own' as const } : null
  const route = routeOf(moving?.from ?? null, to, { takeable: [], published: [] }, known).hops
  const left = moving?.from && moving.to && known ? leftBehind(moving.from, moving.to, known) : []
  return [...left.filter(hop => hop.to !== route[0]?.to), ...route]
}

/** `windlass compare FOLDER`: facts, findings and the floor of one upgrade, from files alone. Answers the exit code. */
export async function compareFolder(path: string, options: CompareOptions): Promise<number> {
  const { comparison, files, named, problems } = readCaseFolder(folder(path))
  const { after, installs } = comparison
  const moving = movingTools(comparison, named)
  const facts = [...compare(comparison), ...unsupported(moving, comparison.kubernetes)]
  const findings = judge(facts)
  const chart = after.ok ? after.value.chart : null
  const moves = await movesFor(comparison, facts, moving, async part => (part.after.ok ? part.after.value.renders : []))
  const { migrations } = migrate(
    files,
    new Map(),
    draftsFor(comparison, facts, moving, files),
    moves,
    examplesFor(comparison, moving),
  )
  const compared: Compared = {
    facts,
    findings,
    floor: floorOf(findings),
    path: pathOf(comparison, moving),
    migrations,
    todo: todo(facts, migrations, adviceFor(moving)),
    minKubeVersion: chart?.kubeVersion ?? null,
    crdDelivery: crdDelivery(facts, [{ chart, installs }]),
    problems,
  }
  if (options.json) printJson(compareJson(compared))
  else console.log(compareText(compared))
  const limit = options.failOn === undefined ? RISKS.length : RISKS.indexOf(options.failOn)
  if (RISKS.indexOf(compared.floor) >= limit) return EXIT.finding
  return problems.length > 0 ? EXIT.partly : EXIT.done
}
