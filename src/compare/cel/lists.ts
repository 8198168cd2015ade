import { BASICS, compare } from './basics.ts'
import { sameValue } from './equal.ts'
import { type CelFunction, type Functions, fail } from './function.ts'
import { type Budget, type CelValue, isCelList, spend } from './values.ts'

type Items = readonly CelValue[]

function ofList(work: (items: Items, budget: Budget, rest: readonly CelValue[]) => CelValue | undefined): CelFunction {
  return ([items, ...rest], budget) => (items !== undefined && isCelList(items) ? work(items, budget, rest) : undefined)
}

const isSorted = ofList((items, budget) => {
  for (let i = 1; i < items.length; i++) {
    const order = compare(items[i - 1] ?? null, items[i] ?? null, budget)
    if (order === null) return undefined
    if (order > 0) return false
  }
  return true
})

const sum = ofList((items, budget) => {
  const add = BASICS.get('_+_')
  if (items.length === 0) return 0n
  return items
    .slice(1)
    .reduce<CelValue | undefined>(
      (total, item) => (total === undefined ? undefined : add?.([total, item], budget)),
      items[0],
    )
})

/** The item that comes first or last in order. */
function extreme(sign: number): CelFunction {
  return ofList((items, budget) => {
    if (items.length === 0) return fail('min or max of an empty list')
    return items.slice(1).reduce<CelValue | undefined>((best, item) => {
      const order = best === undefined ? null : compare(item, best, budget)
      if (order === null) return undefined
      return order * sign > 0 ? item : best
    }, items[0])
  })
}

const indexOf = ofList((items, budget, [wanted]) =>
  wanted === undefined ? undefined : BigInt(items.findIndex(item => sameValue(item, wanted, budget))),
)
const lastIndexOf = ofList((items, budget, [wanted]) =>
  wanted === undefined ? undefined : BigInt(items.findLastIndex(item => sameValue(item, wanted, budget))),
)

function ofSets(work: (a: Items, b: Items, has: (items: Items, item: CelValue) => boolean) => boolean): CelFunction {
  return ([a, b], budget) => {
    if (a === undefined || b === undefined || !isCelList(a) || !isCelList(b)) return undefined
    spend(budget, a.length + b.length)
    return work(a, b, (items, item) => items.some(other => sameValue(other, item, budget)))
  }
}

/** Kubernetes' list library and the sets extension. */
export const LISTS_AND_SETS: Functions = new Map<string, CelFunction>([
  ['.isSorted', isSorted],
  ['.sum', sum],
  ['.min', extreme(-1)],
  ['.max', extreme(1)],
  ['.indexOf', indexOf],
  ['.lastIndexOf', lastIndexOf],
  ['sets.contains', ofSets((a, b, has) => b.every(item => has(a, item)))],
  ['sets.equivalent', ofSets((a, b, has) => a.every(item => has(b, item)) && b.every(item => has(a, item)))],
  ['sets.intersects', ofSets((a, b, has) => a.some(item => has(b, item)))],
])
