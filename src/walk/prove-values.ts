import pMap from 'p-map'
import type { Comparison } from '../compare/index.ts'
import { probes, proven } from '../compare/probe.ts'
import type { Fact } from '../model.ts'
import type { Renderer } from '../world.ts'

/** Proves by rendering what becomes of the keys that charts only hint at: with and without each of them, on both sides. */
export async function proveValues(
  world: Renderer,
  input: Comparison,
  facts: readonly Fact[],
): Promise<readonly Fact[]> {
  const { before, after, kubernetes } = input
  if (!before.ok || !after.ok) return facts
  const answers = await pMap(
    probes(facts, input),
    async probe => ({
      ...probe,
      before: await world.render(before.value.chart, probe.without, kubernetes),
      after: await world.render(after.value.chart, probe.without, kubernetes),
    }),
    { concurrency: 2 },
  )
  return proven(facts, input, answers)
}
