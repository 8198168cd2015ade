import { compare } from '../compare/index.ts'
import { floor as floorOf, judge } from '../judge/index.ts'
import { RISKS, type Risk } from '../model.ts'
import { readCaseFolder } from '../outside/local/case-folder.ts'
import { crdDelivery } from '../plan/crd-delivery.ts'
import { type Compared, compareJson, compareText } from '../report/compared.ts'
import { folder, printJson } from './checkout.ts'
import { EXIT } from './exit.ts'

/** The options of `windlass compare`. */
export type CompareOptions = { readonly failOn?: Risk; readonly json?: true }

/** `windlass compare FOLDER`: facts, findings and the floor of one upgrade, from files alone. Answers the exit code. */
export async function compareFolder(path: string, options: CompareOptions): Promise<number> {
  const { comparison, problems } = readCaseFolder(folder(path))
  const { after, installs, upgrade } = comparison
  const facts = compare(comparison)
  const findings = judge(facts)
  const chart = after.ok ? after.value.chart : null
  const compared: Compared = {
    facts,
    findings,
    floor: floorOf(findings),
    path: [upgrade.to.version],
    minKubeVersion: chart?.kubeVersion ?? null,
    crdDelivery: crdDelivery(facts, [{ chart, installs }]).says,
    problems,
  }
  if (options.json) printJson(compareJson(compared))
  else console.log(compareText(compared))
  const limit = options.failOn === undefined ? RISKS.length : RISKS.indexOf(options.failOn)
  if (RISKS.indexOf(compared.floor) >= limit) return EXIT.finding
  return problems.length > 0 ? EXIT.partly : EXIT.done
}
