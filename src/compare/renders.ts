import type { Fact, Looked, Side } from '../model.ts'
import { type Comparison, isChart, rendered } from './comparison.ts'

/** What could not be fetched, read or rendered. An image has no chart: the comparer of images speaks for it. */
export function compareRenders(input: Comparison): readonly Fact[] {
  const { source, to } = input.upgrade
  if (source.type === 'docker') return []
  if (!isChart(input))
    return [notRendered(`what ${source.url} brings with ${to.version} was not fetched, so nothing of it was compared`)]
  return [
    ...ofSide(input, 'before', input.upgrade.from),
    ...ofSide(input, 'after', input.upgrade.to.version),
    ...(input.installs.length === 0 ? [notInstalled(input)] : []),
    ...input.installs.flatMap(({ name, values }) =>
      values.flatMap(layer =>
        layer.kind === 'missing'
          ? [notRendered(`values of ${name} were left out, ${layer.file}:${layer.line}: ${layer.reason}`)]
          : [],
      ),
    ),
  ]
}

function ofSide(input: Comparison, side: 'before' | 'after', version: string): Fact[] {
  const looked: Looked<Side> = input[side]
  if (!looked.ok) return [notRendered(`version ${version} could not be looked at: ${looked.reason}`)]
  return input.installs.flatMap(({ name }, i): Fact[] => {
    const render = rendered(looked)[i]
    if (!render) return [notRendered(`${name} was not rendered with version ${version}`)]
    return render.ok ? [] : [{ kind: 'render-failed', side, install: name, reason: render.reason }]
  })
}

function notInstalled({ upgrade }: Comparison): Fact {
  return notRendered(`nothing in this repository says how ${upgrade.component} is installed, so it was not rendered`)
}

function notRendered(reason: string): Fact {
  return { kind: 'not-rendered', reason }
}
