import { attempt, evaluate, items, type Run, type Scope } from './evaluate.ts'
import type { Expr } from './parse.ts'
import { CelFailure, type CelValue, isCelMap, special, typeName } from './values.ts'

type Call = Extract<Expr['exprKind'], { case: 'callExpr' }>['value']

/** What looks like a call and does not evaluate its arguments in order. Undefined when this is no such form after all. */
type Form = (call: Call, scope: Scope, run: Run) => CelValue | undefined

/** One side that decides makes the error of the other side not matter. */
function either(decides: boolean): Form {
  return ({ args }, scope, run) => {
    const found = args.map(part => attempt(() => evaluate(part, scope, run)))
    const [left, right] = found
    if (left === decides || right === decides) return decides
    const failures = found.filter(one => one instanceof CelFailure)
    const unsure = failures.find(({ certain }) => !certain) ?? failures[0]
    if (unsure) throw unsure
    const odd = found.find(one => typeof one !== 'boolean')
    if (odd !== undefined) throw new CelFailure(`a ${typeName(odd as CelValue)} is neither true nor false`, false)
    return !decides
  }
}

function shortCut(decides: boolean): Form {
  const both = either(decides)
  return (call, scope, run) => {
    const [first] = call.args
    const left = first && attempt(() => evaluate(first, scope, run))
    return left === decides ? decides : both(call, scope, run)
  }
}

const conditional: Form = ({ args: [test, yes, no] }, scope, run) => {
  if (!test || !yes || !no) return undefined
  const chosen = evaluate(test, scope, run)
  if (typeof chosen !== 'boolean') throw new CelFailure(`a ${typeName(chosen)} is neither true nor false`, false)
  return evaluate(chosen ? yes : no, scope, run)
}

const notStrictlyFalse: Form = ({ args: [part] }, scope, run) =>
  part && attempt(() => evaluate(part, scope, run)) !== false

function nameOf(expr: Expr | undefined): string | null {
  return expr?.exprKind.case === 'identExpr' ? expr.exprKind.value.name : null
}

function bind(name: string, value: CelValue, outer: Scope): Scope {
  return { name, value, grows: false, outer }
}

/** What a comprehension of two names has at each place: index and item, or key and value. */
function entries(range: CelValue): readonly (readonly [CelValue, CelValue])[] {
  return isCelMap(range) ? [...range] : items(range).map((item, i) => [BigInt(i), item] as const)
}

type Entries = readonly (readonly [CelValue, CelValue])[]

/** `range.all(i, v, test)` and its kin; `conclude` gets each entry with the value of the last argument there, or its failure. */
function twoNames(
  conclude: (found: readonly (CelValue | CelFailure)[], entries: Entries) => CelValue,
  longest = 3,
): Form {
  return ({ target, args }, scope, run) => {
    const [first, second] = [nameOf(args[0]), nameOf(args[1])]
    const last = args.at(-1)
    if (!target || first === null || second === null || !last || args.length < 3 || args.length > longest)
      return undefined
    const inner = (key: CelValue, value: CelValue) => bind(second, value, bind(first, key, scope))
    const filter = args.length === 4 ? args[2] : null
    const all = entries(evaluate(target, scope, run))
    const kept = filter ? all.filter(([key, value]) => evaluate(filter, inner(key, value), run) === true) : all
    return conclude(
      kept.map(([key, value]) => attempt(() => evaluate(last, inner(key, value), run))),
      kept,
    )
  }
}

function whole(found: readonly (CelValue | CelFailure)[]): readonly CelValue[] {
  return found.map(one => {
    if (one instanceof CelFailure) throw one
    return one
  })
}

const every: Form = twoNames(found => !found.includes(false) && whole(found).every(one => one === true))
const some: Form = twoNames(found => found.includes(true) || whole(found).includes(true))
const one: Form = twoNames(found => whole(found).filter(value => value === true).length === 1)
const list: Form = twoNames(found => whole(found), 4)
const map: Form = twoNames((found, kept) => new Map(whole(found).map((value, i) => [kept[i]?.[0] ?? null, value])), 4)

function onOptional(wrap: boolean): Form {
  return ({ target, args: [name, body] }, scope, run) => {
    const bound = nameOf(name)
    if (!target || bound === null || !body) return undefined
    const optional = special(evaluate(target, scope, run), 'optional')
    if (!optional) return undefined
    if (optional.value === undefined) return optional
    const value = evaluate(body, bind(bound, optional.value, scope), run)
    return wrap ? { cel: 'optional', value } : value
  }
}

const binding: Form = ({ target, args: [name, value, body] }, scope, run) => {
  const bound = nameOf(name)
  if (nameOf(target) !== 'cel' || bound === null || !value || !body) return undefined
  return evaluate(body, bind(bound, evaluate(value, scope, run), scope), run)
}

/** Every special form. `has`, and comprehensions of one name, are unrolled by the parser. */
export const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>([
  ['_&&_', shortCut(false)],
  ['_||_', shortCut(true)],
  ['_?_:_', conditional],
  ['@not_strictly_false', notStrictlyFalse],
  ['all', every],
  ['exists', some],
  ['existsOne', one],
  ['transformList', list],
  ['transformMap', map],
  ['optMap', onOptional(true)],
  ['optFlatMap', onOptional(false)],
  ['bind', binding],
])
